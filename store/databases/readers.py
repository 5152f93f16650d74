"""The threads that read, each on a connection of its own."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection

from store.databases.health import Health
from store.databases.kept import Kept
from store.errors import OVERLOAD, Unavailable

T = TypeVar("T")
MOST_READS = 5_000  # that wait or are made
READERS = 3


class Readers:
    """Started, asked and closed in the loop.

    A thread that is at it reads whatever waits, and what was read meanwhile is told in one turn of the loop: to wake a
    thread, and the loop, costs as much as a short read.
    """

    def __init__(self, connect: Callable[[], Kept], health: Health) -> None:
        self._connect = connect
        self._health = health
        self._local = threading.local()
        self._reading: set[asyncio.Future[Any]] = set()
        self._waiting: deque[tuple[asyncio.Future[Any], Callable[[Connection], Any]]] = deque()
        self._awake = 0  # threads that look there again before they rest
        self._counted = threading.Lock()  # around both
        self._read: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._rung = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Threads and connections are made as they are needed."""
        self._loop = loop
        self._threads = ThreadPoolExecutor(READERS, "store-reader")

    async def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returned; it reads outside of any transaction. Raises Unavailable, or what it raised."""
        self._health.require()
        if len(self._reading) >= MOST_READS:
            raise Unavailable(OVERLOAD, overload=True)
        result: asyncio.Future[T] = self._loop.create_future()
        self._reading.add(result)
        try:
            with self._counted:
                self._waiting.append((result, function))
                wakes = self._awake < READERS
                self._awake += wakes
            if wakes:
                self._threads.submit(self._read_all)
            return await result
        finally:
            self._reading.discard(result)

    def abandon(self, cause: str) -> None:
        """Whoever waits is told that the database is gone: a thread that hangs tells nobody."""
        for result in self._reading:
            if not result.done():
                result.set_exception(Unavailable(cause))

    async def close(self) -> None:
        """Waits for every read. One whose caller is gone goes on: SQLite crashes where a connection is closed under it."""
        await asyncio.to_thread(self._threads.shutdown)

    def _read_all(self) -> None:
        """In a reader."""
        while True:
            with self._counted:
                if not self._waiting:
                    self._awake -= 1
                    return
                result, function = self._waiting.popleft()
            self._read_for(result, function)

    def _read_for(self, result: asyncio.Future[T], function: Callable[[Connection], T]) -> None:
        if result.done():
            return  # nobody waits any more
        value: T | None = None
        error: BaseException | None = None
        try:
            value = self._made(function)
        except BaseException as raised:  # noqa: BLE001 - raised again where the result is awaited
            error = raised
        self._read.append((result, value, error))
        if not self._rung:
            self._rung = True
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        """In the loop."""
        self._rung = False  # first: what is read from here on rings again
        while self._read:
            result, value, error = self._read.popleft()
            if result.done():
                continue
            if error is None:
                result.set_result(value)
            else:
                result.set_exception(error)

    def _made(self, function: Callable[[Connection], T]) -> T:
        """A connection that was cut off while nobody used it is no outage, so another one is tried then."""
        while True:
            kept: Kept | None = getattr(self._local, "kept", None)
            last = kept is None or self._local.outage != self._health.outage
            try:
                if last:
                    _forget(kept)
                    self._local.outage = self._health.outage
                    self._local.kept = self._connect()
                return self._local.kept.read(function)  # type: ignore[no-any-return]
            except Unavailable as gone:
                _forget(getattr(self._local, "kept", None))
                self._local.kept = None
                if last:
                    self._health.lost(gone.cause)
                    raise


def _forget(kept: Kept | None) -> None:
    if kept is not None:
        kept.close()
