"""Authenticator apps and recovery codes: a step of time is spent once, with the login's row or not at all."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from store import audit, authenticators, logins
from store.authenticators import Spent, spent
from store.enrolled import Authenticator
from store.logins import Advance, Opening, Written
from tests.store.rows import audit_row
from tests.store.test_logins import login

NOW = 1_000_000.0


def app(number="a1", *, user="ann", **fields):
    given = {"status": "verified", "verified_at": NOW, "created_at": NOW}
    return Authenticator(
        id=number, directory="local", unique_id=user, user_name=user, label="", secret="0a0b0c0d.sealed", algorithm="sha1",
        digits=6, period=30, created_by="root", **given | fields,
    )  # fmt: skip


def used(step, number="a1"):
    """The values of a step that a code was typed of."""
    return spent(number, step=step, drift=1, seen=1, now=NOW + 1, station="pc", client="gw").values


async def kept(store, number="a1"):
    return await store.read(lambda c: authenticators.get(c, number))


async def begun(store, number):
    first = login(number)
    assert await store.write_jointly(logins.OPEN, Opening(first)) is Written.DONE
    return first


def accepted(first, step, number="a1"):
    """The Accept's row, with the step and a row of the audit."""
    after = replace(first, step=2, status="accepted")
    return Advance(after, (audit_row(login=first.id),), spent=(used(step, number),))


async def test_of_twenty_with_one_step_one_is_written(store):
    """At the same moment, so that they are in one group: the process leaves them to the thread, which finds out who was first."""
    await store.write(lambda c: authenticators.add(c, app()))
    firsts = [await begun(store, number) for number in range(1, 21)]
    outcomes = await asyncio.gather(*(store.write_jointly(logins.ADVANCE, accepted(first, 7)) for first in firsts))
    assert [outcomes.count(each) for each in (Written.DONE, Written.TAKEN)] == [1, 19]
    rows = [await store.read(lambda c, first=first: logins.get(c, first.id)) for first in firsts]
    assert [row.status for row in rows].count("accepted") == 1
    assert len(await store.read(lambda c: audit.find(c, limit=100))) == 1
    row = await kept(store)
    assert (row.step, row.drift, row.seen, row.used_at, row.used_station, row.used_client) == (
        7, 1, 1, NOW + 1, "pc", "gw",
    )  # fmt: skip


async def test_many_users_in_one_group_each_spend_their_own(store):
    for number in range(1, 31):
        await store.write(lambda c, number=number: authenticators.add(c, app(f"a{number}", user=f"u{number}")))
    firsts = [await begun(store, number) for number in range(1, 31)]
    outcomes = await asyncio.gather(
        *(
            store.write_jointly(logins.ADVANCE, accepted(first, 7, f"a{number}"))
            for number, first in enumerate(firsts, 1)
        )
    )
    assert set(outcomes) == {Written.DONE}
    assert {(await kept(store, f"a{number}")).step for number in range(1, 31)} == {7}


async def test_a_step_before_the_last_one_is_too_late(store):
    await store.write(lambda c: authenticators.add(c, app()))
    for number, (step, outcome) in enumerate(
        [(7, Written.DONE), (6, Written.TAKEN), (7, Written.TAKEN), (8, Written.DONE)], 1
    ):
        assert await store.write_jointly(logins.ADVANCE, accepted(await begun(store, number), step)) is outcome


async def test_what_is_disabled_or_gone_meanwhile_lets_nobody_in(store):
    await store.write(lambda c: authenticators.add(c, app()))
    await store.write(lambda c: authenticators.disable(c, "a1"))
    assert await store.write_jointly(logins.ADVANCE, accepted(await begun(store, 1), 7)) is Written.TAKEN
    await store.write(lambda c: authenticators.enable(c, "a1"))
    await store.write(lambda c: authenticators.remove(c, "a1"))
    assert await store.write_jointly(logins.ADVANCE, accepted(await begun(store, 2), 7)) is Written.TAKEN


async def test_a_login_that_is_late_spends_nothing(store):
    await store.write(lambda c: authenticators.add(c, app()))
    first = await begun(store, 1)
    late = replace(accepted(first, 7), login=replace(first, step=9))
    assert await store.write_jointly(logins.ADVANCE, late) is Written.LATE
    assert (await kept(store)).step == -1


async def test_as_a_write_of_its_own(store):
    """Of a sign-in of one step, which has no login."""
    await store.write(lambda c: authenticators.add(c, app()))
    assert await store.write(Spent(*used(7))) is True
    assert await store.write(Spent(*used(7))) is False


async def test_recovery_codes(store):
    await store.write(lambda c: authenticators.add(c, app(user="ann")))
    await store.write(lambda c: authenticators.set_recovery_codes(c, "local", "ann", ["x", "y", "z"], NOW))
    assert await store.write(lambda c: authenticators.burn(c, "y", NOW)) is True
    assert await store.write(lambda c: authenticators.burn(c, "y", NOW)) is False
    assert await store.read(lambda c: authenticators.unused(c, "local", "ann")) == {"x", "z"}
    assert await store.read(authenticators.left_of_all) == {("local", "ann"): 2}
    assert [each.left for each in await store.read(authenticators.few_left)] == [2]
    assert await store.read(lambda c: authenticators.was_used(c, ["y"]))
    assert not await store.read(lambda c: authenticators.was_used(c, ["x"]))
    await store.write(lambda c: authenticators.set_recovery_codes(c, "local", "ann", ["1", "2", "3", "4"], NOW))
    assert await store.read(authenticators.few_left) == []
    assert await store.write(lambda c: authenticators.burn(c, "x", NOW)) is False


async def test_one_that_was_never_verified_is_told_of_for_a_while(store):
    waiting = app("a2", status="pending", verified_at=None, until=NOW)
    await store.write(lambda c: authenticators.add(c, waiting))
    await store.write(lambda c: authenticators.add(c, app("a1")))
    assert await store.write(lambda c: authenticators.remove_unproved(c, NOW, 10)) == 0
    assert await store.write(lambda c: authenticators.remove_unproved(c, NOW + 1, 10)) == 1
    assert [row.id for row in await store.read(authenticators.everybodys)] == ["a1"]


async def test_a_first_code_is_in_time_or_not(store):
    await store.write(lambda c: authenticators.add(c, app(status="pending", verified_at=None, until=NOW)))
    clock = {"step": 5, "drift": 0, "seen": 0}
    assert await store.write(lambda c: authenticators.verify(c, "a1", **clock, now=NOW)) is False
    assert await store.write(lambda c: authenticators.verify(c, "a1", **clock, now=NOW - 1)) is True
    assert await store.write(lambda c: authenticators.verify(c, "a1", **clock, now=NOW - 1)) is False
    assert await store.read(authenticators.proved) == [await kept(store)]
