"""How fast a centre is given messages: as fast as it takes them, or as radius.yaml says."""

from __future__ import annotations

import asyncio

FIRST_SECONDS = 0.02  # between two messages, once it said that it was too fast
LONGEST_SECONDS = 0.5
EASED = 0.75  # each message that it takes shortens the pause by so much
NONE_BELOW = 0.002


class Pace:
    """Half as fast each time that the centre says so, and then little by little faster. Used in the loop."""

    def __init__(self, per_second: int | None) -> None:
        self._shortest = 1 / per_second if per_second else 0.0
        self._between = self._shortest
        self._next = 0.0
        self._slowed_at = 0.0
        self._one_by_one = asyncio.Lock()

    async def turn(self) -> None:
        """Waits for the next message's turn. Returns at once where there is no need to wait."""
        if not self._between:
            return
        loop = asyncio.get_running_loop()
        async with self._one_by_one:
            await asyncio.sleep(self._next - loop.time())
            self._next = loop.time() + self._between

    def too_fast(self, said_at: float) -> None:
        """The centre refused a message that left at that time (the loop's clock).

        What had left before it was slowed says nothing new.
        """
        if said_at < self._slowed_at:
            return
        now = asyncio.get_running_loop().time()
        self._slowed_at = now
        self._between = min(max(self._between * 2, FIRST_SECONDS), max(LONGEST_SECONDS, self._shortest))
        self._next = now + self._between

    def taken(self) -> None:
        """It took one."""
        if self._between > self._shortest:
            eased = self._between * EASED
            self._between = self._shortest if eased < max(self._shortest, NONE_BELOW) else eased
