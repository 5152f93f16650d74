"""Rejects leave a while after their requests, so that guessing is slow and its reasons take equally long."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable

from radiusd.radius.exchanges import Exchange

JITTER = 0.05  # share of the delay


class Delayed:
    """Answers that `send` is called with once they are due: `seconds` after their requests came."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Callable[[Exchange, bytes], None]) -> None:
        self.seconds = 0.0
        self._loop = loop
        self._send = send
        self._due: list[tuple[float, int, Exchange, bytes]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._so_far = 0

    def send(self, exchange: Exchange, octets: bytes) -> None:
        """At once, or later: whatever the reason for the Reject (draft-ietf-radext-deprecating-radius)."""
        delay = self.seconds * (1.0 + JITTER * random.random())  # noqa: S311 - no secret
        due = exchange.received + delay
        if delay == 0.0 or due <= self._loop.time():
            self._send(exchange, octets)
            return
        self._so_far += 1
        heapq.heappush(self._due, (due, self._so_far, exchange, octets))
        if self._timer is None or due < self._timer.when():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(due, self._send_due)

    def close(self) -> None:
        """Sends all of them at once."""
        if self._timer is not None:
            self._timer.cancel()
        for _due, _number, exchange, octets in self._due:
            self._send(exchange, octets)
        self._due.clear()

    def _send_due(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._due and self._due[0][0] <= now:
            _due, _number, exchange, octets = heapq.heappop(self._due)
            self._send(exchange, octets)
        if self._due:
            self._timer = self._loop.call_at(self._due[0][0], self._send_due)
