"""`radiusd approval`: what is typed, what is printed, the exit code."""

from __future__ import annotations

import getpass
import json
import re
import time

import pytest

from store import Store, approvals, audit, blocks, messages
from store.records import ApprovalRow, LinkRow, MessageRow
from tests.servers.daemon import folder

ASKED = ApprovalRow(
    id="a1", at=0.0, until=0.0, kind="approval", login="l1", profile="contractors", directory="corp",
    unique_id="7", user_name="ann", display_name="Ann Example", application="vpn", client="gateway",
    station="192.0.2.77", nas="gw-1", source="192.0.2.10", late=300.0, held_until=0.0,
)  # fmt: skip


def who():
    """The system's user, as whom commands run here."""
    return getpass.getuser()


class Place:
    def __init__(self, path):
        self.folder = folder(path)
        self.store = Store.open(f"sqlite:///{path}/radiusd.db")

    def radiusd(self, *words):
        return self.folder.radiusd("approval", *words)

    def asked(self, number=1, *, ago=10.0, held=60.0, **changes):
        at = time.time() - ago
        row = ASKED._replace(id=f"a{number}", at=at, until=at + 3600.0, held_until=at + held)._replace(**changes)
        link = LinkRow(f"d{number}", row.id, "boss@example.com", "", at)
        self.store.write_now(lambda c: approvals.insert(c, row, [link]))

    def row(self, number=1):
        return self.store.read_now(lambda c: approvals.get(c, f"a{number}"))


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.store.close_now()


def test_nothing_to_decide(place):
    done = place.radiusd("list")
    assert (done.code, done.err) == (0, "")
    assert done.out.split() == [
        "ID",
        "USER",
        "APPLICATION",
        "CLIENT",
        "STATION",
        "SINCE",
        "UNTIL",
        "STATE",
        "ASKED",
        "DECIDED",
        "BY",
    ]
    assert place.radiusd("list", "--json").out == "[]\n"


def test_what_can_be_decided(place):
    place.asked(1)
    place.asked(2, ago=100.0)
    place.asked(3, ago=4000.0)
    place.asked(4, kind="information")
    lines = place.radiusd("list").out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["a2", "a1"]
    assert "open, for the next try" in lines[0]
    assert "the user waits" in lines[1]
    assert "192.0.2.77" in lines[1]
    states = {one["id"]: one["state"] for one in json.loads(place.radiusd("list", "--json", "--all").out)}
    assert states == {"a1": "open", "a2": "grant", "a3": "expired", "a4": "information"}


def test_decided_in_an_approvers_place(place):
    place.asked(1)
    done = place.radiusd("decide", "a1", "approve")
    assert (done.code, done.err, done.out) == (0, "", "the sign-in of ann is approved\n")
    row = place.row()
    assert (row.status, row.decided_by) == ("approved", f"administrator {who()}")
    assert row.decided_from == "the command line"
    (told,) = place.store.read_now(audit.find)
    assert (told.step, told.outcome) == ("decision", "approved")
    again = place.radiusd("decide", "a1", "reject")
    assert (again.code, again.out) == (1, "")
    assert f"can not be rejected: it was approved by administrator {who()} at " in again.err


def test_rejected(place):
    place.asked(1)
    assert place.radiusd("decide", "a1", "reject").out == "the sign-in of ann is rejected\n"
    assert place.row().status == "refused"


def test_a_late_approval_says_so(place):
    place.asked(1, held=1.0)
    assert "it counts for the next try within 5m" in place.radiusd("decide", "a1", "approve").out


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ago": 4000.0}, "it has expired at "),
        ({"kind": "information"}, "it is for information"),
        ({"status": "withdrawn"}, "it was withdrawn"),
        ({"late": 0.0, "held": 1.0}, "nobody waits any more, and late_approval is 0s"),
    ],
)
def test_what_cannot_be_approved(place, changes, why):
    place.asked(1, **changes)
    done = place.radiusd("decide", "a1", "approve")
    assert (done.code, done.out) == (1, "")
    assert why in done.err


def test_all_of_them_tell_who_was_asked_and_who_decided(place):
    """X71: also whose decision it was that came by the command line, and in the words of the buttons."""
    place.asked(1)
    place.asked(2, decided_by="boss@example.com", status="refused", decided_at=time.time())
    place.radiusd("decide", "a1", "approve")
    heading, *lines = place.radiusd("list", "--all").out.splitlines()
    assert heading.split()[-3:] == ["ASKED", "DECIDED", "BY"]
    first, second = sorted(lines)
    assert re.search(rf"approved +boss@example.com +administrator {re.escape(who())}, 20", first)
    assert re.search(r"rejected +boss@example.com +boss@example.com, 20", second)
    listed = {each["id"]: each for each in json.loads(place.radiusd("list", "--all", "--json").out)}
    assert [each["recipient"] for each in listed["a2"]["asked"]] == ["boss@example.com"]


def test_the_words_are_those_of_the_buttons(place):
    """X70: Approve and Reject; the word of earlier versions is understood."""
    place.asked(1)
    assert "approve|reject" in place.radiusd("decide", "--help").out
    assert place.radiusd("decide", "a1", "refuse").out == "the sign-in of ann is rejected\n"
    (told,) = place.store.read_now(audit.find)
    assert told.reason == f"rejected by administrator {who()}"


def test_mistyped(place):
    done = place.radiusd("decide", "a1", "maybe")
    assert (done.code, done.err) == (2, "radiusd: maybe is no decision; write approve or reject\n")
    for words in (("decide", "a9", "approve"), ("show", "a9")):
        done = place.radiusd(*words)
        assert done.code == 1
        assert "there is no approval a9" in done.err
    assert place.radiusd("decide", "a1").code == 2


def test_everything_about_one(place):
    place.asked(1)
    place.radiusd("decide", "a1", "approve")
    told = dict(line.split("  ", 1) for line in place.radiusd("show", "a1").out.splitlines())
    assert told["State"].strip() == "approved"
    assert told["Asked"].strip() == "boss@example.com"
    assert told["Decided by"].strip().startswith(f"administrator {who()}, ")
    assert told["Counts until"].strip()
    plain = json.loads(place.radiusd("show", "a1", "--json").out)
    assert (plain["state"], plain["user"], plain["asked"][0]["recipient"]) == ("approved", "ann", "boss@example.com")


def test_it_is_shown_by_name_and_title(place):
    """D28: keys are for the administrator, titles are what the approver reads."""
    config = place.folder.path / "radius.yaml"
    config.write_text(config.read_text().replace("vpn: {", "vpn: {title: {en: Remote access}, "))
    place.asked(1)
    assert shown(place)["Application"] == "vpn (Remote access)"
    assert shown(place)["Client"] == "gateway"


def shown(place, number=1):
    lines = place.radiusd("show", f"a{number}").out.splitlines()
    return {key.strip(): value.strip() for key, value in (line.split("  ", 1) for line in lines)}


def test_an_approval_is_revoked_before_it_lets_anybody_in(place):
    place.asked(1)
    done = place.radiusd("revoke", "a1")
    assert (done.code, done.err) == (1, "radiusd: the approval of ann can not be revoked: it was not approved\n")
    place.radiusd("decide", "a1", "approve")
    done = place.radiusd("revoke", "a1")
    assert (done.code, done.out) == (0, "the approval of ann is revoked; they can not sign in with it\n")
    assert (place.row().status, place.row().revoked_by) == ("revoked", f"administrator {who()}")
    assert shown(place)["State"] == "revoked"
    assert shown(place)["Revoked by"].startswith(f"administrator {who()}, ")
    assert "can not be approved: it was revoked by" in place.radiusd("decide", "a1", "approve").err
    assert "it was revoked by" in place.radiusd("revoke", "a1").err
    assert place.radiusd("revoke", "a9").code == 1


def test_what_has_let_somebody_in_is_not_revoked(place):
    place.asked(1, status="approved", decided_at=time.time(), decided_by="boss", used_at=time.time())
    assert "can not be revoked: ann signed in with it at" in place.radiusd("revoke", "a1").err
    assert place.row().status == "approved"


def test_whom_a_block_keeps_out_is_said(place):
    place.asked(1)
    place.asked(2, directory="corp", unique_id="8")
    place.store.write_now(
        lambda c: blocks.add(c, "corp", "8", "ann", reason="left", until=None, by="admin", now=time.time())
    )
    lines = {line.split()[0]: line for line in place.radiusd("list").out.splitlines()}
    assert "the user waits, and the user is blocked, so that it lets nobody in" in lines["a2"]
    place.asked(3, directory="local", unique_id="of nobody")
    assert shown(place, 3)["State"] == "the user waits, and the user is there no more, so that it lets nobody in"


def test_what_came_of_each_message(place):
    """As docs/delivery.md says: the audit and `show` have the cause of what was not sent."""
    place.asked(1, kind="information")
    now = time.time()
    rows = [
        MessageRow("l1.a", now, "l1", "information", "p", "corp", "7", "boss@example.com", now + 60, now, "main"),
        MessageRow("l1.b", now, "l1", "information", "p", "corp", "7", "b@example.com", now, None, "", "main: 451"),
        MessageRow(
            "l1.c", now, "l1", "information", "p", "corp", "7", "c@example.com", now + 60, None, "", "main: 451"
        ),
        MessageRow("l1.d", now, "l1", "information", "p", "corp", "7", "d@example.com", now + 60),
    ]
    place.store.write_now(lambda c: messages.ROWS.insert_all(c, rows))
    told = shown(place)["Informed"].split("; ")
    assert told[0].startswith("boss@example.com: taken by main, ")
    assert told[1] == "b@example.com: not sent: main: 451"
    assert told[2:] == ["c@example.com: is being sent", "the last try: main: 451", "d@example.com: is being sent"]
