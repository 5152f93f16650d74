"""What administrators do, asked for by another door than the command line: the same rows, and words without options."""

from __future__ import annotations

import json
from functools import partial

import pytest

from config.secret import Secret
from radiusd.administration import approvals, blocks, choosing, many_users, users
from radiusd.administration.changes import Administrator
from radiusd.administration.choosing import Choice, chosen
from radiusd.administration.faults import Conflict, Invalid, Missing
from radiusd.cli.attributes import Attributes
from store import approvals as approval_rows
from store import audit, enrollments
from store.enrolled import New
from store.records import ApprovalRow, LinkRow, NewUser

PROGRAM = Administrator("dashboard", "API")
ANN = NewUser(username="ann", email="ann@example.com", groups=("staff",), password_hash=Secret("$1"))
BOB = NewUser(username="bob", framed_ip_address="192.0.2.7")
ASKED = ApprovalRow(
    id="a1", at=100.0, until=3700.0, kind="approval", login="l1", profile="contractors", directory="corp",
    unique_id="7", user_name="ann", display_name="Ann Example", application="vpn", client="gateway",
    station="192.0.2.77", nas="gw-1", source="192.0.2.10", late=300.0, held_until=160.0,
)  # fmt: skip


async def added(store, *people, now=100.0):
    return [await store.write(partial(users.add, by=PROGRAM, directory="local", new=each, now=now)) for each in people]


async def told(store):
    """Moment, user, reason and story of what the audit has, oldest first."""
    rows = await store.read(partial(audit.find, newest_first=False))
    return [(row.at, row.user_name, row.reason, json.loads(row.detail)["trail"]) for row in rows]


async def test_each_change_is_told_with_who_made_it_and_by_which_door(store):
    [ann] = await added(store, ANN)
    edited = await store.write(lambda c: users.edit(c, PROGRAM, "local", "ann", {"language": "tr"}, 200.0))
    assert (edited.id, edited.language, edited.updated_at) == (ann.id, "tr", 200.0)
    await store.write(lambda c: users.set_password(c, PROGRAM, "local", "ann", Secret("$2"), 300.0))
    await store.write(lambda c: users.set_enabled(c, PROGRAM, "local", "ann", 400.0, enabled=False))
    gone = await store.write(lambda c: users.remove(c, PROGRAM, "local", "ann", 500.0))
    assert (gone.id, gone.password_hash, gone.enabled) == (ann.id, Secret("$2"), False)
    assert await told(store) == [
        (at, "ann", f"{what} by dashboard", [f"{what} by dashboard, on the API"])
        for at, what in (
            (100.0, "user added"),
            (200.0, "user changed: language"),
            (300.0, "password set"),
            (400.0, "user disabled"),
            (500.0, "user removed"),
        )
    ]
    rows = await store.read(audit.find)
    assert {(row.directory, row.unique_id, row.outcome) for row in rows} == {("local", ann.id, "admin")}


REFUSED = [
    (lambda c: users.add(c, PROGRAM, "local", ANN, 200.0), Conflict, "there is a user ann already"),
    (
        lambda c: users.edit(c, PROGRAM, "local", "ann", {"framed_ip_address": "192.0.2.7"}, 200.0),
        Conflict,
        "192.0.2.7 is bob's already",
    ),
    (
        lambda c: users.set_password(c, PROGRAM, "local", "anne", Secret("$2"), 200.0),
        Missing,
        "there is no user anne; did you mean ann?",
    ),
    (lambda c: users.remove(c, PROGRAM, "local", "zoe", 200.0), Missing, "there is no user zoe"),
    (lambda c: chosen(c, Choice(groups=["stuff"])), Invalid, "there is no group stuff; did you mean staff?"),
    (lambda c: chosen(c, Choice(named=["zoe"])), Invalid, "there is no user zoe"),
    (lambda c: chosen(c, Choice(groups=["staff"], every=True)), Invalid, choosing.CONTRADICTION),
    (lambda c: blocks.of(c, "7", 200.0), Missing, "there is no block 7"),
    (lambda c: approvals.decide(c, PROGRAM, "a7", "approved", 200.0, None), Missing, "there is no approval a7"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "kind", "words"), REFUSED)
async def test_what_cannot_be_is_said_in_words_and_leaves_nothing_behind(store, step, kind, words):
    before = await added(store, ANN, BOB)
    rows = await told(store)
    with pytest.raises(kind) as refused:
        await store.write(step)
    assert str(refused.value) == words
    assert await store.read(users.everyone) == before
    assert await told(store) == rows


async def test_a_change_of_many_is_whole_or_not_at_all(store):
    ann, bob = await added(store, ANN, BOB)
    await store.write(lambda c: users.edit(c, PROGRAM, "local", "bob", {"language": "tr"}, 200.0))
    changes = [(ann, {"expires_at": 9.0}), (bob, {"expires_at": 9.0})]
    with pytest.raises(many_users.ChangedMeanwhile, match="somebody else changed bob meanwhile"):
        await store.write(lambda c: many_users.edit(c, PROGRAM, "local", changes, "user changed: expires_at", 300.0))
    assert {user.expires_at for user in await store.read(users.everyone)} == {None}

    changes = [
        (user, {"expires_at": 9.0}) for user in await store.read(lambda c: chosen(c, Choice(named=["ann", "bob"])))
    ]
    await store.write(lambda c: many_users.edit(c, PROGRAM, "local", changes, "user changed: expires_at", 400.0))
    assert {user.expires_at for user in await store.read(users.everyone)} == {9.0}
    assert (await told(store))[-1] == (
        400.0,
        "bob",
        "user changed: expires_at by dashboard",
        ["user changed: expires_at by dashboard, on the API", "one of 2 changed at once"],
    )


@pytest.mark.row("S221", "S270")
async def test_a_block_is_for_a_time_or_until_it_is_removed(store):
    person = ("corp", "7")
    made = await store.write(
        lambda c: blocks.add(c, PROGRAM, person, "ann", 100.0, seconds=3600.0, station="pc", why="lost")
    )
    assert (made.scope, made.station, made.until, made.reason, made.created_by) == (
        "station", "pc", 3700.0, "lost", "dashboard",
    )  # fmt: skip
    await store.write(lambda c: blocks.add(c, PROGRAM, person, "ann", 200.0, seconds=None))
    listed = await store.read(lambda c: blocks.active(c, 4000.0))
    assert [(block.scope, block.until, block.reason) for block in listed] == [("user", None, blocks.BECAUSE)]
    await store.write(lambda c: blocks.remove(c, PROGRAM, listed, 4000.0))
    assert await store.read(lambda c: blocks.active(c, 4000.0)) == []
    assert [(what, trail[1:]) for _at, _user, what, trail in await told(store)] == [
        ("blocked for 1h by dashboard", ["lost"]),
        ("blocked until somebody removes it by dashboard", []),
        ("block removed by dashboard", []),
    ]


async def test_a_decision_names_who_made_it_in_the_place_of_an_approver(store):
    link = LinkRow("d1", "a1", "boss@example.com", "", 100.0)
    await store.write(lambda c: approval_rows.insert(c, ASKED, [link]))
    row = await store.write(lambda c: approvals.decide(c, PROGRAM, "a1", "refused", 120.0, None))
    assert (row.status, row.decided_by, row.decided_from) == ("refused", "administrator dashboard", "the API")
    with pytest.raises(
        approvals.Undecidable,
        match=r"sign-in of ann can not be approved: it was rejected by administrator dashboard at",
    ):
        await store.write(lambda c: approvals.decide(c, PROGRAM, "a1", "approved", 130.0, None))
    assert (await store.read(lambda c: approvals.find(c, "a1"))) == (row, [link])


def test_all_that_is_wrong_with_what_was_typed_is_said_by_the_names_of_the_door(settings):
    given = {"email": "ann.example.com", "groups": ["a;b"], "framed_ip_address": "224.0.0.1", "colour": "red"}
    with pytest.raises(Invalid) as wrong:
        users.typed(settings, " ", given, lambda field: field, partial(Attributes, ()))
    assert [sentence.split(":")[0] for sentence in wrong.value.sentences] == [
        "' ' is no username", "email", "groups", "framed_ip_address", "colour",
    ]  # fmt: skip
    assert not any("--" in sentence for sentence in wrong.value.sentences)
    assert users.typed(settings, "Ann", {"email": "a@EXAMPLE.com"}, str, partial(Attributes, ())) == (
        "ann",
        {"email": "a@example.com"},
    )


async def test_what_a_removed_user_had_enrolled_goes_with_them(store):
    ann, bob = await added(store, ANN, BOB)
    for user in (ann, bob):
        new = New("local", user.id, user.username, "mail", "new@example.com")
        await store.write(lambda c, new=new: enrollments.add(c, new, 100.0))
    await store.write(lambda c: users.remove(c, PROGRAM, "local", "ann", 200.0))
    assert [row.user_name for row in await store.read(enrollments.listed)] == ["bob"]
    await store.write(lambda c: many_users.remove(c, PROGRAM, "local", [bob], 300.0))
    assert await store.read(enrollments.listed) == []
