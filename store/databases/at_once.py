"""The database as a command has it: without threads, on one connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from store.databases.kept import Kept
from store.databases.opening import Database
from store.errors import Unavailable

T = TypeVar("T")


class AtOnce:
    """Connects with the first use, and again after a failure. From any thread, one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: Kept | None = None
        self._lock = threading.Lock()

    def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returns. Raises Unavailable, or what it raised."""
        return self._use(lambda kept: kept.read(function))

    def write(self, step: Callable[[Connection], T]) -> T:
        """What the step returned, once it is committed. Raises Unavailable, or what it raised."""
        return self._use(lambda kept: kept.write(step))

    def close(self) -> None:
        """Until the next use."""
        with self._lock:
            self._drop()

    def _use(self, use: Callable[[Kept], T]) -> T:
        with self._lock:
            if self._kept is None or not self._database.is_there(self._kept.connection):
                self._drop()
                self._kept = Kept(self._database)
            try:
                return use(self._kept)
            except Unavailable:
                self._drop()
                raise

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None
