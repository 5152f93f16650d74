"""The process that writes SQLite's rows: nothing is told as written that is not, and nothing depends on it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from msgspec import msgpack
from msgspec.structs import replace

from store import Store, accounting, approvals, audit, authenticators, logins, messages
from store.databases import recording
from store.databases.sqlite import PRAGMAS
from store.logins import Advance, Opening
from store.logins import Written as Outcome
from store.records import LinkRow
from store.writing import recorder
from tests.servers.running import until
from tests.store.rows import audit_row
from tests.store.test_approvals import ASKED
from tests.store.test_authenticators import accepted, app
from tests.store.test_logins import limit, login, message

READY = 10.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Of the real times: started anew after 10 s, given up after 3."""
    monkeypatch.setattr(recorder, "AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(recorder, "STUCK_SECONDS", 0.3)


@pytest.fixture
async def store(tmp_path):
    store = Store.open("sqlite:///radiusd.db", tmp_path)
    store.start(asyncio.get_running_loop())
    await until(lambda: store._router.recorder.ready, READY)
    yield store
    await store.close()


def appended(store, at=1.0, **fields):
    done = asyncio.get_running_loop().create_future()
    store.append(audit.ROWS, audit_row(at, **fields), done.set_result)
    return done


async def stored(store):
    return [row.at for row in await store.read(lambda c: audit.find(c, newest_first=False, limit=10_000))]


class Written:
    """What the thread that writes was given."""

    def __init__(self, store, monkeypatch):
        self.groups = []
        write = store._router.writer._write
        monkeypatch.setattr(
            store._router.writer, "_write", lambda group: (self.groups.append(len(group)), write(group))
        )


async def test_rows_are_the_processs_and_steps_are_the_threads(store, monkeypatch):
    written = Written(store, monkeypatch)
    assert all(await asyncio.gather(*(appended(store, float(at)) for at in range(100))))
    assert written.groups == []
    assert await store.write(lambda _: 7) == 7
    assert written.groups == [1]
    assert await stored(store) == list(range(100))


async def test_rows_behind_a_step_go_with_it(store, monkeypatch):
    """In the order in which they came, in one commit."""
    written = Written(store, monkeypatch)
    before = appended(store, 1.0)
    step = asyncio.ensure_future(store.write(lambda connection: audit.insert(connection, audit_row(3.0))))
    await asyncio.sleep(0)
    after = appended(store, 2.0)
    assert await asyncio.gather(before, step, after) == [True, None, True]
    assert sorted(await stored(store)) == [1.0, 2.0, 3.0]
    assert sum(written.groups) in (2, 3)


async def test_rows_of_two_tables_are_one_commit(store, monkeypatch):
    written = Written(store, monkeypatch)
    done = asyncio.get_running_loop().create_future()
    row = (1.0, "nas", "192.0.2.1", "s1", "Stop", "ann", "", None, "nas", 60, 2**40, 5, "", "[]")
    store.append(accounting.ROWS, row, done.set_result)
    assert await appended(store) is True
    assert await done is True
    assert len(await store.read(accounting.listed)) == len(await stored(store)) == 1
    assert written.groups == []


async def test_steps_of_one_kind_are_the_processs_while_nothing_is_in_their_way(store, monkeypatch):
    """Logins that begin and go on, with their messages and audit rows. What loses is looked at by the thread."""
    written = Written(store, monkeypatch)
    rows = [login(number, joins=f"pc {number}") for number in range(40)]
    openings = [
        Opening(row, (audit_row(float(number), login=row.id),), (message(number, row),))
        for number, row in enumerate(rows)
    ]
    begun = await asyncio.gather(*(store.write_jointly(logins.OPEN, opening) for opening in openings))
    assert set(begun) == {Outcome.DONE}
    sent = [messages.Sent(f"m{number}", 5.0, "primary", "", 6.0) for number in range(40)]
    ended = [replace(row, step=2, joins=None, status="accepted", passed="[]") for row in rows]
    both = await asyncio.gather(
        *(store.write_jointly(messages.MARK, each) for each in sent),
        *(store.write_jointly(logins.ADVANCE, Advance(row, (audit_row(9.0, login=row.id),))) for row in ended),
    )
    assert set(both[40:]) == {Outcome.DONE}
    assert written.groups == []
    assert await store.read(lambda c: [logins.get(c, row.id) for row in rows]) == ended
    assert await store.read(lambda c: messages.unsent(c, 0.0)) == []
    assert await stored(store) == [*(float(number) for number in range(40)), *[9.0] * 40]
    assert await store.write_jointly(logins.ADVANCE, Advance(ended[0], (audit_row(10.0),))) is Outcome.LATE
    assert written.groups == [1]
    assert (await stored(store))[-1] == 9.0


async def test_what_a_login_asks_as_it_begins_is_the_processs_too(store, monkeypatch):
    """A question to an approver and the link to it are rows beside the login's: no step of the thread (issue 13)."""
    written = Written(store, monkeypatch)
    rows = [replace(login(number, joins=f"pc {number}"), approval=f"a{number}") for number in range(40)]
    asked = [ASKED._replace(id=row.approval, login=row.id) for row in rows]
    links = [LinkRow(f"digest {row.id}", row.approval, "boss@example.com", "en", 1.0) for row in rows]
    openings = [
        Opening(row, (audit_row(1.0, login=row.id),), approvals=(approval,), links=(link,))
        for row, approval, link in zip(rows, asked, links, strict=True)
    ]
    begun = await asyncio.gather(*(store.write_jointly(logins.OPEN, opening) for opening in openings))
    assert set(begun) == {Outcome.DONE}
    assert written.groups == []
    for approval, link in zip(asked, links, strict=True):
        assert await store.read(lambda c, link=link: approvals.by_link(c, [link.digest])) == (approval, link)
    late = Opening(replace(login(99, joins="pc 1"), approval="a99"), approvals=(ASKED._replace(id="a99", login="99"),))
    assert await store.write_jointly(logins.OPEN, late) is Outcome.LATE
    assert await store.read(lambda c: approvals.get(c, "a99")) is None


async def test_messages_that_are_limited_are_the_processs_too(store, monkeypatch):
    """They are counted before they are written: the database is asked once, for what was sent before."""
    written = Written(store, monkeypatch)
    openings = [Opening(login(number), (), (message(number, login(number)),), (limit(30),)) for number in range(40)]
    begun = [store.write_jointly(logins.OPEN, opening) for opening in openings]
    assert [outcome is Outcome.DONE for outcome in await asyncio.gather(*begun)] == [True] * 30 + [False] * 10
    assert await store.write_jointly(logins.OPEN, openings[30]) is Outcome.TOO_MANY
    assert written.groups == []
    assert len(await store.read(lambda c: messages.unsent(c, 0.0))) == 30


async def test_rows_that_come_while_the_thread_writes_are_the_processs_all_the_same(store, monkeypatch):
    """They wait for its end: SQLite has one writer."""
    written = Written(store, monkeypatch)
    goes, may_end = threading.Event(), threading.Event()
    step = asyncio.ensure_future(store.write(lambda _: (goes.set(), may_end.wait(READY))))
    await asyncio.to_thread(goes.wait, READY)
    behind = [appended(store, float(at)) for at in range(100)]
    await asyncio.sleep(0.05)
    assert not any(done.done() for done in behind)
    may_end.set()
    assert all(await asyncio.gather(*behind))
    assert (await step)[1]
    assert written.groups == [1]
    assert await stored(store) == list(range(100))


def program(folder, slow_seconds):
    """The program that writes, to which that is slow."""
    changed = folder / "recording.py"
    source = Path(recording.__file__).read_text(encoding="utf-8")
    changed.write_text(re.sub("SLOW_SECONDS = [0-9.]+", f"SLOW_SECONDS = {slow_seconds}", source), encoding="utf-8")
    return changed


@pytest.mark.parametrize(("slow_seconds", "sizes"), [("1e9", [1, 64, 36]), ("0.0", [1, 100])])
async def test_a_group_is_small_while_the_disk_is_quick(store, monkeypatch, slow_seconds, sizes):
    """So that loop and process work side by side; of a disk that takes its time, as few commits as can be."""
    monkeypatch.setattr(recording, "__file__", str(program(store._router.recorder._database.path.parent, slow_seconds)))
    os.kill(store._router.recorder._process.pid, signal.SIGKILL)
    await until(lambda: not store._router.recorder.ready, READY)
    await until(lambda: store._router.recorder.ready, READY)
    groups = []
    send = store._router.recorder._send
    monkeypatch.setattr(
        store._router.recorder,
        "_send",
        lambda octets: (groups.append(len(store._router.recorder._group)), send(octets)),
    )
    first = appended(store, 0.0)
    await asyncio.sleep(0)
    await asyncio.gather(first, *(appended(store, float(at)) for at in range(1, 101)))
    assert groups == sizes


@pytest.mark.parametrize("odd", ["a\0b", "a\udcff", "x" * 2_000_000])
async def test_what_the_process_cannot_take_is_the_threads(store, monkeypatch, odd):
    """NUL, octets that are not UTF-8, and more than one message holds: with all that came with it."""
    written = Written(store, monkeypatch)
    assert await asyncio.gather(appended(store, 1.0), appended(store, 2.0, reason=odd), appended(store, 3.0)) == [
        True, True, True
    ]  # fmt: skip
    assert await stored(store) == [1.0, 2.0, 3.0]
    assert written.groups == [3]
    assert await appended(store, 4.0) is True
    assert written.groups == [3]


async def test_killed(store, monkeypatch):
    """What it had is told as not written, whatever became of it; the thread goes on, and there is a new one soon."""
    first = store._router.recorder._process
    os.kill(first.pid, signal.SIGSTOP)
    lost = appended(store, 1.0)
    await asyncio.sleep(0.05)
    behind = appended(store, 2.0)
    first.kill()
    assert await lost is False
    assert await behind is True
    assert await appended(store, 3.0) is True
    assert store.down_since() is None
    await until(lambda: store._router.recorder.ready, READY)
    written = Written(store, monkeypatch)
    assert await appended(store, 4.0) is True
    assert written.groups == []
    assert await stored(store) == [2.0, 3.0, 4.0]
    assert first.returncode == -signal.SIGKILL


async def test_it_takes_rows_and_never_answers(store, capsys):
    """As on a disk that hangs: whoever waits is told, and what comes later does not wait for it."""
    hung = store._router.recorder._process
    os.kill(hung.pid, signal.SIGSTOP)
    waiting = [appended(store), appended(store)]
    await asyncio.sleep(0)
    behind = appended(store, 4.0)
    assert await asyncio.gather(*waiting) == [False, False]
    assert "the database does not answer" in capsys.readouterr().out
    await behind
    await until(lambda: store.down_since() is None and store._router.recorder.ready, READY)
    assert hung.returncode == -signal.SIGKILL
    assert await appended(store, 5.0) is True
    assert (await stored(store))[-1] == 5.0


async def test_it_cannot_be_started(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "away"))
    store = Store.open("sqlite:///radiusd.db", tmp_path)
    store.start(asyncio.get_running_loop())
    assert await appended(store) is True
    assert not store._router.recorder.ready
    await store.close()


async def test_a_done_that_raises_loses_no_other(store):
    loop = asyncio.get_running_loop()
    reported = []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def raises(_):
        raise ZeroDivisionError

    store.append(audit.ROWS, audit_row(), raises)
    assert await appended(store) is True
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_it_ends_with_the_store(tmp_path):
    store = Store.open("sqlite:///radiusd.db", tmp_path)
    store.start(asyncio.get_running_loop())
    await until(lambda: store._router.recorder.ready, READY)
    waiting = [appended(store, float(at)) for at in range(100)]
    await store.close()
    assert all(await asyncio.gather(*waiting))
    assert store._router.recorder._process.returncode == 0


@pytest.fixture
def started(tmp_path):
    """The program alone: its process, and the server's end of the socket."""
    path = tmp_path / "rows.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE rows (number)")
    connection.close()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(10)
    command = [sys.executable, "-I", "-S", recording.__file__, str(theirs.fileno()), recorder.PACKAGES, str(path)]
    process = subprocess.Popen([*command, f"file:{path}?mode=rw", *PRAGMAS], pass_fds=[theirs.fileno()])
    theirs.close()
    assert ours.recv(1) == recording.WRITTEN
    yield process, ours, path
    ours.close()
    assert process.wait(10) == 0


def gives(server, *group):
    """Whether the group is written, quickly or not: of each the table and the number of its row."""
    kinds = [(number, (f"INSERT INTO {table} VALUES ", 1)) for number, (table, _) in enumerate(group)]
    server.send(msgpack.encode((kinds, [(number, (row,)) for number, (_, row) in enumerate(group)])))
    return server.recv(1) != recording.NOT_WRITTEN


def numbers(path):
    connection = sqlite3.connect(path)
    found = [number for (number,) in connection.execute("SELECT number FROM rows")]
    connection.close()
    return found


def test_a_group_is_written_whole_or_not_at_all(started):
    _process, server, path = started
    good, bad = ("rows", 1), ("nothing", 2)
    assert not gives(server, good, bad)
    assert numbers(path) == []
    assert gives(server, good, good)
    assert numbers(path) == [1, 1]


def test_a_locked_database_is_not_waited_for(started):
    _process, server, path = started
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not gives(server, ("rows", 1))
    other.execute("ROLLBACK")
    other.close()
    assert gives(server, ("rows", 1))


def test_a_file_that_was_moved_is_not_the_database(started):
    _process, server, path = started
    path.rename(path.with_name("away"))
    assert not gives(server, ("rows", 1))


def test_the_server_decides_when_it_ends(started):
    """Whoever signals the whole group of processes ends the server, which then writes what waits."""
    process, server, path = started
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process.send_signal(number)
    assert gives(server, ("rows", 1))
    assert numbers(path) == [1]


async def test_none_is_started_any_more_once_it_was_closed(tmp_path):
    """The store looks after what is left while it closes, which may take seconds on a busy machine."""
    store = Store.open(f"sqlite:///{tmp_path / 'radiusd.db'}")
    store.start(asyncio.get_running_loop())
    recorder = store._router.recorder
    await recorder.close()
    await asyncio.to_thread(recorder.wait)
    recorder.watch(0.0, time.monotonic() + 3600.0)
    assert recorder._process is None or recorder._process.poll() is not None
    assert recorder._socket is None
    await store.close()


async def test_steps_of_time_are_spent_by_the_process_and_where_one_is_late_by_the_thread(store, monkeypatch):
    """What nearly always is in time costs no thread; what is not changes nothing before the thread has looked."""
    await store.write(lambda c: authenticators.add(c, app()))
    first, second = login(1), login(2)
    await asyncio.gather(*(store.write_jointly(logins.OPEN, Opening(each)) for each in (first, second)))
    await until(lambda: store._router.recorder.busy_since is None)

    def no_thread(*_args):
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr(logins.ADVANCE, "run", no_thread)
        assert await store.write_jointly(logins.ADVANCE, accepted(first, 7)) is Outcome.DONE
    assert await store.write_jointly(logins.ADVANCE, accepted(second, 7)) is Outcome.TAKEN
    assert (await store.read(lambda c: authenticators.get(c, "a1"))).step == 7
