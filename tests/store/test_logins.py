"""Logins of several steps: begun once, taken further once, with what is written beside them."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace

from store import Store, approvals, audit, identities, logins, messages, notices
from store.logins import Advance, Limit, Opening, Written
from store.records import ApprovalRow, LoginRow, MessageRow
from tests.store.rows import audit_row

NOW = 1_000_000.0


def login(number, *, joins=None, step=1, status="open", user="ann"):
    return LoginRow(
        f"{number:024x}", NOW, NOW + 900, "local", user, user, user, "gw", "vpn", "office-mail", "pc", "nas",
        "127.0.0.1", joins, step, "office-mail", "[]", "{}", "0a0b0c0d", "ab", "{}", status, None,
    )  # fmt: skip


def message(number, of, *, user="ann", at=NOW, recipient="ann@example.com"):
    return MessageRow(f"m{number}", at, of.id, "code", "office-mail", "local", user, recipient, NOW + 600)


def approval(key):
    """One that was approved and has let nobody in yet."""
    return ApprovalRow(
        key, NOW, NOW + 900, "approval", login(1).id, "p", "local", "ann", "ann", "Ann", "vpn", "gw", "pc", "nas",
        "127.0.0.1", 900.0, NOW + 60, "approved", NOW + 1, "boss@example.com", "192.0.2.1",
    )  # fmt: skip


def uses(key):
    """What is written where that approval lets somebody in."""
    return partial(approvals.mark_used, approval=key, now=NOW + 2)


def remembers(name):
    def write(connection):
        identities.remember(connection, name, "local", name, NOW)
        notices.tell(connection, "users", name)
        return True

    return write


async def recorded(store):
    return {row.login for row in await store.read(lambda c: audit.find(c, limit=1000))}


def limit(most, *, user="ann", recipient="", now=NOW):
    return Limit("local", user, "code", recipient, most, now)


async def test_a_login_is_begun_once_for_what_joins_it(store):
    both = await asyncio.gather(
        store.write_jointly(logins.OPEN, Opening(login(1, joins="k"), (), (message(1, login(1)),))),
        store.write_jointly(logins.OPEN, Opening(login(2, joins="k"), (), (message(2, login(2)),))),
        store.write_jointly(logins.OPEN, Opening(login(3, joins="other"))),
    )
    assert sorted(each.value for each in both) == ["done", "done", "late"]
    assert both[2] is Written.DONE
    found = await store.read(lambda c: logins.joined_by(c, "k"))
    unsent = await store.read(lambda c: messages.unsent(c, NOW))
    assert [row.login for row in unsent] == [found.id]  # of the one that lost nothing is written


async def test_logins_without_a_key_never_clash(store):
    outcomes = await asyncio.gather(*(store.write_jointly(logins.OPEN, Opening(login(n))) for n in range(200)))
    assert set(outcomes) == {Written.DONE}


async def test_a_step_is_made_once(store):
    await store.write_jointly(logins.OPEN, Opening(login(1, joins="k")))
    ended = login(1, step=2, status="accepted")
    outcomes = await asyncio.gather(
        *(store.write_jointly(logins.ADVANCE, Advance(ended, (), (message(n, ended),))) for n in range(1)),
    )
    assert outcomes == [Written.DONE]
    again = await store.write_jointly(logins.ADVANCE, Advance(ended, (), (message(9, ended),)))
    assert again is Written.LATE
    row = await store.read(lambda c: logins.get(c, ended.id))
    assert row == ended
    assert [m.id for m in await store.read(lambda c: messages.unsent(c, NOW))] == ["m0"]
    assert await store.read(lambda c: logins.joined_by(c, "k")) is None


async def test_of_two_logins_that_come_to_one_factor_at_once_the_second_is_late(store):
    both = [login(1, joins="code, pc"), login(2, joins="code, phone")]
    for each in both:
        await store.write_jointly(logins.OPEN, Opening(each, ()))
    further = [replace(each, step=2, joins="approval") for each in both]
    outcomes = await asyncio.gather(*(store.write_jointly(logins.ADVANCE, Advance(each)) for each in further))
    assert sorted(outcome.value for outcome in outcomes) == ["done", "late"]
    first = await store.read(lambda c: logins.joined_by(c, "approval"))
    assert first in further
    second = further[1 - further.index(first)]
    assert await store.write_jointly(logins.ADVANCE, Advance(second)) is Written.LATE
    # Once the first has ended, it may.
    over = replace(first, step=3, joins=None, status="ended")
    assert await store.write_jointly(logins.ADVANCE, Advance(over)) is Written.DONE
    assert await store.write_jointly(logins.ADVANCE, Advance(second)) is Written.DONE


async def test_of_two_steps_that_use_one_approval_the_second_leaves_no_trace(store):
    """Neither of what was written for it before, nor beside it; nobody is told of it either."""
    await store.write(lambda c: approvals.insert(c, approval("once"), ()))
    both = [login(1, joins="pc"), login(2, joins="phone")]
    for each in both:
        await store.write_jointly(logins.OPEN, Opening(each))
    heard = []
    store.subscribe("users", heard.append)
    steps = [
        Advance(
            replace(each, step=2, joins=None, status="accepted"), (audit_row(login=each.id),),
            (message(each.id, each),), writes=(remembers(each.id), uses("once")),
        )
        for each in both
    ]  # fmt: skip
    outcomes = await asyncio.gather(*(store.write_jointly(logins.ADVANCE, step) for step in steps))
    assert sorted(outcome.value for outcome in outcomes) == ["done", "taken"]
    first = outcomes.index(Written.DONE)
    done, taken = both[first], both[1 - first]
    assert await store.read(lambda c: logins.get(c, done.id)) == steps[first].login
    assert await store.read(lambda c: logins.get(c, taken.id)) == taken
    assert [row.login for row in await store.read(lambda c: messages.unsent(c, NOW))] == [done.id]
    assert await recorded(store) == {done.id}
    assert await store.read(lambda c: [identities.last_found(c, each.id) is None for each in (done, taken)]) == [
        False, True
    ]  # fmt: skip
    assert heard == [done.id]
    assert (await store.read(lambda c: approvals.get(c, "once"))).used_at == NOW + 2
    # What was taken may still end in another way.
    refused = replace(taken, step=2, joins=None, status="refused")
    assert await store.write_jointly(logins.ADVANCE, Advance(refused)) is Written.DONE


async def test_a_new_login_whose_write_is_too_late_is_not_there(store):
    late = Opening(login(1, joins="k"), (audit_row(login=login(1).id),), writes=(lambda _: False,))
    assert await store.write_jointly(logins.OPEN, late) is Written.TAKEN
    assert await store.read(lambda c: logins.get(c, login(1).id)) is None
    assert await recorded(store) == set()
    assert await store.write_jointly(logins.OPEN, Opening(login(2, joins="k"))) is Written.DONE


async def test_nothing_is_used_by_a_step_that_is_late_itself(store):
    await store.write(lambda c: approvals.insert(c, approval("once"), ()))
    await store.write_jointly(logins.OPEN, Opening(login(1)))
    late = Advance(login(1, step=7), writes=(uses("once"),))
    assert await store.write_jointly(logins.ADVANCE, late) is Written.LATE
    assert (await store.read(lambda c: approvals.get(c, "once"))).used_at is None


async def test_a_write_that_raises_ends_its_own_step_alone(store):
    def raises(_):
        raise ZeroDivisionError

    await store.write_jointly(logins.OPEN, Opening(login(1)))
    outcomes = await asyncio.gather(
        store.write_jointly(logins.ADVANCE, Advance(login(1, step=2), writes=(remembers("a"), raises))),
        store.write_jointly(logins.OPEN, Opening(login(2), writes=(remembers("b"),))),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], ZeroDivisionError)
    assert outcomes[1] is Written.DONE
    assert (await store.read(lambda c: logins.get(c, login(1).id))).step == 1
    found = await store.read(lambda c: (identities.last_found(c, "a"), identities.last_found(c, "b")))
    assert found == (None, ("local", "b"))


@pytest.mark.parametrize("number", [2, 40])
async def test_of_many_that_want_one_thing_one_gets_it(store, number):
    await store.write(lambda c: approvals.insert(c, approval("once"), ()))
    openings = [Opening(login(n), (audit_row(login=login(n).id),), writes=(uses("once"),)) for n in range(number)]
    outcomes = await asyncio.gather(*(store.write_jointly(logins.OPEN, opening) for opening in openings))
    assert sorted(outcome.value for outcome in outcomes) == ["done"] + ["taken"] * (number - 1)
    winner = openings[outcomes.index(Written.DONE)].login
    assert await recorded(store) == {winner.id}
    assert await store.read(lambda c: [logins.get(c, each.login.id) for each in openings if each.login != winner]) == [
        None
    ] * (number - 1)


async def test_messages_are_limited_for_each_user_within_the_hour(store):
    async def begin(number, **of):
        opening = Opening(
            login(number), (), (message(number, login(number), **of),), (limit(3, user=of.get("user", "ann")),)
        )
        return await store.write_jointly(logins.OPEN, opening)

    together = await asyncio.gather(*(begin(n) for n in range(5)))
    assert [each.value for each in together].count("done") == 3
    assert await begin(10) is Written.TOO_MANY
    assert await begin(11, user="bob") is Written.DONE
    later = Opening(login(12), (), (), (limit(3, now=NOW + 3601),))
    assert await store.write_jointly(logins.OPEN, later) is Written.DONE


async def test_messages_are_limited_for_each_recipient(store):
    first = Opening(
        login(1), (), (message(1, login(1), recipient="boss@example.com"),), (limit(1, recipient="boss@example.com"),)
    )
    assert await store.write_jointly(logins.OPEN, first) is Written.DONE
    second = Opening(login(2), (), (), (limit(1, recipient="boss@example.com"),))
    assert await store.write_jointly(logins.OPEN, second) is Written.TOO_MANY
    other = Opening(login(3), (), (), (limit(1, recipient="deputy@example.com"),))
    assert await store.write_jointly(logins.OPEN, other) is Written.DONE


def mailed(number, most, **opening):
    """A login with a message, of which the user may get so many."""
    return Opening(login(number, **opening), (), (message(number, login(number)),), (limit(most),))


async def test_what_was_not_written_counts_for_no_limit(store):
    """Another login was there, or a write was too late, or raised."""

    def raises(_):
        raise ZeroDivisionError

    await store.write_jointly(logins.OPEN, Opening(login(9, joins="k")))
    assert await store.write_jointly(logins.OPEN, mailed(1, 1, joins="k")) is Written.LATE
    late = replace(mailed(2, 1), writes=(lambda _: False,))
    assert await store.write_jointly(logins.OPEN, late) is Written.TAKEN
    with pytest.raises(ZeroDivisionError):
        await store.write_jointly(logins.OPEN, replace(late, writes=(raises,)))
    assert await store.write_jointly(logins.OPEN, mailed(3, 1)) is Written.DONE
    assert await store.write_jointly(logins.OPEN, mailed(4, 1)) is Written.TOO_MANY
    assert await store.write_jointly(logins.OPEN, mailed(5, 2)) is Written.DONE


async def test_what_is_sent_whatever_the_limit_counts_for_it(store):
    assert await store.write_jointly(logins.OPEN, mailed(1, 1)) is Written.DONE
    assert await store.write_jointly(logins.OPEN, mailed(2, 1 << 30)) is Written.DONE
    assert await store.write_jointly(logins.OPEN, mailed(3, 2)) is Written.TOO_MANY
    assert await store.write_jointly(logins.OPEN, mailed(4, 3)) is Written.DONE


async def test_what_was_sent_before_the_start_counts_for_limits(url, store):
    """For all that comes at once, before it is known, as for what comes later."""
    await asyncio.gather(*(store.write_jointly(logins.OPEN, mailed(number, 9)) for number in range(3)))
    await store.close()
    again = Store.open(url)
    again.start(asyncio.get_running_loop())
    outcomes = await asyncio.gather(*(again.write_jointly(logins.OPEN, mailed(n, 5)) for n in range(3, 10)))
    assert sorted(outcome.value for outcome in outcomes) == ["done"] * 2 + ["too many"] * 5
    assert await again.write_jointly(logins.OPEN, mailed(10, 5)) is Written.TOO_MANY
    await again.close()


async def test_what_was_sent_is_marked(store):
    await store.write_jointly(logins.OPEN, Opening(login(1), (), (message(1, login(1)), message(2, login(1)))))
    await store.write_jointly(messages.MARK, messages.Sent("m1", NOW + 1, "primary", "", NOW + 600))
    left = await store.read(lambda c: messages.unsent(c, NOW))
    assert [m.id for m in left] == ["m2"]
    await store.write_jointly(messages.MARK, messages.Sent("m2", None, "", "550 no", NOW))
    assert await store.read(lambda c: messages.unsent(c, NOW)) == []


async def test_live_logins_are_found_after_a_restart_and_expired_ones_end(store):
    await store.write_jointly(logins.OPEN, Opening(login(1, joins="a")))
    await store.write_jointly(logins.OPEN, Opening(replace(login(2, joins="b"), until=NOW + 5)))
    await store.write_jointly(logins.OPEN, Opening(login(3, joins=None, status="accepted")))
    live = await store.read(lambda c: logins.live(c, NOW + 10, NOW - 60))
    assert [row.id[-1] for row in live] == ["1", "3"]
    assert [each[-1] for each in await store.write(lambda c: logins.end_expired(c, NOW + 10))] == ["2"]
    row = await store.read(lambda c: logins.get(c, login(2).id))
    assert (row.status, row.joins, row.step) == ("expired", None, 2)
