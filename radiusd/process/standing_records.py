"""Blocks, failures and known stations: what the engine remembers of them, kept in step with the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from radiusd.login.standing import Standing
from store import Store, Unavailable

log = structlog.get_logger()


class StandingRecords:
    """Reads again what others change, and writes what was seen. `background` runs what nobody waits for."""

    def __init__(
        self, store: Store, standing: Standing, background: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        self._store = store
        self._standing = standing
        self._background = background
        self._notices = 0  # since the last reading began

    async def begin(self) -> None:
        """Reads everything. Raises store.Unavailable."""
        self._notices = 1
        # First: what another process changes while it is read is read again.
        for subject in ("blocks", "failures"):
            self._store.subscribe(subject, self._changed)
        await self._standing.load(time.time())
        self._notices -= 1
        if self._notices:
            self._background(self._read())

    async def write(self) -> None:
        """What can not be written is kept, and written once the database is back."""
        try:
            await self._standing.write_stations()
        except Unavailable:
            return

    def _changed(self, key: str) -> None:  # noqa: ARG002 - whoever it is, all is read
        self._notices += 1
        if self._notices == 1:
            self._background(self._read())

    async def _read(self) -> None:
        """Reads until no notice came meanwhile. Not twice at once: the older answer might come last."""
        while self._notices:
            told = self._notices
            try:
                await self._standing.load(time.time())
            except Unavailable as gone:
                # The next notice, or the one that follows an outage, reads again.
                log.warning("blocks not read", cause=gone.cause)
            self._notices = 0 if self._notices == told else 1
