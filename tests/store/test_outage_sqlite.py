"""The SQLite file goes away, or does not take what is written: nothing counts as committed, and service returns by itself."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3

import pytest

from store import Store, StoreError, Unavailable, audit, logins, users
from store.logins import Written
from store.records import NewUser
from tests.servers.running import until
from tests.store.rows import audit_row
from tests.store.test_logins import mailed


@pytest.fixture
def path(tmp_path):
    return tmp_path / "radiusd.db"


@pytest.fixture
async def store(path):
    store = Store.open("sqlite:///radiusd.db", path.parent)
    store.start(asyncio.get_running_loop())
    await until(lambda: store._router.recorder.ready)
    yield store
    await store.close()


def appended(store):
    done = asyncio.get_running_loop().create_future()
    store.append(audit.ROWS, audit_row(), done.set_result)
    return done


async def refuses(store):
    with pytest.raises(Unavailable):
        await store.write(lambda _: None)
    with pytest.raises(Unavailable):
        await store.read(lambda _: None)
    assert await appended(store) is False
    assert store.down_since() <= asyncio.get_running_loop().time()


async def serves(store):
    await until(lambda: store.down_since() is None, 10)
    assert await appended(store) is True
    assert await store.write(lambda _: 7) == 7
    assert await store.read(users.count) >= 0


async def test_only_the_owner_reads_the_file(store, path):
    await serves(store)
    for name in ("radiusd.db", "radiusd.db-wal", "radiusd.db-shm"):
        assert path.with_name(name).stat().st_mode & 0o777 == 0o600


async def test_commit_into_a_file_that_is_not_there_any_more(store, path):
    """At once, not when somebody looks next."""
    await serves(store)
    path.rename(path.with_name("away"))
    assert await appended(store) is False
    await refuses(store)
    path.with_name("away").rename(path)
    await serves(store)


async def test_messages_that_could_not_be_written_count_for_no_limit(store, path):
    """Neither while nobody knows yet what was sent before, nor after."""
    await serves(store)
    for most in (1, 2):
        path.rename(path.with_name("away"))
        await until(lambda: store.down_since() is not None, 5)
        with pytest.raises(Unavailable):
            await store.write_jointly(logins.OPEN, mailed(10 * most, most))
        path.with_name("away").rename(path)
        await serves(store)
        outcomes = [await store.write_jointly(logins.OPEN, mailed(10 * most + more, most)) for more in (1, 2)]
        assert outcomes == [Written.DONE, Written.TOO_MANY]
    path.rename(path.with_name("away"))
    with pytest.raises(Unavailable):  # it is in the file that was moved, or not
        await store.write_jointly(logins.OPEN, mailed(30, 3))
    path.with_name("away").rename(path)
    await serves(store)
    assert await store.write_jointly(logins.OPEN, mailed(31, 3)) is Written.DONE


async def test_an_idle_server_notices(store, path):
    heard = []
    store.subscribe("users", heard.append)
    path.rename(path.with_name("away"))
    await until(lambda: store.down_since() is not None, 5)
    await refuses(store)
    assert not path.exists()
    path.with_name("away").rename(path)
    await serves(store)
    await until(lambda: "" in heard, 5)


async def test_another_file_in_its_place(store, path):
    """An empty one, or any without our tables, does not go into service; a restored backup does."""
    await store.write(lambda c: users.add(c, NewUser(username="ann"), 1.0))
    backup = path.with_name("backup")
    with sqlite3.connect(path) as source, sqlite3.connect(backup) as target:
        source.backup(target)
    source.close()
    target.close()
    await store.write(lambda c: users.add(c, NewUser(username="bob"), 1.0))
    for name in ("radiusd.db", "radiusd.db-wal", "radiusd.db-shm"):
        path.with_name(name).unlink()
    path.touch()
    await until(lambda: store.down_since() is not None, 5)
    await asyncio.sleep(0.6)
    await refuses(store)
    assert path.stat().st_size == 0
    heard = []
    store.subscribe("users", heard.append)
    shutil.copy(backup, path.with_name("restored"))
    path.with_name("restored").rename(path)
    await serves(store)
    assert await store.read(users.count) == 1
    await until(lambda: heard, 5)
    assert set(heard) == {""}


async def test_locked_by_somebody_else(store, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await appended(store) is False
    await refuses(store)
    other.execute("ROLLBACK")
    other.close()
    await serves(store)


async def test_a_short_lock_is_waited_for(store, path):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(0.3, other.execute, "ROLLBACK")
    assert await appended(store) is True
    assert store.down_since() is None
    other.close()


async def test_full(store):
    """SQLite's own limit stands for the disk's: the statement fails and nothing of it is there.

    (It is a connection's own; the row is too long for the process that writes rows, so it is the thread's.)
    """
    await serves(store)
    store._router.writer.kept.driver.execute("PRAGMA max_page_count = 1")
    big = audit_row(detail="x" * 3_000_000)
    done = asyncio.get_running_loop().create_future()
    store.append(audit.ROWS, big, done.set_result)
    assert await done is False
    await serves(store)
    assert len(await store.read(lambda c: audit.find(c, limit=10))) == 2


async def test_gone_before_it_is_started(path):
    store = Store.open("sqlite:///radiusd.db", path.parent)
    path.rename(path.with_name("away"))
    store.start(asyncio.get_running_loop())
    await refuses(store)
    path.with_name("away").rename(path)
    await serves(store)
    await store.close()


def test_command_line(path):
    store = Store.open("sqlite:///radiusd.db", path.parent)
    store.write_now(lambda c: users.add(c, NewUser(username="ann"), 1.0))
    path.rename(path.with_name("away"))
    for use in (store.read_now, store.write_now):
        with pytest.raises(Unavailable):
            use(users.count)
    path.with_name("away").rename(path)
    assert store.read_now(users.count) == 1
    store.close_now()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://root:hunter2@host/db", "mysql is not known"),
        ("hunter2", "no URL"),
        ("sqlite:///no/such/folder/radiusd.db", "No such file or directory"),
        ("sqlite:///.", "no file"),
        ("sqlite:///text", "not a database"),
        ("postgresql://ann:hunter2@127.0.0.1:1/radius", "refused"),
    ],
)
def test_what_cannot_be_opened(tmp_path, url, says):
    (tmp_path / "text").write_text("This is no database, and long enough to be looked at as one.\n" * 100)
    with pytest.raises(StoreError, match=says) as error:
        Store.open(url, tmp_path)
    assert "hunter2" not in str(error.value)
