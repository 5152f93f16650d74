"""Connections to one server that are kept for the next message."""

from __future__ import annotations

import asyncio
from typing import Generic, Protocol, TypeVar

# For so long an unused connection is kept. Servers end it after minutes, but a busy Postfix after 10 s (its smtpd_timeout
# under stress), and each kept one is a place that others can not have: Exim has 20 in all.
IDLE_SECONDS = 5.0


class Connection(Protocol):
    """What can be kept; idle since `idle_since` (the loop's clock)."""

    idle_since: float

    @property
    def is_connected(self) -> bool:
        """False where the server is known to have ended it."""

    def drop(self) -> None:
        """Ends it at once."""

    async def quit(self) -> None:
        """Takes leave, and ends it. Raises nothing."""


C = TypeVar("C", bound=Connection)


class Kept(Generic[C]):
    """Used in the loop."""

    def __init__(self) -> None:
        self._idle: list[C] = []
        self._sweeping: asyncio.TimerHandle | None = None
        self._quitting: set[asyncio.Task[None]] = set()

    def take(self) -> C | None:
        """The one used last, so that those not needed grow old."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_connected:
                return connection
            connection.drop()
        return None

    def keep(self, connection: C) -> None:
        """Until somebody takes it, or nobody has for long."""
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweeping is None:
            self._sweeping = loop.call_later(IDLE_SECONDS, self._sweep)

    def end(self, connection: C) -> None:
        """Takes leave of one that is not kept, and waits for nothing."""
        task = asyncio.get_running_loop().create_task(connection.quit())
        self._quitting.add(task)
        task.add_done_callback(self._quitting.discard)

    def drop(self) -> None:
        """Ends all at once."""
        while self._idle:
            self._idle.pop().drop()

    async def close(self) -> None:
        """Takes leave of all."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        while self._idle:
            self.end(self._idle.pop())
        await asyncio.gather(*self._quitting)

    def _sweep(self) -> None:
        """Ends those that nobody has used for long: the first ones, since the last one is used first."""
        loop = asyncio.get_running_loop()
        while self._idle and self._idle[0].idle_since <= loop.time() - IDLE_SECONDS:
            self.end(self._idle.pop(0))
        self._sweeping = loop.call_at(self._idle[0].idle_since + IDLE_SECONDS, self._sweep) if self._idle else None
