"""Invitations on both databases: one use, one step at a time, and what goes with a step goes with it or not at all."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from store import enrollments, invitations, messages
from store.apart import APART, Apart
from store.enrolled import New
from store.invitations import Invitation
from store.messages import Limit
from store.records import MessageRow

MADE = Invitation("d1", "local", "1", "ann", "en", "a***n@example.com", "mail", 100.0, 200.0, "desk")


def message(number, at):
    return MessageRow(f"m{number}", at, "", "code", "enrollment", "local", "1", "a@example.com", at)


def test_one_step_after_the_other_until_it_is_used(synchronous):
    write, read = synchronous.write_now, synchronous.read_now
    write(lambda c: invitations.add(c, MADE))
    assert read(lambda c: invitations.find(c, ["other", "d1"])) == MADE
    assert write(lambda c: invitations.go_on(c, MADE, 150.0, kind="mail", memory="m"))
    assert not write(lambda c: invitations.go_on(c, MADE, 150.0, kind="mobile", memory="x"))
    second = read(lambda c: invitations.find(c, ["d1"]))
    assert (second.step, second.kind, second.memory) == (1, "mail", "m")
    assert not write(lambda c: invitations.go_on(c, second, 200.0, kind="mail", memory=""))  # too late
    assert write(lambda c: invitations.go_on(c, second, 160.0, kind="mail", memory="", lasts=0.0))
    used = read(lambda c: invitations.find(c, ["d1"]))
    assert used.used_at == 160.0
    assert not write(lambda c: invitations.go_on(c, used, 170.0, kind="mail", memory=""))


def test_a_new_one_ends_the_one_before_it_and_nobody_elses(synchronous):
    write, read = synchronous.write_now, synchronous.read_now
    for invitation in (MADE, replace(MADE, digest="bob", unique_id="2"), replace(MADE, digest="d2", at=150.0)):
        write(lambda c, invitation=invitation: invitations.add(c, invitation))
    until = {name: read(lambda c, name=name: invitations.find(c, [name])).until for name in ("d1", "d2", "bob")}
    assert until == {"d1": 150.0, "d2": 200.0, "bob": 200.0}
    assert write(lambda c: invitations.prune(c, 151.0, 10)) == 1
    assert read(lambda c: invitations.find(c, ["d1"])) is None


async def test_all_of_a_step_or_nothing(store):
    await store.write(lambda c: invitations.add(c, MADE))
    go_on = lambda c: invitations.go_on(c, MADE, 150.0, kind="mail", memory="")  # noqa: E731
    new = New("local", "1", "ann", "mail", "new@example.com", until=180.0)
    enroll = lambda c: enrollments.add(c, new, 150.0) is not None  # noqa: E731
    refused = await store.write_jointly(APART, Apart((go_on, enroll, lambda _c: False), (message(1, 150.0),)))
    assert refused == "taken"
    assert await store.read(enrollments.listed) == []
    assert (await store.read(lambda c: invitations.find(c, ["d1"]))).step == 0
    outcomes = await asyncio.gather(
        *(store.write_jointly(APART, Apart((go_on, enroll), (message(number, 150.0),))) for number in (2, 3))
    )
    assert sorted(outcomes) == ["done", "taken"]
    assert len(await store.read(lambda c: messages.since(c, 0.0))) == 1


async def test_no_more_messages_than_an_hour_allows(store):
    def limit(at):
        return Limit("local", "1", "code", "", 2, at)

    outcomes = [
        await store.write_jointly(APART, Apart((lambda _c: True,), (message(number, at),), (limit(at),)))
        for number, at in enumerate((1000.0, 1001.0, 1002.0, 4601.0))
    ]
    assert outcomes == ["done", "done", "too many", "done"]
