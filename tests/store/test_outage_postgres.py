"""PostgreSQL stops, hangs and comes back."""

from __future__ import annotations

import asyncio
import signal

import pytest

from store import Store, Unavailable, audit, users
from tests.servers.postgres import running_postgres
from tests.servers.running import until
from tests.store.rows import audit_row


@pytest.fixture
def server():
    """Of its own: this one is stopped."""
    with running_postgres() as server:
        yield server


@pytest.fixture
async def store(server):
    store = await asyncio.to_thread(Store.open, server.new_database())
    store.start(asyncio.get_running_loop())
    yield store
    await store.close()


def appended(store):
    done = asyncio.get_running_loop().create_future()
    store.append(audit.ROWS, audit_row(), done.set_result)
    return done


async def serves(store):
    await until(lambda: store.down_since() is None, 15)
    assert await appended(store) is True
    assert await store.write(lambda _: 7) == 7
    assert await store.read(users.count) == 0
    await until(store.current, 5)


async def test_stopped_and_started_again(server, store):
    """An idle server notices by itself; everybody forgets what they knew."""
    await serves(store)
    heard = []
    store.subscribe("users", heard.append)
    await asyncio.to_thread(server.stop)
    await until(lambda: store.down_since() is not None, 5)
    with pytest.raises(Unavailable) as gone:
        await store.write(lambda _: None)
    # Who hears of it first decides: a new connection, one that is told why it ends, or one that is just cut off.
    assert any(each in gone.value.cause for each in ("127.0.0.1", "terminat", "closed the connection"))
    with pytest.raises(Unavailable):
        await store.read(users.count)
    assert await appended(store) is False
    await until(lambda: not store.current(), 5)
    await asyncio.to_thread(server.start)
    await serves(store)
    await until(lambda: "" in heard, 5)
    rows = await store.read(audit.find)
    assert len(rows) == 2


async def test_every_connection_is_cut_off(server, store):
    """They are made anew without anybody's help."""
    await serves(store)
    heard = []
    store.subscribe("users", heard.append)
    everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    await asyncio.to_thread(server.execute, everybody)
    await until(lambda: "" in heard, 5)
    await serves(store)


async def test_it_takes_requests_and_never_answers(server, store):
    """The process is there, and so is its socket."""
    await serves(store)
    server.signal_all(signal.SIGSTOP)
    try:
        done = appended(store)
        reading = asyncio.create_task(store.read(users.count))
        await until(lambda: not store.current(), 10)
        await until(lambda: store.down_since() is not None, 10)
        assert await appended(store) is False
        assert await done is False
        with pytest.raises(Unavailable):
            await reading
    finally:
        server.signal_all(signal.SIGCONT)
    await serves(store)
