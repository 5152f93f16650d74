"""An approval is decided once and used once, whoever races for it (D2, D12, D18)."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from sqlalchemy import select

from store import Store, approvals, audit, blocks, messages, past
from store.records import ApprovalRow, Before, LinkRow, MessageRow
from store.tables import LINKS

ASKED = ApprovalRow(
    id="a1", at=1000.0, until=4600.0, kind="approval", login="l1", profile="contractors", directory="corp",
    unique_id="7", user_name="ann", display_name="Ann Example", application="vpn", client="gateway",
    station="192.0.2.77", nas="gw-1", source="192.0.2.10", late=300.0, held_until=1055.0,
)  # fmt: skip
LINK = LinkRow("d1", "a1", "boss@example.com", "tr", 1000.0, "manager", "Deniz Yılmaz")
BOSS, ELSEWHERE = "boss@example.com", "203.0.113.9"


def asked(store, *links, **changes):
    row = ASKED._replace(**changes)
    links = links or (LINK._replace(approval=row.id, digest=f"link of {row.id}"),)
    store.write_now(lambda c: approvals.insert(c, row, links))
    return row


def decide(store, status, now, approval="a1"):
    return store.write_now(lambda c: approvals.decide(c, approval, status, BOSS, ELSEWHERE, now))


def row_of(store, approval="a1"):
    return store.read_now(lambda c: approvals.get(c, approval))


def test_what_is_asked_is_found_by_its_links(synchronous):
    asked(synchronous, LINK)
    again = LINK._replace(digest="d2", at=1010.0)
    synchronous.write_now(lambda c: approvals.add_links(c, [again]))
    for link in (LINK, again):
        assert synchronous.read_now(lambda c, d=link.digest: approvals.by_link(c, [d])) == (ASKED, link)
    assert synchronous.read_now(lambda c: approvals.by_link(c, ["d3"])) is None
    assert synchronous.read_now(lambda c: approvals.links_of(c, "a1")) == [LINK, again]
    assert row_of(synchronous) == ASKED
    assert row_of(synchronous, "a2") is None


def test_a_decision_is_written_down_with_who_and_from_where(synchronous):
    asked(synchronous)
    assert decide(synchronous, "approved", 1010.0)
    row = row_of(synchronous)
    assert (row.status, row.decided_at, row.decided_by, row.decided_from) == ("approved", 1010.0, BOSS, ELSEWHERE)
    (told,) = synchronous.read_now(audit.find)
    assert (told.step, told.outcome, told.reason) == ("decision", "approved", "approved by boss@example.com")
    assert (told.login, told.user_name, told.station, told.source) == ("l1", "ann", "192.0.2.77", ELSEWHERE)
    assert json.loads(told.detail)["trail"][0] == "approved by boss@example.com from 203.0.113.9"


@pytest.mark.parametrize("first", ["approved", "refused"])
@pytest.mark.parametrize("second", ["approved", "refused"])
def test_the_first_decision_stays(synchronous, first, second):
    asked(synchronous)
    assert decide(synchronous, first, 1010.0)
    assert not decide(synchronous, second, 1011.0)
    assert row_of(synchronous).status == first
    assert len(synchronous.read_now(audit.find)) == 1


@pytest.mark.parametrize(
    ("changes", "now", "may"),
    [
        ({}, 1054.9, {"approved", "refused"}),
        ({}, 1055.0, {"approved", "refused"}),  # nobody waits any more: a late approval
        ({"late": 0.0}, 1054.9, {"approved", "refused"}),
        ({"late": 0.0}, 1055.0, {"refused"}),
        ({}, 4599.9, {"approved", "refused"}),
        ({}, 4600.0, set()),
        ({"held_until": 9000.0}, 4600.0, set()),
        ({"kind": "information"}, 1010.0, set()),
        ({"status": "withdrawn"}, 1010.0, set()),
    ],
)
def test_when_it_can_be_decided(synchronous, changes, now, may):
    for number, status in enumerate(("approved", "refused")):
        asked(synchronous, id=f"a{number}", **changes)
        assert decide(synchronous, status, now, f"a{number}") is (status in may)
    assert decide(synchronous, "approved", now, "unknown") is False


def test_twenty_decide_at_once(url):
    """Ten approve, ten refuse, each on a connection of its own: one of them did it, and it is told once."""
    nodes = [Store.open(url) for _ in range(20)]
    asked(nodes[0])
    begin = threading.Barrier(len(nodes))
    outcomes = []

    def run(number, node):
        status = ("approved", "refused")[number % 2]
        begin.wait(20)
        counted = node.write_now(lambda c: approvals.decide(c, "a1", status, f"{number}", ELSEWHERE, 1010.0))
        outcomes.append((counted, status, f"{number}"))

    threads = [threading.Thread(target=run, args=each) for each in enumerate(nodes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    row = row_of(nodes[0])
    told = nodes[0].read_now(audit.find)
    for node in nodes:
        node.close_now()
    winners = [outcome for outcome in outcomes if outcome[0]]
    assert len(outcomes) == 20
    assert winners == [(True, row.status, row.decided_by)]
    assert [one.outcome for one in told] == [row.status]


def test_an_approval_is_used_once(synchronous):
    asked(synchronous)
    assert not synchronous.write_now(lambda c: approvals.mark_used(c, "a1", 1005.0))  # nobody approved it
    decide(synchronous, "approved", 1010.0)
    assert synchronous.write_now(lambda c: approvals.mark_used(c, "a1", 1011.0))
    assert not synchronous.write_now(lambda c: approvals.mark_used(c, "a1", 1012.0))
    assert row_of(synchronous).used_at == 1011.0
    asked(synchronous, id="a2")
    decide(synchronous, "refused", 1010.0, "a2")
    assert not synchronous.write_now(lambda c: approvals.mark_used(c, "a2", 1011.0))


def test_who_waits_is_not_said_anew_once_it_is_decided(synchronous):
    """Else a later try would make a decision that came too late one that was waited for."""
    asked(synchronous)
    synchronous.write_now(lambda c: approvals.hold_until(c, "a1", 1100.0))
    assert row_of(synchronous).held_until == 1100.0
    decide(synchronous, "approved", 1200.0)
    synchronous.write_now(lambda c: approvals.hold_until(c, "a1", 1300.0))
    assert row_of(synchronous).held_until == 1100.0


def test_withdrawn(synchronous):
    asked(synchronous)
    assert synchronous.write_now(lambda c: approvals.withdraw(c, "a1", 1010.0))
    assert not synchronous.write_now(lambda c: approvals.withdraw(c, "a1", 1011.0))
    assert not decide(synchronous, "approved", 1012.0)
    asked(synchronous, id="a2")
    decide(synchronous, "approved", 1010.0, "a2")
    assert not synchronous.write_now(lambda c: approvals.withdraw(c, "a2", 1011.0))


async def test_who_is_told(store):
    told = []
    store.subscribe(approvals.SUBJECT, told.append)
    for number in (1, 2):
        row = ASKED._replace(id=f"a{number}")
        await store.write(lambda c, row=row: approvals.insert(c, row, []))
    await store.write(lambda c: approvals.decide(c, "a1", "refused", BOSS, ELSEWHERE, 1010.0))
    await store.write(lambda c: approvals.decide(c, "a1", "approved", BOSS, ELSEWHERE, 1011.0))
    await store.write(lambda c: approvals.withdraw(c, "a2", 1010.0))
    await asyncio.sleep(0)
    assert told == ["a1", "a2"]


def test_a_refusal_is_of_a_user_and_a_station(synchronous):
    def lately(since, user=("corp", "7"), station="192.0.2.77", client="gateway"):
        found = synchronous.read_now(lambda c: approvals.refused_lately(c, *user, station, client, since))
        return None if found is None else found.id

    asked(synchronous)
    assert lately(0.0) is None
    decide(synchronous, "refused", 1010.0)
    assert lately(1009.0) == "a1"
    assert lately(1010.0) is None
    assert lately(0.0, client="other") == "a1"  # a station is one wherever it comes from
    assert lately(0.0, station="192.0.2.78") is None
    assert lately(0.0, station="") is None
    assert lately(0.0, user=("corp", "8")) is None
    assert lately(0.0, user=("local", "7")) is None
    asked(synchronous, id="a2", station="")
    decide(synchronous, "refused", 1020.0, "a2")
    assert lately(0.0, station="") == "a2"
    assert lately(0.0, station="", client="other") is None
    asked(synchronous, id="a3")
    decide(synchronous, "approved", 1030.0, "a3")
    assert lately(1010.0) is None


def test_lists(synchronous):
    for number in range(5):
        asked(synchronous, id=f"a{number}", at=1000.0 + number)
    decide(synchronous, "approved", 1010.0, "a1")
    asked(synchronous, id="a5", at=1005.0, until=1100.0)
    asked(synchronous, id="a6", at=1006.0, kind="information")
    opened = [row.id for row in synchronous.read_now(lambda c: approvals.open_ones(c, 1100.0))]
    assert opened == ["a0", "a2", "a3", "a4"]
    assert [row.id for row in synchronous.read_now(lambda c: approvals.latest(c, 3))] == ["a6", "a5", "a4"]


def test_who_was_informed_since(synchronous):
    asked(synchronous, kind="information")

    def told(since, profile="contractors", unique_id="7"):
        return synchronous.read_now(lambda c: approvals.told_since(c, "corp", unique_id, profile, since))

    assert told(1000.0)
    assert not told(1000.1)
    assert not told(0.0, profile="others")
    assert not told(0.0, unique_id="8")
    asked(synchronous, id="a2", unique_id="8")
    assert not told(0.0, unique_id="8")  # a question is no information


def test_what_is_old_goes_with_its_links(synchronous):
    asked(synchronous, LINK)
    asked(synchronous, LINK._replace(digest="d2", approval="a2"), id="a2", until=5000.0)
    assert synchronous.write_now(lambda c: approvals.prune(c, 4600.0)) == 0
    assert synchronous.write_now(lambda c: approvals.prune(c, 4600.1)) == 1
    assert [row.id for row in synchronous.read_now(approvals.latest)] == ["a2"]
    assert synchronous.read_now(lambda c: c.execute(select(LINKS.c.digest)).scalars().all()) == ["d2"]


def test_text_of_the_wire_is_stored(synchronous):
    row = asked(synchronous, station="a\0b", nas="\udcff")
    assert row_of(synchronous) == row._replace(station="a\\x00b", nas="\\xff")


def revoke(store, now=1020.0, approval="a1"):
    return store.write_now(lambda c: approvals.revoke(c, approval, BOSS, ELSEWHERE, now))


def test_an_approval_is_revoked_before_it_lets_anybody_in_and_never_after(synchronous):
    asked(synchronous)
    assert not revoke(synchronous)  # it is not given yet
    decide(synchronous, "approved", 1010.0)
    assert revoke(synchronous)
    row = row_of(synchronous)
    assert (row.status, row.revoked_at, row.revoked_by, row.decided_by) == ("revoked", 1020.0, BOSS, BOSS)
    assert not synchronous.write_now(lambda c: approvals.mark_used(c, "a1", 1030.0))
    assert not revoke(synchronous)
    told = synchronous.read_now(audit.find)[0]
    assert (told.step, told.outcome, told.reason) == ("decision", "revoked", "revoked by boss@example.com")
    asked(synchronous, id="a2")
    decide(synchronous, "approved", 1010.0, "a2")
    assert synchronous.write_now(lambda c: approvals.mark_used(c, "a2", 1011.0))
    assert not revoke(synchronous, approval="a2")
    assert row_of(synchronous, "a2").status == "approved"


def used(store, at=1011.0, **changes):
    asked(store, **changes)
    decide(store, "approved", 1010.0)
    assert store.write_now(lambda c: approvals.mark_used(c, "a1", at))


def take_back(store, now=1012.0, used_at=1011.0):
    return store.write_now(lambda c: approvals.take_back(c, "a1", used_at, now))


def test_what_did_not_arrive_is_taken_back_once(synchronous):
    used(synchronous)
    assert not take_back(synchronous, used_at=1010.5)  # of another use
    assert take_back(synchronous)
    row = row_of(synchronous)
    assert (row.status, row.used_at, row.taken_back_at, row.held_until) == ("approved", None, 1012.0, 1012.0)
    told = synchronous.read_now(audit.find)[0]
    assert (told.step, told.outcome, told.user_name) == ("decision", "approved", "ann")
    assert "did not arrive" in told.reason
    # It lets one in that arrives, and no third one.
    assert synchronous.write_now(lambda c: approvals.mark_used(c, "a1", 1013.0))
    assert not take_back(synchronous, now=1014.0, used_at=1013.0)
    assert row_of(synchronous).used_at == 1013.0


def test_what_is_learned_after_a_minute_is_not_believed(synchronous):
    used(synchronous)
    assert not take_back(synchronous, now=1071.1)
    assert row_of(synchronous).used_at == 1011.0


def test_one_reminder_a_question_while_it_is_open(synchronous):
    def remind(now):
        return synchronous.write_now(lambda c: approvals.remind(c, "a1", now))

    asked(synchronous)
    assert not remind(4600.0)
    assert remind(1400.0)
    assert not remind(1401.0)
    assert row_of(synchronous).reminded_at == 1400.0
    asked(synchronous, id="a2")
    decide(synchronous, "refused", 1010.0, "a2")
    assert not synchronous.write_now(lambda c: approvals.remind(c, "a2", 1400.0))


def test_how_many_stand_in_line_and_since_when(synchronous):
    def line():
        row = row_of(synchronous)
        return row.in_line, row.in_line_since

    asked(synchronous, station="")
    assert line() == (None, None)
    for at in (1010.0, 1020.0):
        synchronous.write_now(lambda c, at=at: approvals.stand_in_line(c, "a1", at))
    assert line() == (2, 1010.0)
    synchronous.write_now(lambda c: approvals.leave_line(c, "a1"))
    assert line() == (1, 1010.0)
    for _ in range(2):
        synchronous.write_now(lambda c: approvals.leave_line(c, "a1"))
    assert line() == (0, None)
    synchronous.write_now(lambda c: approvals.stand_in_line(c, "a1", 1030.0))
    assert line() == (1, 1030.0)


MESSAGE = MessageRow("l1.abc", 1000.0, "l1", "information", "contractors", "corp", "7", BOSS, 4600.0)


@pytest.mark.parametrize(
    ("cause", "outcome", "reason"),
    [
        ("", "informed", "boss@example.com is informed"),
        ("main: answered 451", "uninformed", "boss@example.com is not informed: main: answered 451"),
    ],
)
def test_what_came_of_informing_somebody_is_written_down(synchronous, cause, outcome, reason):
    asked(synchronous, kind="information")
    synchronous.write_now(lambda c: messages.ROWS.insert(c, MESSAGE))
    synchronous.write_now(lambda c: approvals.informed(c, "l1.abc", cause, 1700.0))
    (told,) = synchronous.read_now(audit.find)
    assert (told.at, told.step, told.outcome, told.reason) == (1700.0, "information", outcome, reason)
    assert (told.login, told.user_name, told.source) == ("l1", "ann", "192.0.2.10")
    # Nothing of a message that is gone, or that asks.
    synchronous.write_now(lambda c: approvals.informed(c, "l1.gone", cause, 1700.0))
    assert len(synchronous.read_now(audit.find)) == 1


def test_what_was_before_is_told_by_place(synchronous):
    """Of the user, from the station, or where there is none at the client; before that time."""

    def before(station="192.0.2.77", client="gateway", at=2000.0):
        return synchronous.read_now(lambda c: past.before(c, "corp", "7", station, client, at))

    assert before() == Before(None, None, 0, 0)
    for number, (status, used_at, changes) in enumerate(
        [
            ("approved", 1010.0, {}),
            ("approved", None, {}),
            ("refused", None, {}),
            ("approved", 1020.0, {"station": ""}),
            ("approved", 1030.0, {"unique_id": "8"}),
            ("approved", 2010.0, {"at": 2000.0}),
        ]
    ):
        asked(synchronous, id=f"a{number}", status=status, used_at=used_at, **changes)
    synchronous.write_now(lambda c: blocks.know_station(c, "corp", "7", "192.0.2.77", 1010.0))
    synchronous.write_now(lambda c: blocks.know_station(c, "corp", "7", "192.0.2.77", 1500.0))
    assert before() == Before(1010.0, 1500.0, 1, 1)
    assert before(at=1010.0) == Before(None, None, 1, 1)
    assert before(station="") == Before(None, None, 1, 0)
    assert before(station="", client="other") == Before(None, None, 0, 0)
    assert before(station="198.51.100.1") == Before(None, None, 0, 0)
