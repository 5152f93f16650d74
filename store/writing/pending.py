"""What is waited for until a step is committed, or a password hashed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Pending(asyncio.Future[T]):
    """A future whose `follower` is called at once, before this returns to who sets it; a loop would take a turn more."""

    follower: Callable[[], Any] | None = None

    def follow(self, follower: Callable[[], Any]) -> None:
        """Calls it once this is set, or now where it is."""
        if self.done():
            follower()
        else:
            self.follower = follower

    def set_result(self, result: T) -> None:
        _set_result(self, result)
        # Forgotten first: who follows knows this one too, and a circle of both waits for the garbage collector.
        follower, self.follower = self.follower, None
        if follower is not None:
            follower()

    def set_exception(self, exception: type | BaseException) -> None:
        super().set_exception(exception)
        follower, self.follower = self.follower, None
        if follower is not None:
            follower()


_set_result = asyncio.Future.set_result  # found once: it is done for every step of every login
