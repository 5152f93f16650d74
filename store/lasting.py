"""Threads that must live as long as the server."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class LastingThread(threading.Thread):
    """Does its work until that returns. Where it raises instead, `ended` is told why, in this thread.

    Nobody would notice otherwise: what waits for the thread would wait for ever.
    """

    def __init__(self, name: str, work: Callable[[], None], ended: Callable[[str], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._ended = ended

    def run(self) -> None:
        """The thread's own."""
        try:
            self._work()
        except BaseException as bug:  # whatever it was, the thread is over
            log.critical("thread ended", thread=self.name, exc_info=bug)
            self._ended(f"its thread {self.name} ended: {type(bug).__name__}")
