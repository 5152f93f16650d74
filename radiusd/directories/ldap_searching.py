"""The connections to one LDAP server that the searches of all users share.

A server answers what one connection asks in its order (Samba strictly so): behind a search that takes a second, one that
takes a millisecond takes a second too. So who finds all connections busy has another opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from radiusd.directories.ldap_connection import Connection, Lost
from radiusd.directories.ldap_messages import Answer

MOST = 8  # connections; beyond, searches stand in line
SIDE_BY_SIDE = 4  # searches on a connection before another is opened
DEAD_SECONDS = 2.0  # of silence on a connection whose question was given up: it is used no more
SLOW_SECONDS = 0.02  # after which a search holds others up


class Searching:
    """Opens connections by `opened`, which raises Lost; one at a time."""

    def __init__(self, opened: Callable[[], Coroutine[Any, Any, Connection]]) -> None:
        self._opened = opened
        self._opening: asyncio.Task[Connection] | None = None
        self.connections: set[Connection] = set()

    async def ask(self, operation: bytes, until: float) -> Answer:
        """The answer. Raises Lost, and TimeoutError at `until` (the loop's clock)."""
        while (connection := self._free()) is None:
            try:
                async with asyncio.timeout_at(until):
                    await self._another()
            except Lost:
                connection = self._least_busy()
                if connection is None:
                    raise
                break
        try:
            return await connection.ask(operation, until)
        except TimeoutError:
            if connection.is_silent(DEAD_SECONDS):  # a firewall may have forgotten it
                connection.abort("it does not answer")
            raise

    def leave(self, unused_since: float) -> None:
        """Ends the connections that nobody has used since then (the loop's clock), before a firewall forgets them."""
        for connection in [each for each in self.connections if not each.waiting and each.used_at < unused_since]:
            self.connections.discard(connection)
            connection.leave()

    async def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await asyncio.gather(*(connection.close() for connection in [*self.connections]))

    def _free(self) -> Connection | None:
        """The one with the least to do; None where another is to be opened first."""
        least = self._least_busy()
        if least is None or len(self.connections) >= MOST:
            return least
        return None if least.waiting >= SIDE_BY_SIDE or least.is_slow(SLOW_SECONDS) else least

    def _least_busy(self) -> Connection | None:
        alive = (connection for connection in self.connections if connection.alive)
        return min(alive, key=lambda connection: connection.waiting, default=None)

    async def _another(self) -> None:
        """Returns when one more is there, whoever asked for it. Who gives up leaves it to the others."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._opened())
            self._opening.add_done_callback(self._is_open)
        opening = self._opening
        await asyncio.wait([opening])
        if not opening.cancelled():
            opening.result()

    def _is_open(self, opening: asyncio.Task[Connection]) -> None:
        self._opening = None
        if not opening.cancelled() and opening.exception() is None:
            self.connections.add(opening.result())
