"""The database as everybody else sees it: a synchronous store behind an asynchronous face."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from store.databases import opening
from store.databases.health import STUCK_SECONDS, Health
from store.databases.kept import Kept
from store.databases.rows import Row, Rows
from store.databases.sqlite import Sqlite
from store.errors import Unavailable
from store.notices import Notice
from store.writing.joint import Joint
from store.writing.pending import Pending
from store.writing.recorder import EARLY, Plain, Recorder
from store.writing.watcher import Watcher
from store.writing.writer import Call, Entry, Writer

T = TypeVar("T")
Item = TypeVar("Item")
Listener = Callable[[str], None]

MOST_WAITING = 20_000  # rows and steps
MOST_READS = 5_000
READERS = 3
LATER_SECONDS = 0.02
WATCH_SECONDS = 1.0
HUNG_SECONDS = 10.0  # a connection that hears nothing for so long is cut off
CURRENT_SECONDS = 3.0
OVERLOAD = "too much waits for it"


class Store:
    """One process's store. Everything asynchronous is called in the loop given to `start`."""

    def __init__(self, database: opening.Database) -> None:
        self._database = database
        self.is_alone = isinstance(database, Sqlite)  # one server per file: no other process begins logins
        self._node = secrets.token_hex(8)
        self._kept: set[Kept] = set()
        self._now: Kept | None = None
        self._now_lock = threading.Lock()
        self._health = Health(database.name, self._ring)
        self._writer = Writer(self._connect, self._health, self._hand_out, self._free)
        self._watcher = Watcher(self._connect, self._health, self._node, self._deliver)
        self._recorder = Recorder(database, self._health, self._next) if isinstance(database, Sqlite) else None
        self._waiting = self._writer.waiting
        self._plain_waiting: deque[Plain] = deque() if self._recorder is None else self._recorder.waiting
        self._bell = self._writer.bell
        self._threads: list[threading.Thread] = []
        self._local = threading.local()
        self._reading = 0
        self._rung = False
        self._rung_later = False
        self._closed = True
        self._listeners: dict[str, list[Listener]] = {}

    @classmethod
    def open(cls, url: str, folder: Path = Path()) -> Store:
        """A database that is there and up to date; an SQLite file is made, and its path is relative to `folder`.

        Raises StoreError.
        """
        return cls(opening.opened(url, folder))

    # Command line: synchronous, no threads.

    def read_now(self, function: Callable[[Connection], T]) -> T:
        """What the function returns. Raises Unavailable, or what it raised."""
        return self._at_once(lambda kept: kept.read(function))

    def write_now(self, step: Callable[[Connection], T]) -> T:
        """What the step returned, once it is committed. Raises Unavailable, or what it raised."""
        return self._at_once(lambda kept: kept.write(step))

    def _at_once(self, use: Callable[[Kept], T]) -> T:
        with self._now_lock:
            if self._now is None or not self._database.is_there(self._now.connection):
                self._drop_now()
                self._now = Kept(self._database)
            try:
                return use(self._now)
            except Unavailable:
                self._drop_now()
                raise

    def _drop_now(self) -> None:
        if self._now is not None:
            self._now.close()
            self._now = None

    def close_now(self) -> None:
        """Ends what `read_now` and `write_now` used."""
        with self._now_lock:
            self._drop_now()

    # The server: a thread that writes, some that read, one that watches.

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """To be called in the running loop, once. A database that went away since `open` is waited for."""
        self._loop = loop
        self._nobody: Pending[Any] = Pending(loop=loop)
        self._nobody.cancel()
        self._closed = False
        try:
            self._writer.kept = self._connect()
            self._watcher.begin()
        except Unavailable as gone:
            self._health.lost(gone.cause)
        self._readers = ThreadPoolExecutor(READERS, "store-reader")
        self._threads = [
            threading.Thread(target=self._writer.run, name="store-writer", daemon=True),
            threading.Thread(target=self._watcher.run, name="store-watcher", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        if self._recorder is not None:
            self._recorder.start(loop)
        self._timer = loop.call_later(WATCH_SECONDS, self._watch)

    async def close(self) -> None:
        """Writes or refuses what waits, and ends every connection. What comes later is refused."""
        if not self._closed:
            self._closed = True
            if self._recorder is not None:
                await self._recorder.close()
            self._bell.put(False)
            self._watcher.stop()
            for thread in self._threads:
                # Somewhat longer than a connection that hears nothing is left alone.
                await self._loop.run_in_executor(self._readers, thread.join, HUNG_SECONDS + 2 * WATCH_SECONDS)
            if self._recorder is not None:
                await self._loop.run_in_executor(self._readers, self._recorder.wait)
            # A read whose caller is gone goes on. SQLite crashes where a connection is closed under it.
            await self._loop.run_in_executor(None, self._readers.shutdown)
            self._timer.cancel()
            # What the writer handed out last is called before this returns.
            await asyncio.sleep(0)
            for kept in list(self._kept):
                if kept.busy_since is None:
                    kept.close()
        self.close_now()

    def append(self, rows: Rows, row: Row, done: Callable[[bool], None]) -> None:
        """The row is written with the next group; `done` is told in the loop whether it is committed."""
        waiting = self._plain()
        if len(waiting) >= MOST_WAITING or self._health.since is not None or self._closed:
            self._loop.call_soon(done, False)
            return
        waiting.append((rows, row, done))
        if not self._rung:
            self._rung = True
            self._loop.call_soon(self._wake)

    def _plain(self) -> deque[Any]:
        """Where what the recorder could write is to wait."""
        recorder = self._recorder
        # Behind a step that waits for the thread it goes with that: it may be about the same.
        if recorder is None or not recorder.ready or self._waiting:
            return self._waiting
        if len(recorder.waiting) >= EARLY and recorder.busy_since is None and not self._writer.busy:
            recorder.begin()
        return recorder.waiting

    async def write(self, step: Callable[[Connection], T]) -> T:
        """What the step returned, once it is committed. It may be run more than once; the last time counts.

        Raises Unavailable, or what the step raised: then nothing of it is there.
        """
        result: Pending[T] = Pending(loop=self._loop)
        self._write(self._waiting, (None, step, result))
        return await result

    def write_jointly(self, kind: Joint[Item, T], item: Item) -> Pending[T]:
        """What came of the item, once it is committed, together with others of its kind. Raises like `write`."""
        result: Pending[T] = Pending(loop=self._loop)
        self._write(self._plain() if kind.is_plain(item) else self._waiting, (kind, item, result))
        return result

    def write_later(self, kind: Joint[Item, Any], item: Item) -> None:
        """The same, for whom nothing waits: it goes with the next group, or after a moment. What can not be written is not."""
        waiting = self._plain()
        if self._closed or self._health.since is not None or len(waiting) >= MOST_WAITING:
            return
        waiting.append((kind, item, self._nobody))
        if not self._rung and not self._rung_later:
            self._rung_later = True
            self._loop.call_later(LATER_SECONDS, self._wake_later)

    def _write(self, waiting: deque[Any], entry: Entry) -> None:
        if self._closed:
            raise Unavailable("the server is stopping")
        if self._health.since is not None:
            raise Unavailable(self._health.cause)
        if len(self._waiting) + len(self._plain_waiting) >= MOST_WAITING:
            raise Unavailable(OVERLOAD, overload=True)
        waiting.append(entry)
        if not self._rung:
            self._rung = True
            self._loop.call_soon(self._wake)

    async def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returned; it reads outside of any transaction. Raises Unavailable, or what it raised."""
        if self._closed:
            raise Unavailable("the server is stopping")
        if self._health.since is not None:
            raise Unavailable(self._health.cause)
        if self._reading >= MOST_READS:
            raise Unavailable(OVERLOAD, overload=True)
        self._reading += 1
        try:
            return await self._loop.run_in_executor(self._readers, self._read, function)
        finally:
            self._reading -= 1

    def down_since(self) -> float | None:
        """Since when (the loop's clock) the database cannot be used; None while it can."""
        return self._health.since

    def current(self) -> bool:
        """Whether changes of other processes were heard of until a moment ago; if not, caches are not to be trusted."""
        return time.monotonic() - self._watcher.heard < CURRENT_SECONDS

    def subscribe(self, subject: str, called: Listener) -> None:
        """`called` gets the key of each notice of the subject, in the loop; "" where anything may have changed.

        The own process's notices come before the `write` that told them returns. Subscribe first, read after.
        """
        self._listeners.setdefault(subject, []).append(called)

    def _wake_later(self) -> None:
        self._rung_later = False
        if self._waiting or self._plain_waiting:
            self._next(())

    def _wake(self) -> None:
        self._rung = False
        self._next(())

    def _next(self, back: Sequence[Plain]) -> None:
        """Whoever is to write next gets what waits: rows alone the recorder, all else the thread. `back` comes first."""
        recorder = self._recorder
        if recorder is not None:
            if recorder.busy_since is not None:
                return
            if recorder.ready and not back and not self._waiting and self._health.since is None:
                # SQLite has one writer: while the thread writes, its end is waited for.
                if recorder.waiting and not self._writer.busy:
                    recorder.begin()
                return
            self._waiting.extendleft(reversed((*back, *recorder.waiting)))
            recorder.waiting.clear()
        self._bell.put(True)

    def _free(self) -> None:
        """From the thread, which has written all that waited for it."""
        if self._plain_waiting:
            self._hand_out((), [(self._next, ((),))])

    def _ring(self) -> None:
        self._bell.put(True)
        if self._health.since is None:
            # While it was down, commits may have been made that nobody was told of.
            self._deliver([Notice("", "")])

    def _read(self, function: Callable[[Connection], T]) -> T:
        """In a reader. A connection that was cut off while nobody used it is no outage, so it is tried twice."""
        for last in (False, True):
            try:
                kept: Kept | None = getattr(self._local, "kept", None)
                if kept is None or self._local.outage != self._health.outage:
                    self._forget(kept)
                    self._local.outage = self._health.outage
                    self._local.kept = kept = self._connect()
                return kept.read(function)
            except Unavailable as gone:
                self._forget(getattr(self._local, "kept", None))
                self._local.kept = None
                if last:
                    self._health.lost(gone.cause)
                    raise
        raise AssertionError

    def _connect(self) -> Kept:
        kept = Kept(self._database, self._node)
        self._kept.add(kept)
        return kept

    @staticmethod
    def _forget(kept: Kept | None) -> None:
        if kept is not None:
            kept.close()

    def _deliver(self, told: Sequence[Notice]) -> None:
        self._hand_out(told, [])

    def _hand_out(self, told: Sequence[Notice], calls: list[Call]) -> None:
        """From any thread: notices and then the calls, made in the loop."""
        try:
            self._loop.call_soon_threadsafe(self._call, chain(self._calls_of(told), calls) if told else iter(calls))
        except RuntimeError:
            # The loop is closed: nobody waits for it any more.
            return

    def _calls_of(self, told: Sequence[Notice]) -> list[Call]:
        calls: list[Call] = []
        for subject, key in dict.fromkeys(told):
            if subject:
                calls += [(listener, (key,)) for listener in self._listeners.get(subject, ())]
            else:
                calls += [(listener, ("",)) for listeners in self._listeners.values() for listener in listeners]
        return calls

    def _call(self, calls: Iterator[Call]) -> None:
        """Makes every call, also where one raises: the loop reports it, and goes on with the next."""
        finished = False
        try:
            for called, arguments in calls:
                called(*arguments)
            finished = True
        finally:
            if not finished:
                self._loop.call_soon(self._call, calls)

    def _watch(self) -> None:
        """A database that takes a request and never answers is down too."""
        now = time.monotonic()
        for kept in list(self._kept):
            if kept.connection.closed:
                self._kept.discard(kept)
            since = kept.busy_since
            if since is None:
                continue
            if kept is self._writer.kept and now - since > STUCK_SECONDS:
                self._health.lost("the database does not answer")
            if now - since > HUNG_SECONDS:
                kept.cut()
        if self._recorder is not None:
            self._recorder.watch(now)
        self._timer = self._loop.call_later(WATCH_SECONDS, self._watch)
