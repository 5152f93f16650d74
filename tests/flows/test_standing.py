"""What the engine remembers of blocks, failures and stations, while it reads what the database has of them."""

from __future__ import annotations

import asyncio

import pytest

from radiusd.login.standing import Counted, Standing
from radiusd.model.entry import Entry
from radiusd.process.keeping import StandingKeeper
from radiusd.rules.blocking import Due, Limits
from store.records import Block
from tests.servers.running import until

ANN = Entry("local", "u1", "ann")
BLOCK = Block(
    id=1, directory="local", unique_id="u1", user_name="ann", station="pc", scope="station", reason="2 codes",
    created_at=1.0, until=None, created_by="", removed_at=None, removed_by="",
)  # fmt: skip


class Slow:
    """A store whose reads are answered by the test, in their order."""

    def __init__(self):
        self.reads = []
        self.listeners = []

    async def read(self, _function):
        answer = asyncio.get_running_loop().create_future()
        self.reads.append(answer)
        return await answer

    def subscribe(self, _subject, listener):
        self.listeners.append(listener)


@pytest.fixture
def store():
    return Slow()


@pytest.fixture
def standing(store):
    return Standing(store, Limits({"code": 2}, 600.0, None))


async def test_a_block_made_while_older_rows_are_read(store, standing):
    """A notice of the first failure has them read; the block of the second is committed meanwhile."""
    loading = asyncio.create_task(standing.load(1.0))
    await until(lambda: store.reads)
    standing.failed(ANN, "pc", Counted(2, 2, (BLOCK,)))
    store.reads[0].set_result(([], {("local", "u1", "pc")}))  # as it was before
    await loading
    assert standing.block_of(ANN, "pc", known=False, now=2.0) == BLOCK
    assert standing.ends_failures(ANN, "pc")


async def test_what_was_read_with_it_counts_once(store, standing):
    loading = asyncio.create_task(standing.load(1.0))
    await until(lambda: store.reads)
    standing.failed(ANN, "pc", Counted(2, 2, (BLOCK,)))
    store.reads[0].set_result(([BLOCK], {("local", "u1", "pc")}))
    await loading
    assert standing._blocks == {("local", "u1"): (BLOCK,)}


async def test_failures_that_ended_while_older_rows_are_read(store, standing):
    standing.failed(ANN, "pc", Counted(1, 1, ()))
    loading = asyncio.create_task(standing.load(1.0))
    await until(lambda: store.reads)
    standing.succeeded(ANN, "pc")
    store.reads[0].set_result(([], {("local", "u1", "pc")}))
    await loading
    assert not standing.is_watched(ANN)


async def test_a_block_that_somebody_ended(store, standing):
    """The opposite: what is read counts where nothing was committed here."""
    standing.failed(ANN, "pc", Counted(2, 2, (BLOCK,)))
    loading = asyncio.create_task(standing.load(1.0))
    await until(lambda: store.reads)
    store.reads[0].set_result(([], set()))
    await loading
    assert not standing.is_watched(ANN)


async def test_a_notice_while_the_first_rows_are_read(store, standing):
    """Both are read one after the other: the older answer must not come last."""
    background = []
    records = StandingKeeper(store, standing, background.append)
    beginning = asyncio.create_task(records.begin())
    await until(lambda: store.reads)
    store.listeners[0]("local\x1fu1")
    assert background == []
    store.reads[0].set_result(([], set()))
    await beginning
    [again] = background
    reading = asyncio.create_task(again)
    await until(lambda: len(store.reads) == 2)
    store.reads[1].set_result(([BLOCK], set()))
    await reading
    assert standing.has_blocks(ANN)


async def test_a_station_that_is_met_while_it_is_looked_up(store, standing):
    asking = asyncio.create_task(standing.knows(ANN, "pc"))
    await until(lambda: store.reads)
    standing.met(ANN, "pc", 1.0)
    store.reads[0].set_result(False)
    assert await asking is True
    assert await standing.knows(ANN, "pc") is True


def test_whose_directory_is_not_asked_is_written_once_and_forgotten_when_it_is_over(standing):
    """X49: else every sign-in of that user would be looked at again."""
    due = Due("lockout", "", 1800.0, "3 wrong passwords")
    listed = BLOCK._replace(scope="lockout", station="", reason=due.reason, until=due.until)
    standing.guard(ANN, None, 1.0)
    assert standing.unwritten_guards() == {}
    standing.guard(ANN, due, 2.0)
    written = standing.unwritten_guards()
    standing.wrote_guards(written, [listed])
    standing.guard(ANN, due, 3.0)
    assert standing.unwritten_guards() == {}
    assert standing.is_watched(ANN)
    assert standing.block_of(ANN, "pc", known=False, now=4.0) is None
    standing.guard(ANN, None, 1801.0)
    standing.wrote_guards(standing.unwritten_guards(), [])
    assert not standing.is_watched(ANN)
