"""What the server cannot be without: where such a part ends, the process does too, and says why, rather than lying there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


class Vital:
    """`ended` gets the reason. Made and asked in the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self._running: list[asyncio.Task[None]] = []

    def run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Work that does not end by itself."""
        task = self._loop.create_task(work)
        self._running.append(task)
        self.mind(name, task)

    def mind(self, name: str, task: asyncio.Task[None]) -> None:
        """A task that somebody else ends, and that must not raise."""

        def told(task: asyncio.Task[None]) -> None:
            bug = None if task.cancelled() else task.exception()
            if bug is not None:
                log.critical("task ended", task=name, exc_info=bug)
                self._end(f"its task {name} ended: {type(bug).__name__}")

        task.add_done_callback(told)

    def watch(self, part: asyncio.Future[str], effect: str) -> None:
        """A part that says itself why it has ended, and what that means."""

        def told(part: asyncio.Future[str]) -> None:
            if not part.cancelled():
                self._end(f"{effect}: {part.result()}")

        part.add_done_callback(told)

    async def close(self) -> None:
        """Ends what runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _end(self, why: str) -> None:
        if not self.ended.done():
            self.ended.set_result(why)
