"""Who waits until they may try as one user: in a line for each station and kind, of which only the first one looks again."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from radiusd.login.guard import AS_BEFORE

LATE = "other attempts of this user were judged until the NAS gives up"

T = TypeVar("T")


class Lines:
    """The lines of one user. False where nobody waits."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        # What a future gets: "" where it is the first now; else why it may never begin.
        self._lines: dict[tuple[str, str], deque[asyncio.Future[str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    async def wait(self, place: tuple[str, str], look: Callable[[], Awaitable[T | str]], deadline: float) -> T | str:
        """What `look` finds once those before have left the line of `place`: what may begin, or why it may not.

        That is LATE after `deadline` (the loop's clock), and what kept out one before it where that holds for all.
        """
        line = self._lines.setdefault(place, deque())
        mine: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        line.append(mine)
        try:
            if line[0] is not mine:
                await until(mine, deadline)
                if not mine.done():
                    return LATE
                if mine.result():
                    return mine.result()
            found = await look()
            if isinstance(found, str) and found not in {LATE, AS_BEFORE}:
                # What keeps this one out keeps out all behind it: they need not look, one after the other.
                for waiting in line:
                    if not waiting.done():
                        waiting.set_result(found)
            return found
        finally:
            first = line[0] is mine
            line.remove(mine)
            if not line:
                del self._lines[place]
            elif first and not line[0].done():
                line[0].set_result("")


async def until(future: asyncio.Future[Any], deadline: float) -> None:
    """Waits for the future until `deadline` (the loop's clock) at most."""
    await asyncio.wait((future,), timeout=max(0.0, deadline - asyncio.get_running_loop().time()))
