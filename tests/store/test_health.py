"""The database is there while it takes what is written, and answers (X36, X43)."""

from __future__ import annotations

import asyncio
import signal

import pytest

from store import Store, Unavailable, audit, users
from store.databases import connections
from store.databases.kept import Kept
from store.databases.postgres import Postgres
from tests.servers.postgres import running_postgres
from tests.servers.running import until
from tests.servers.small_disk import small_disk
from tests.store.rows import audit_row

MANY = 400  # rows of a burst: some 200 KiB


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
async def full(disk):
    """A started store on a disk that can be filled."""
    store = Store.open("sqlite:///radiusd.db", disk.path)
    store.start(asyncio.get_running_loop())
    await until(lambda: store._router.recorder.ready)
    yield store
    await store.close()


@pytest.fixture
def probes(monkeypatch):
    """How often it was tried whether the database is back."""
    probed = []
    probe = Kept.probe

    def counted(kept, octets):
        probed.append(octets)
        probe(kept, octets)

    monkeypatch.setattr(Kept, "probe", counted)
    return probed


def appended(store, many=1):
    """Whether each of so many rows is written."""
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(many)]
    for each in done:
        store.append(audit.ROWS, audit_row(detail="x" * 400), each.set_result)
    return asyncio.gather(*done)


@pytest.mark.parametrize("room", [0, 1, 12])
async def test_a_full_disk_is_an_outage_until_it_is_freed(disk, full, probes, room):
    """Also where there is room for something small: what is to be written does not fit."""
    assert await appended(full) == [True]
    disk.fill(but=room)
    while full.down_since() is None:
        await appended(full, MANY)
    outages = full._health.outage
    await until(lambda: len(probes) >= 3)
    assert full.down_since() is not None
    assert full._health.outage == outages == 1
    with pytest.raises(Unavailable):
        await full.write(lambda _: 7)
    disk.free()
    await until(lambda: full.down_since() is None)
    assert await appended(full, MANY) == [True] * MANY
    assert await full.write(lambda _: 7) == 7


@pytest.fixture
def hung(monkeypatch):
    """A started store on a PostgreSQL that gives no sign of life, and nothing helps its threads."""
    monkeypatch.setattr(connections, "HUNG_SECONDS", 3600.0)
    monkeypatch.setattr(Postgres, "cut", staticmethod(lambda _: None))
    with running_postgres() as server:
        yield server
        server.signal_all(signal.SIGCONT)


async def test_who_waits_is_answered_whatever_hangs(hung):
    """Writes, what is written together, rows, reads: those that have begun, and those behind them."""
    store = await asyncio.to_thread(Store.open, hung.new_database())
    store.start(asyncio.get_running_loop())
    assert await store.read(users.count) == 0
    hung.signal_all(signal.SIGSTOP)
    try:
        first = asyncio.ensure_future(store.write(users.count))
        await until(lambda: store._router.writer.kept.busy_since is not None)
        waiting = [first, *(asyncio.ensure_future(store.write(users.count)) for _ in range(3))]
        waiting += [asyncio.ensure_future(store.read(users.count)) for _ in range(10)]
        rows = appended(store, 3)
        assert [type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)] == [Unavailable] * 14
        assert await rows == [False] * 3
        assert store._router.thread.is_alive()
        # From when on nothing was heard of it, not from when somebody noticed.
        assert store.down_since() == store._watcher.heard
    finally:
        hung.signal_all(signal.SIGCONT)
    await until(lambda: store.down_since() is None)
    assert await appended(store) == [True]
    await store.close()


async def test_a_loop_that_stood_still_judges_nobody(full):
    """The whole process was stopped, for one: then nobody had a chance to answer."""
    full._watched -= 10.0
    full._watcher.kept.busy_since = full._watched
    full._watch()
    assert full.down_since() is None
