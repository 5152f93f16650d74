"""People as they are found where the server runs: the outbox of a demonstration, or whoever sits at the terminal."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from radiusd.nas.simulate.people import Asked, Decision, SentCode

if TYPE_CHECKING:
    from radiusd.nas.simulate.outbox import Outbox, Shown
    from store import Connection, Store
    from store.records import ApprovalRow

CODE = re.compile(r"(?<![\w.:+-])\d{4,10}(?![\w:-]|\.\d)")
LOOK_SECONDS = 0.2  # between two looks at whether it is decided
PATIENCE = 600.0  # seconds that a person is given to decide


class Bystanders:
    """Codes and links come from `outbox`, None where real mails are sent: then `asks` asks the person at the terminal,
    and `tells` tells them what to click.

    Whether somebody is asked, and what they decided, is read in the database, as `radiusd approval` reads it.
    """

    def __init__(
        self, store: Store, outbox: Outbox | None, asks: Callable[[str], str | None], tells: Callable[[str], None]
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._asks = asks
        self._tells = tells
        self._given: set[str] = set()

    async def begin(self) -> None:
        """To be called before the first sign-in: what the outbox shows by now is for others. Raises OutboxError."""
        if self._outbox is not None:
            self._given = {shown.text for shown in await asyncio.to_thread(self._outbox.messages)}

    async def code(self, station: str) -> SentCode | None:
        """Of the newest message of the outbox to this sign-in; an SMS does not say from where somebody signs in.

        Raises OutboxError.
        """
        for shown in await self._new():
            found = CODE.search(shown.text)
            if found and shown.link is None and (shown.names(station) or shown.way == "SMS"):
                self._given.add(shown.text)
                return SentCode(shown.way, found[0])
        return None

    async def asked(self, station: str) -> Asked | None:
        """Whether something is to be decided about it."""
        row = await self._row(station)
        return Asked(_ago(row.at)) if row is not None else None

    async def approve(self, station: str) -> Decision | None:
        """By the link in the outbox; without one it waits until somebody has decided. Raises OutboxError."""
        row = await self._row(station)
        if row is None:
            return None
        link = next((shown.link for shown in await self._new() if shown.link and shown.names(station)), None)
        if self._outbox is not None and link is not None:
            await asyncio.to_thread(self._outbox.presses, link, "approve")
        else:
            self._tells(
                f"{row.user_name} waits for a decision: press the button behind the link that was sent,"
                f" or type: radiusd approval decide {row.id} approve"
            )
        decided = await self._decided(row)
        if decided is None or decided.status != "approved" or decided.decided_at is None:
            return None
        return Decision(decided.decided_at >= decided.held_until, _ago(decided.decided_at))

    async def typed(self, nas: str, prompt: str) -> str | None:
        """Asks at the terminal."""
        return await asyncio.to_thread(self._asks, f"{nas}: {prompt}")

    async def _new(self) -> list[Shown]:
        if self._outbox is None:
            return []
        return [shown for shown in await asyncio.to_thread(self._outbox.messages) if shown.text not in self._given]

    async def _row(self, station: str) -> ApprovalRow | None:
        """The newest open question about a station."""
        from store import approvals

        now = time.time()
        rows = await self._store.read(lambda connection: approvals.open_ones(connection, now))
        return next((row for row in reversed(rows) if row.station == station), None)

    async def _decided(self, row: ApprovalRow) -> ApprovalRow | None:
        """The row once it is decided; None where nobody does."""
        from store import approvals

        def read(connection: Connection) -> ApprovalRow | None:
            return approvals.get(connection, row.id)

        end = min(row.until, time.time() + PATIENCE)
        while time.time() < end:
            found = await self._store.read(read)
            if found is None or found.status != "open":
                return found
            await asyncio.sleep(LOOK_SECONDS)
        return None


def _ago(at: float) -> float:
    return max(0.0, time.time() - at)
