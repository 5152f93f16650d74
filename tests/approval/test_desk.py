"""What a link shows and what comes of a click: looking changes nothing, the first click counts (D12, D16)."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from radiusd.approval.desk import UNKNOWN, Desk, hidden
from radiusd.rules import links
from radiusd.rules.links import LinkState
from store import Store, approvals, audit
from store.records import ApprovalRow, LinkRow
from store.tables import APPROVALS, GENERATION, LINKS

KEY = b"k" * 32
ASKED = ApprovalRow(
    id="a1", at=1000.0, until=4600.0, kind="approval", login="l1", profile="contractors", directory="corp",
    unique_id="7", user_name="ann", display_name="Ann Example", application="vpn", client="gateway",
    station="192.0.2.77", nas="gw-1", source="192.0.2.10", late=300.0, held_until=1055.0,
)  # fmt: skip
FROM = "203.0.113.9"


async def asked(store, **changes):
    """Asked of boss and deputy: their tokens."""
    row = ASKED._replace(**changes)
    sent = [
        LinkRow(links.digest(KEY, f"{who}-{row.id}"), row.id, f"{who}@example.com", language, row.at)
        for who, language in (("boss", "tr"), ("deputy", ""))
    ]
    await store.write(lambda c: approvals.insert(c, row, sent))
    return f"boss-{row.id}", f"deputy-{row.id}"


def everything(connection):
    return [connection.execute(select(table)).all() for table in (APPROVALS, LINKS, GENERATION)]


async def test_a_look_tells_what_is_asked(store):
    boss, _deputy = await asked(store)
    shown = await Desk(store, [KEY]).look(boss, 1010.0)
    assert (shown.state, shown.can_approve, shown.can_refuse) == (LinkState.OPEN, True, True)
    assert (shown.display_name, shown.user_name, shown.application, shown.client) == (
        "Ann Example", "ann", "vpn", "gateway",
    )  # fmt: skip
    assert (shown.nas, shown.station, shown.source, shown.profile) == (
        "gw-1", "192.0.2.77", "192.0.2.10", "contractors",
    )  # fmt: skip
    assert (shown.asked_at, shown.held_until, shown.until, shown.late) == (1000.0, 1055.0, 4600.0, 300.0)
    assert (shown.language, shown.decided_by, shown.counted) == ("tr", "", False)
    assert boss not in repr(shown)


async def test_a_look_changes_nothing(store):
    """Scanners of mail open every link, many times (D12)."""
    boss, deputy = await asked(store)
    before = await store.read(everything)
    desk = Desk(store, [KEY])
    for token, at in itertools.product((boss, deputy, "guess"), (1010.0, 2000.0, 5000.0)):
        await desk.look(token, at)
    assert await store.read(everything) == before
    assert await store.read(audit.find) == []


async def test_a_token_that_was_not_made(store):
    boss, _deputy = await asked(store)
    desk = Desk(store, [KEY])
    for token in ("", boss[:-1], boss + "x", "\udcff", "x" * 10_000, links.digest(KEY, boss)):
        assert await desk.look(token, 1010.0) == UNKNOWN
        assert await desk.decide(token, approve=True, at=1010.0, source=FROM) == UNKNOWN
    assert await Desk(store, [b"other" * 8]).look(boss, 1010.0) == UNKNOWN


async def test_who_receives_decides(store):
    boss, deputy = await asked(store)
    desk = Desk(store, [KEY])
    shown = await desk.decide(deputy, approve=True, at=1010.0, source=FROM)
    assert (shown.state, shown.counted, shown.by_recipient) == (LinkState.APPROVED, True, True)
    assert (shown.decided_by, shown.decided_at, shown.counts_until) == ("deputy@example.com", 1010.0, 1310.0)
    assert not shown.can_approve
    assert not shown.can_refuse
    row = await store.read(lambda c: approvals.get(c, "a1"))
    assert (row.decided_by, row.decided_from) == ("deputy@example.com", FROM)
    # Somebody else who was asked learns that it is decided, and not quite by whom.
    seen = await desk.look(boss, 1020.0)
    assert (seen.state, seen.by_recipient, seen.decided_by) == (LinkState.APPROVED, False, "d***y@example.com")


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True), (False, False)])
async def test_the_second_click_is_told_the_truth(store, first, second):
    boss, deputy = await asked(store)
    desk = Desk(store, [KEY])
    one = await desk.decide(boss, approve=first, at=1010.0, source=FROM)
    two = await desk.decide(deputy, approve=second, at=1011.0, source=FROM)
    assert (one.counted, two.counted) == (True, False)
    assert one.state is two.state is (LinkState.APPROVED if first else LinkState.REFUSED)
    assert len(await store.read(audit.find)) == 1


async def test_twenty_clicks_at_once(store):
    boss, deputy = await asked(store)
    desk = Desk(store, [KEY])
    clicks = [
        desk.decide((boss, deputy)[number % 2], approve=number % 3 > 0, at=1010.0, source=FROM) for number in range(20)
    ]
    shown = await asyncio.gather(*clicks)
    assert sum(one.counted for one in shown) == 1
    assert len({one.state for one in shown}) == 1


async def test_too_late(store):
    boss, _deputy = await asked(store)
    desk = Desk(store, [KEY])
    for approve in (True, False):
        shown = await desk.decide(boss, approve=approve, at=4600.0, source=FROM)
        assert (shown.state, shown.counted) == (LinkState.EXPIRED, False)
    assert (await store.read(lambda c: approvals.get(c, "a1"))).status == "open"


async def test_nobody_waits_and_late_approvals_do_not_count(store):
    """To approve would do nothing, and the page must not say it did; to refuse keeps the next one quiet."""
    boss, _deputy = await asked(store, late=0.0)
    desk = Desk(store, [KEY])
    shown = await desk.decide(boss, approve=True, at=1055.0, source=FROM)
    assert (shown.state, shown.counted, shown.can_approve, shown.can_refuse) == (
        LinkState.NOT_WAITING, False, False, True,
    )  # fmt: skip
    shown = await desk.decide(boss, approve=False, at=1056.0, source=FROM)
    assert (shown.state, shown.counted) == (LinkState.REFUSED, True)


async def test_information_has_nothing_to_decide(store):
    boss, _deputy = await asked(store, kind="information")
    desk = Desk(store, [KEY])
    for approve in (True, False):
        shown = await desk.decide(boss, approve=approve, at=1010.0, source=FROM)
        assert (shown.state, shown.counted, shown.can_approve, shown.can_refuse) == (
            LinkState.INFORMATION, False, False, False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('rule')}/radiusd.db")
    yield store
    store.close_now()


numbers = itertools.count()


@given(
    status=st.sampled_from(["open", "open", "approved", "refused", "withdrawn"]),
    kind=st.sampled_from(["approval", "approval", "information"]),
    late=st.sampled_from([0.0, 5.0]),
    held_until=st.integers(0, 30).map(float),
    until=st.integers(0, 30).map(float),
    now=st.integers(0, 30).map(float),
    approve=st.booleans(),
)
def test_the_database_decides_as_the_page_says(database, status, kind, late, held_until, until, now, approve):
    """The rule stands twice, as a function and as a condition of an update: they never differ."""
    row = ASKED._replace(
        id=f"r{next(numbers)}", at=0.0, status=status, kind=kind, late=late, held_until=held_until, until=until
    )
    database.write_now(lambda c: approvals.insert(c, row, []))
    wanted = "approved" if approve else "refused"
    counted = database.write_now(lambda c: approvals.decide(c, row.id, wanted, "boss", FROM, now))
    assert counted is (links.can_approve if approve else links.can_refuse)(row, now)


@pytest.mark.parametrize(
    ("whole", "shown"),
    [
        ("boss@example.com", "b***s@example.com"),
        ("jo@example.com", "j***@example.com"),
        ("j@example.com", "j***@example.com"),
        ("+905550000003", "+90***03"),
        ("administrator root (sudo by ann)", "administrator"),
        ("", ""),
    ],
)
def test_partly_hidden(whole, shown):
    assert hidden(whole) == shown
