"""Whether the database can be used, as every thread of the store sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from store.errors import Unavailable

log = structlog.get_logger()

STUCK_SECONDS = 3.0  # a writer that hears nothing for so long: the database is down
SILENT_SECONDS = 1.25  # the same of who asks for nothing but a sign of life
NO_ANSWER = "the database does not answer"


class Health:
    """`since` is when (time.monotonic, which is the loop's clock) the database went down; None while it serves.

    `outage` counts outages: a connection from before one is not used again. `closed`: nobody is to use it, since the
    server has not begun or is stopping. `serves`: neither; one look at it, for every sign-in.
    """

    def __init__(self, name: str, changed: Callable[[], None]) -> None:
        """`changed` is called in the thread that found out."""
        self.since: float | None = None
        self.cause = ""
        self.outage = 0
        self.closed = True
        self.serves = False
        self._name = name
        self._changed = changed
        self._lock = threading.Lock()

    def open(self) -> None:
        """From now on it is used."""
        with self._lock:
            self.closed = False
            self.serves = self.since is None

    def close(self) -> None:
        """From now on it is not."""
        with self._lock:
            self.closed = True
            self.serves = False

    def require(self) -> None:
        """Raises Unavailable where it does not serve."""
        if self.closed:
            raise Unavailable("the server is stopping")
        if self.since is not None:
            raise Unavailable(self.cause)

    def lost(self, cause: str, since: float | None = None) -> None:
        """It cannot be used, `since` a moment that is past where that is known."""
        with self._lock:
            self.cause = cause
            if self.since is not None:
                return
            self.outage += 1
            self.since = time.monotonic() if since is None else since
            self.serves = False
        log.error("database gone", database=self._name, cause=cause)
        self._changed()

    def back(self) -> None:
        with self._lock:
            if self.since is None:
                return
            seconds = time.monotonic() - self.since
            self.since = None
            self.serves = not self.closed
        log.warning("database back", database=self._name, seconds=round(seconds, 3))
        self._changed()
