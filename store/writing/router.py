"""What waits to be written, and who writes it next: the thread, or on SQLite the recording process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from store.databases.health import Health
from store.databases.kept import Kept
from store.databases.opening import Database
from store.databases.rows import Row, Rows
from store.databases.sqlite import Sqlite
from store.errors import OVERLOAD, Unavailable
from store.lasting import LastingThread
from store.notices import Notice
from store.writing.joint import Joint
from store.writing.pending import Pending
from store.writing.recorder import EARLY, Plain, Recorder
from store.writing.telling import Call
from store.writing.writer import Entry, Writer

T = TypeVar("T")
Item = TypeVar("Item")
MOST_WAITING = 20_000  # rows and steps
LATER_SECONDS = 0.02


class Router:
    """Everything is called in the loop."""

    def __init__(
        self,
        database: Database,
        connect: Callable[[], Kept],
        health: Health,
        hand_out: Callable[[Sequence[Notice], Iterable[Call]], None],
        ended: Callable[[str], None],
    ) -> None:
        """`hand_out` takes, from any thread, calls that are to be made in the loop; `ended` why the thread is no more."""
        self.writer = Writer(connect, health, hand_out, self._free)
        self.recorder = Recorder(database, health, self._next) if isinstance(database, Sqlite) else None
        self._health = health
        self._hand_out = hand_out
        self._ended = ended
        self._waiting = self.writer.waiting
        self._plain_waiting: deque[Plain] = deque() if self.recorder is None else self.recorder.waiting
        self._rung = False
        self._rung_later = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread and the process."""
        self._loop = loop
        self._nobody: Pending[Any] = Pending(loop=loop)
        self._nobody.cancel()
        self.thread = LastingThread("store-writer", self.writer.run, self._ended)
        self.thread.start()
        if self.recorder is not None:
            self.recorder.start(loop)

    async def close(self, seconds: float) -> None:
        """Writes or refuses what waits; within that time."""
        if self.recorder is not None:
            await self.recorder.close()
        self.writer.bell.put(False)
        await asyncio.to_thread(self.thread.join, seconds)
        if self.recorder is not None:
            await asyncio.to_thread(self.recorder.wait)

    def watch(self, awake: float, now: float) -> None:
        """Called now and then; the loop has had its turns since `awake`."""
        self.writer.watch(awake, now)
        if self.recorder is not None:
            self.recorder.watch(awake, now)

    def abandon(self) -> None:
        """The database is gone: who waits for the thread is refused at once. The recorder's are told by its own watch."""
        self.writer.abandon()

    def append(self, rows: Rows, row: Row, done: Callable[[bool], None]) -> None:
        """The row goes with the next group; `done` is told whether it is committed."""
        waiting = self._plain()
        if len(waiting) >= MOST_WAITING or not self._health.serves:
            self._loop.call_soon(done, False)
            return
        waiting.append((rows, row, done))
        if not self._rung:
            self._rung = True
            self._loop.call_soon(self._wake)

    def write(self, step: Callable[[Connection], T]) -> Pending[T]:
        """What the step returned, once it is committed. Raises Unavailable at once."""
        result: Pending[T] = Pending(loop=self._loop)
        self._put(self._waiting, (None, step, result))
        return result

    def write_jointly(self, kind: Joint[Item, T], item: Item, result: Pending[T]) -> None:
        """What came of the item is set in `result`. Raises Unavailable at once."""
        self._put(self._plain() if kind.is_plain(item) else self._waiting, (kind, item, result))

    def write_later(self, kind: Joint[Item, Any], item: Item) -> None:
        """It goes with the next group, or after a moment."""
        waiting = self._plain()
        if len(waiting) >= MOST_WAITING or not self._health.serves:
            return
        waiting.append((kind, item, self._nobody))
        if not self._rung and not self._rung_later:
            self._rung_later = True
            self._loop.call_later(LATER_SECONDS, self._wake_later)

    def _put(self, waiting: deque[Any], entry: Entry) -> None:
        if not self._health.serves:
            self._health.require()
        if len(self._waiting) + len(self._plain_waiting) >= MOST_WAITING:
            raise Unavailable(OVERLOAD, overload=True)
        waiting.append(entry)
        if not self._rung:
            self._rung = True
            self._loop.call_soon(self._wake)

    def _plain(self) -> deque[Any]:
        """Where what the recorder could write is to wait."""
        recorder = self.recorder
        # Behind a step that waits for the thread it goes with that: it may be about the same.
        if recorder is None or not recorder.ready or self._waiting:
            return self._waiting
        if len(recorder.waiting) >= EARLY and recorder.busy_since is None and not self.writer.busy:
            recorder.begin()
        return recorder.waiting

    def _wake_later(self) -> None:
        self._rung_later = False
        if self._waiting or self._plain_waiting:
            self._next(())

    def _wake(self) -> None:
        self._rung = False
        self._next(())

    def _next(self, back: Sequence[Plain]) -> None:
        """Whoever is to write next gets what waits: rows alone the recorder, all else the thread. `back` comes first."""
        recorder = self.recorder
        if recorder is not None:
            if recorder.busy_since is not None:
                return
            if recorder.ready and not back and not self._waiting and self._health.since is None:
                # SQLite has one writer: while the thread writes, its end is waited for.
                if recorder.waiting and not self.writer.busy:
                    recorder.begin()
                return
            self._waiting.extendleft(reversed((*back, *recorder.waiting)))
            recorder.waiting.clear()
        self.writer.bell.put(True)

    def _free(self) -> None:
        """From the thread, which has written all that waited for it."""
        if self._plain_waiting:
            self._hand_out((), [(self._next, ((),))])
