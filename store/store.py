"""The database as everybody else sees it: a synchronous store behind an asynchronous face."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from store.databases import opening
from store.databases.at_once import AtOnce
from store.databases.connections import HUNG_SECONDS, Connections
from store.databases.health import Health
from store.databases.readers import Readers
from store.databases.rows import Row, Rows
from store.databases.sqlite import Sqlite
from store.errors import Unavailable
from store.lasting import LastingThread
from store.writing.admission import Admission
from store.writing.joint import Joint
from store.writing.pending import Pending
from store.writing.router import Router
from store.writing.telling import Listener, Telling
from store.writing.watcher import EVERYTHING, Watcher

T = TypeVar("T")
Item = TypeVar("Item")

WATCH_SECONDS = 0.25
END_SECONDS = HUNG_SECONDS + 2.0  # somewhat longer than a connection that hears nothing is left alone
ASLEEP_SECONDS = 0.5  # a loop that is so late stood still, with its process: nobody is judged by that time
CURRENT_SECONDS = 3.0


class Store:
    """One process's store. Everything asynchronous is called in the loop given to `start`."""

    def __init__(self, database: opening.Database) -> None:
        node = secrets.token_hex(8)
        self.is_alone = isinstance(database, Sqlite)  # one server per file: no other process begins logins
        self._now = AtOnce(database)
        self._health = Health(database.name, self._changed)
        self._connections = Connections(database, node)
        connect = self._connections.connect
        self._telling = Telling()
        self._readers = Readers(connect, self._health)
        self._router = Router(database, connect, self._health, self._telling.hand_out, self._thread_ended)
        self._admission = Admission(self.read, self._router.write_jointly) if self.is_alone else None
        self._watcher = Watcher(connect, self._health, node, self._telling.deliver)

    @classmethod
    def open(cls, url: str, folder: Path = Path()) -> Store:
        """A database that is there and up to date; an SQLite file is made, and its path is relative to `folder`.

        Raises StoreError.
        """
        return cls(opening.opened(url, folder))

    @classmethod
    def of_nothing(cls) -> Store:
        """One without a database, for what is made with a store and asks nothing of it."""
        return cls(Sqlite(Path(os.devnull)))

    # Command line: synchronous, no threads.

    def read_now(self, function: Callable[[Connection], T]) -> T:
        """What the function returns. Raises Unavailable, or what it raised."""
        return self._now.read(function)

    def write_now(self, step: Callable[[Connection], T]) -> T:
        """What the step returned, once it is committed. Raises Unavailable, or what it raised."""
        return self._now.write(step)

    def close_now(self) -> None:
        """Ends what `read_now` and `write_now` used."""
        self._now.close()

    # The server: a thread that writes, some that read, one that watches.

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """To be called in the running loop, once. A database that went away since `open` is waited for.

        `ended` gets the reason if the store can never write or watch again: then whoever uses it should end too.
        """
        self._loop = loop
        self.ended: asyncio.Future[str] = loop.create_future()
        self._telling.start(loop)
        self._readers.start(loop)
        if self._admission is not None:
            self._admission.start(loop)
        self._health.open()
        try:
            self._router.writer.begin()
            self._watcher.begin()
        except Unavailable as gone:
            self._health.lost(gone.cause)
        self._watching = LastingThread("store-watcher", self._watcher.run, self._thread_ended)
        self._watching.start()
        self._router.start(loop)
        self._awake = self._watched = time.monotonic()
        self._timer = loop.call_later(WATCH_SECONDS, self._watch)

    async def close(self) -> None:
        """Writes or refuses what waits, and ends every connection. What comes later is refused."""
        if not self._health.closed:
            self._health.close()
            await self._router.close(END_SECONDS)
            self._watcher.stop()
            await asyncio.to_thread(self._watching.join, END_SECONDS)
            await self._readers.close()
            self._timer.cancel()
            # What the writer handed out last is called before this returns.
            await asyncio.sleep(0)
            self._connections.close()
        self.close_now()

    def append(self, rows: Rows, row: Row, done: Callable[[bool], None]) -> None:
        """The row is written with the next group; `done` is told in the loop whether it is committed."""
        self._router.append(rows, row, done)

    async def write(self, step: Callable[[Connection], T]) -> T:
        """What the step returned, once it is committed. It may be run more than once; the last time counts.

        Raises Unavailable, or what the step raised: then nothing of it is there.
        """
        return await self._router.write(step)

    def write_jointly(self, kind: Joint[Item, T], item: Item) -> Pending[T]:
        """What came of the item, once it is committed, together with others of its kind. Raises like `write`."""
        limited = kind.limited
        if self._admission is not None and limited is not None and (limits := limited.limits(item)):
            return self._admission.write(kind, limited, item, limits)
        result: Pending[T] = Pending(loop=self._loop)
        self._router.write_jointly(kind, item, result)
        return result

    def write_later(self, kind: Joint[Item, Any], item: Item) -> None:
        """The same, for whom nothing waits: it goes with the next group, or after a moment. What can not be written is not."""
        self._router.write_later(kind, item)

    async def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returned; it reads outside of any transaction. Raises Unavailable, or what it raised."""
        return await self._readers.read(function)

    def down_since(self) -> float | None:
        """Since when (the loop's clock) the database cannot be used; None while it can."""
        return self._health.since

    def current(self) -> bool:
        """Whether changes of other processes were heard of until a moment ago; if not, caches are not to be trusted."""
        return self.heard_since(time.monotonic() - CURRENT_SECONDS)

    def heard_since(self, moment: float) -> bool:
        """Whether whatever other processes committed before that moment (time.monotonic) was heard of."""
        return self._watcher.heard > moment

    def subscribe(self, subject: str, called: Listener) -> None:
        """`called` gets the key of each notice of the subject, in the loop; "" where anything may have changed.

        The own process's notices come before the `write` that told them returns. Subscribe first, read after.
        """
        self._telling.subscribe(subject, called)

    def _changed(self) -> None:
        """From any thread: the database went away, or is back."""
        self._router.writer.bell.put(True)
        if self._health.since is None:
            # While it was down, commits may have been made that nobody was told of.
            self._telling.deliver(EVERYTHING)
        else:
            self._telling.hand_out((), [(self._refuse_all, ())])

    def _refuse_all(self) -> None:
        """Nobody waits for a database that is gone: their own deadlines are shorter than what its threads may hang in."""
        if self._health.since is not None:
            self._readers.abandon(self._health.cause)
            self._router.abandon()

    def _thread_ended(self, why: str) -> None:
        """From the thread, with its last breath."""
        self._health.lost(why)
        self._telling.hand_out((), [(self._tell_ended, (why,))])

    def _tell_ended(self, why: str) -> None:
        self._refuse_all()
        if not self.ended.done():
            self.ended.set_result(why)

    def _watch(self) -> None:
        """A database that takes a request and never answers is down too."""
        # First: whatever the rest meets, it is looked at again.
        self._timer = self._loop.call_later(WATCH_SECONDS, self._watch)
        now = time.monotonic()
        if now - self._watched > WATCH_SECONDS + ASLEEP_SECONDS:
            self._awake = now
        self._watched = now
        before = self._health.outage
        self._watcher.watch(self._awake, now)
        self._router.watch(self._awake, now)
        if self._health.outage == before:
            self._connections.watch(now)
        else:
            self._connections.cut()
