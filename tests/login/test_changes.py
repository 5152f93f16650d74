"""What each step of a login writes and answers, as tables: a row, a verdict and the time in, a Change out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from radiusd.login import changes, login_rows, progress, states
from radiusd.login.applications import Plan
from radiusd.login.behaviours import GONE
from radiusd.login.cases import ANSWER, BEGIN, Case
from radiusd.login.login_rows import Proofs, outcome_of, proofs_of
from radiusd.login.open_logins import joins_of
from radiusd.login.resuming import answered_before
from radiusd.model.access import Accept, AccessRequest, Challenge, Offered, Reject, Reply, Silence
from radiusd.model.approval import Approval, Link
from radiusd.model.entry import Entry
from radiusd.model.message import Mail, Message
from radiusd.model.verdict import Asked, Passed, Waiting

NOW = 1_800_000_000.0
LOGIN = "0123456789ab" * 2
OLD, NEW = "11111111", "22222222"
KEYS = states.Keys((b"s",), (b"r",))
ENTRY = Entry("local", "id-ann", "ann", credential="changed in May")
REPLY = Reply((("Framed-IP-Address", ("10.1.2.3",)),))
PLAN = Plan("mailed", ("password", "mailed"), {}, REPLY, ("profile mailed",), "")
MAIL = Message("code", "mailed", ("out",), Mail("ann@example.com", "Code", "123456"), 8.0, 10)
REQUEST = AccessRequest(
    "nas", "vpn", "ann", "tulip", Offered.PAP, None, "pc", "gw", "127.0.0.1", NOW, 50.0, octets=b"\1"
)
CASE = Case(REQUEST, ENTRY, PLAN, GONE, BEGIN, LOGIN)
PROVED = progress.Progress(("mailed",), ("password",), ("password right",), REPLY)
ALL = progress.Progress((), ("password", "mailed"), ("password right", "code right"), REPLY)
FIRST = login_rows.new(
    REQUEST, ENTRY, "mailed", LOGIN, "joins", Proofs(password="ab", credential="changed in May"), KEYS.records
)
CODE = Asked("Code sent", "memory", NOW + 600, MAIL, reason="a code is sent")


def asked(row=FIRST, case=CASE, **of):
    return changes.asked(case, PROVED, row, CODE, **{"challenge": NEW, "until": NOW + 900, "keys": KEYS} | of)


def test_a_code_is_asked_for():
    change = asked()
    row = change.row
    assert change.answer == Challenge("Code sent", states.make(KEYS.states, LOGIN, NEW))
    assert (row.step, row.factor, row.memory, row.states, row.until, row.status) == (
        1,
        "mailed",
        "memory",
        NEW,
        NOW + 600,
        "open",
    )
    assert row.joins == joins_of(ENTRY, REQUEST, "mailed")
    assert proofs_of(row) == Proofs(("password right",), ("password",), "ab", "changed in May", challenges=1)
    assert (change.messages, change.worth, change.counted) == ((MAIL,), NOW + 600, "")
    assert [each[13] for each in change.audit] == ["challenge"]


def test_what_was_added_and_chosen_is_the_rows():
    """The next packet may reach another node (D18)."""
    added = replace(PROVED, added=("new-password",))
    chosen = replace(CASE, plan=replace(PLAN, profile="by-sms"))
    row = changes.asked(chosen, added, FIRST, CODE, challenge=NEW, until=NOW + 900, keys=KEYS).row
    assert (row.profile, proofs_of(row).added) == ("by-sms", ("new-password",))
    everything = replace(
        ALL, added=("new-password",), proved=(*ALL.proved, "new-password"), trail=(*ALL.trail, "changed")
    )
    ended = changes.accepted(chosen, everything, FIRST, Accept(REPLY), keys=KEYS).row
    assert (ended.profile, proofs_of(ended).added) == ("by-sms", ("new-password",))


@pytest.mark.parametrize(
    ("until", "lives"), [(NOW + 900, NOW + 600), (NOW + 60, NOW + 60)], ids=["as the code", "as login_timeout says"]
)
def test_a_login_lives_no_longer_than(until, lives):
    assert asked(until=until).row.until == lives


@pytest.mark.parametrize(
    ("step", "factor", "good"),
    [(BEGIN, "mailed", f"{OLD} {NEW}"), (ANSWER, "mailed", NEW), (BEGIN, "other", NEW)],
    ids=["joined: both are good", "answered: the old one was used", "at another factor"],
)
def test_which_states_stay_good(step, factor, good):
    row = replace(FIRST, step=3, factor=factor, states=OLD)
    assert asked(row, replace(CASE, step=step)).row.states == good


def test_states_that_stay_good_are_bounded():
    many = " ".join(f"{number:08x}" for number in range(20))
    kept = asked(replace(FIRST, step=3, factor="mailed", states=many)).row.states.split()
    assert (len(kept), kept[-1]) == (changes.STATES_KEPT, NEW)


def test_behind_the_password_a_reject_asks_and_its_audit_waits_for_the_message():
    reject, told = (
        Reject("Code sent. Sign in again. Ref AAAA1111", "AAAA1111"),
        CASE.row("reject", "asks", (), "AAAA1111"),
    )
    change = changes.appended(CASE, PROVED, FIRST, CODE, reject=reject, told=told, until=NOW + 900, keys=KEYS)
    assert (change.answer, change.audit, change.told, change.row.states) == (reject, (), told, "")
    assert outcome_of(change.row).ref == "AAAA1111"


WAITS = Waiting(
    "a1",
    NOW + 3600,
    "a1",
    "Waiting",
    (MAIL,),
    Approval("a1", "approval", "Ann", NOW + 3600, 300.0, (Link("d", "boss", "en"),)),
)


def waiting(row=FIRST, case=CASE, verdict=WAITS, held_until=NOW + 8):
    return changes.waiting(case, PROVED, row, verdict, held_until=held_until, keys=KEYS)


def test_who_was_passed_over_is_told():
    """X55"""
    question = replace(WAITS.asked, passed_over=("manager: the account of CN=Eve is disabled",))
    change = waiting(verdict=replace(WAITS, asked=question))
    assert change.audit[0][14] == "asking ann@example.com; manager: the account of CN=Eve is disabled"


def test_a_request_is_held():
    change = waiting()
    assert (change.answer, change.held_until, change.asked) == (None, NOW + 8, (WAITS.asked,))
    assert (change.row.approval, change.row.until) == ("a1", NOW + 3600 + 300)
    assert proofs_of(change.row).front == ""  # of a station the newest has the place

    without = waiting(replace(FIRST, station="")).row
    assert proofs_of(without).front == without.packet != ""


def test_asked_again_the_late_time_stays():
    again = Waiting("a1", NOW + 3600, "a1", "Waiting")
    assert waiting(replace(waiting().row, packet="other"), verdict=again).row.until == NOW + 3600 + 300


@pytest.mark.parametrize(
    ("station", "front_until", "stays"),
    [("", NOW + 8, True), ("", NOW - 1, False), ("pc", NOW + 8, False)],
    ids=["stands in line", "the first has ended", "a newer one of the station"],
)
def test_who_is_first_in_line(station, front_until, stays):
    """D24: without a station whoever asks anew stands in line; with one it takes the place of the older."""
    proofs = Proofs(front="first", front_until=front_until).json()
    row = waiting(replace(FIRST, station=station, passed=proofs)).row
    assert (proofs_of(row).front == "first") is stays


def test_nobody_decided_and_the_nas_shows_a_prompt():
    held = waiting().row
    change = changes.asked_to_wait(held, "packet", "Press Enter.", NEW, (), NOW + 120, KEYS)
    assert change.answer == Challenge("Press Enter.", states.make(KEYS.states, LOGIN, NEW), echo=True)
    assert (change.row.states, change.row.status, change.row.approval, change.held_until) == (
        NEW,
        "open",
        "a1",
        NOW + 120,
    )
    assert (proofs_of(change.row).challenges, proofs_of(change.row).front) == (1, "")


def test_nobody_decided_and_it_shows_none():
    held = replace(waiting().row, states=OLD)
    change = changes.undecided(held, "packet", Reject("Later. Ref AAAA1111", "AAAA1111"), (), NOW)
    assert (change.row.states, change.row.status, change.held_until) == (OLD, "open", NOW)
    assert proofs_of(change.row).challenges == proofs_of(held).challenges


def test_accepted_in_one_step_has_no_row():
    change = changes.accepted(CASE, ALL, None, Accept(REPLY), keys=KEYS)
    assert (change.row, change.answer, change.asked) == (None, Accept(REPLY), ())


def test_accepted_with_somebody_to_be_told():
    told = Approval("i1", "information", "Ann", NOW + 3600, 0.0, ())
    informing = replace(ALL, informing=(Passed("told", messages=(MAIL,), told=told),))
    change = changes.accepted(CASE, informing, None, Accept(REPLY), keys=KEYS)
    assert (change.row.step, change.row.status, change.row.joins, change.row.approval) == (1, "accepted", None, "i1")
    assert (change.informs, change.asked, change.worth) == (True, (told,), NOW + changes.INFORMED_SECONDS)


def test_an_accept_ends_the_login_and_takes_the_methods_writes_along():
    def used(_connection):
        return True

    row = waiting().row
    change = changes.accepted(CASE, replace(ALL, writes=(used,)), row, Accept(REPLY), keys=KEYS)
    assert (change.row.step, change.row.status, change.row.joins, change.row.states, change.row.memory) == (
        2,
        "accepted",
        None,
        "",
        "",
    )
    assert (change.writes, proofs_of(change.row).factors) == ((used,), ("password", "mailed"))


def test_a_refusal_counts_and_ends_the_login():
    row = asked().row
    reject = Reject("Access denied. Ref AAAA1111", "AAAA1111")
    change = changes.refused(CASE, row, reject, (), counted="code", keys=KEYS)
    assert (change.row.status, change.row.joins, change.counted) == ("refused", None, "code")
    assert changes.refused(CASE, None, reject, (), keys=KEYS).row is None


@pytest.mark.parametrize("end", ["closed", "unreachable"])
def test_who_ends_a_login_withdraws_its_question(end):
    row = waiting().row
    reject = Reject("later", "AAAA1111")
    change = changes.closed(row, NOW) if end == "closed" else changes.unreachable(row, reject, (), NOW)
    assert (change.row.status, change.row.joins, change.withdraws) == ("ended", None, True)
    assert change.answer == (Silence() if end == "closed" else reject)


def test_an_accept_that_did_not_arrive_is_taken_back():
    """D23: the login is open again, for whoever proves every factor before the wait."""
    held = waiting().row
    over = changes.accepted(CASE, ALL, held, Accept(REPLY), keys=KEYS).row
    change = changes.reopened(over, CASE, "a1", NOW + 300, ())
    assert (change.row.status, change.row.memory, change.row.until, change.row.step) == (
        "open",
        "a1",
        NOW + 300,
        over.step + 1,
    )
    assert change.row.joins == held.joins
    # The approval is to be asked for again, or nobody who stands in line could use it (D24).
    assert (proofs_of(change.row).factors, proofs_of(over).factors) == (("password",), ("password", held.factor))


@pytest.mark.parametrize(
    ("outcome", "status", "answer"),
    [
        (login_rows.Answered("accept"), "accepted", Accept(REPLY)),
        (login_rows.Answered("reject", "No. Ref AAAA1111", ref="AAAA1111"), "refused", Reject("No. Ref AAAA1111", "AAAA1111")),
        (login_rows.Answered("reject", "No. Ref AAAA1111"), "refused", Reject("No. Ref AAAA1111", "AAAA1111")),
        (login_rows.Answered("challenge", "Enter", NEW, echo=True), "open", Challenge("Enter", states.make(KEYS.states, LOGIN, NEW), echo=True)),
    ],
    ids=["accept", "reject", "reject of the release before", "challenge"],
)  # fmt: skip
def test_the_same_octets_get_the_same_answer(outcome, status, answer):
    row = replace(FIRST, outcome=outcome.json(), status=status)
    before = answered_before(CASE, row, KEYS)
    assert before is not None
    assert before.outcome == answer


@pytest.mark.parametrize(("kind", "status"), [("hold", "open"), ("accept", "open")])
def test_what_is_not_known_again(kind, status):
    row = replace(FIRST, outcome=login_rows.Answered(kind).json(), status=status)
    assert answered_before(CASE, row, KEYS) is None


@pytest.mark.parametrize(
    ("passed", "factors"),
    [
        ('{"trail":["password right (verified before, remembered)","code right (sent to a***n@example.com)"]}', ("password",)),
        ('{"trail":["code right (sent to a***n@example.com)"]}', ()),
        ('{"trail":["password right"],"factors":["password"]}', ("password",)),
    ],
)  # fmt: skip
def test_of_a_row_of_the_release_before_nothing_is_told_by_its_place(passed, factors):
    assert proofs_of(replace(FIRST, passed=passed)).factors == factors
