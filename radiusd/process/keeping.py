"""What was counted and learned of each client, written down for `radiusd client list`."""

from __future__ import annotations

import asyncio
import time

import structlog

from radiusd.metrics import Counts
from radiusd.radius.learning import Learning
from store import Connection, Store, Unavailable, clients

log = structlog.get_logger()

WRITE_SECONDS = 10.0


class ClientRecords:
    """What cannot be written is written with what comes after it."""

    def __init__(self, store: Store, counts: Counts, learning: Learning) -> None:
        self._store = store
        self._counts = counts
        self._learning = learning
        self._written: dict[str, dict[str, int]] = {}

    async def keep_writing(self) -> None:
        """Every now and then, for ever."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def learn_message_authenticator(self, name: str) -> None:
        """The client was seen to send it."""
        try:
            await self._store.write(
                lambda connection: clients.learn_message_authenticator(connection, name, time.time())
            )
        except Unavailable as gone:
            log.warning("not remembered", client=name, cause=gone.cause)

    async def write(self) -> None:
        """Writes what is new since the last time."""
        totals = {name: counts.totals() for name, counts in self._counts.clients.items()}
        due: dict[str, dict[str, int]] = {}
        for name, now in totals.items():
            before = self._written.get(name, {})
            more = {kind: number - before.get(kind, 0) for kind, number in now.items() if number > before.get(kind, 0)}
            if more:
                due[name] = more
        waits = self._learning.unwritten()
        if not due and not waits:
            return

        def write(connection: Connection) -> None:
            for name in sorted(due.keys() | waits.keys()):
                clients.add_counts(connection, name, due.get(name, {}), time.time())
                if name in waits:
                    clients.learn_waits(connection, name, waits[name], time.time())

        try:
            await self._store.write(write)
        except Unavailable as gone:
            log.warning("counts not written", cause=gone.cause)
        else:
            self._written.update((name, totals[name]) for name in due)
            self._learning.wrote(waits)
