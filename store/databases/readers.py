"""The threads that read, each on a connection of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from store.databases.health import Health
from store.databases.kept import Kept
from store.errors import OVERLOAD, Unavailable

T = TypeVar("T")
MOST_READS = 5_000  # that wait or are made
READERS = 3


class Readers:
    """Started, asked and closed in the loop."""

    def __init__(self, connect: Callable[[], Kept], health: Health) -> None:
        self._connect = connect
        self._health = health
        self._local = threading.local()
        self._reading = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Threads and connections are made as they are needed."""
        self._loop = loop
        self._threads = ThreadPoolExecutor(READERS, "store-reader")

    async def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returned; it reads outside of any transaction. Raises Unavailable, or what it raised."""
        self._health.require()
        if self._reading >= MOST_READS:
            raise Unavailable(OVERLOAD, overload=True)
        self._reading += 1
        try:
            return await self._loop.run_in_executor(self._threads, self._read, function)
        finally:
            self._reading -= 1

    async def close(self) -> None:
        """Waits for every read. One whose caller is gone goes on: SQLite crashes where a connection is closed under it."""
        await asyncio.to_thread(self._threads.shutdown)

    def _read(self, function: Callable[[Connection], T]) -> T:
        """In a reader. A connection that was cut off while nobody used it is no outage, so it is tried twice."""
        for last in (False, True):
            try:
                kept: Kept | None = getattr(self._local, "kept", None)
                if kept is None or self._local.outage != self._health.outage:
                    _forget(kept)
                    self._local.outage = self._health.outage
                    self._local.kept = kept = self._connect()
                return kept.read(function)
            except Unavailable as gone:
                _forget(getattr(self._local, "kept", None))
                self._local.kept = None
                if last:
                    self._health.lost(gone.cause)
                    raise
        raise AssertionError


def _forget(kept: Kept | None) -> None:
    if kept is not None:
        kept.close()
