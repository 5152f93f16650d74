"""What users have enrolled, in memory: read at the start, and followed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from radiusd.enrollment.remembered import Key, Remembered
from store import Store, enrollments
from store.enrolled import Enrollment


class Enrolled:
    """`addresses` are mail addresses and mobile numbers."""

    def __init__(self, store: Store) -> None:
        self.addresses: Remembered[Enrollment] = Remembered(store, enrollments.SUBJECT, enrollments.proved)

    async def load(self) -> None:
        """Reads everything, once, for who looks once. Raises store.Unavailable."""
        await self.addresses.load()

    async def begin(self, background: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Reads everything, and whatever is told of from now on. Raises store.Unavailable."""
        await self.addresses.begin(background)

    def follow(self, called: Callable[[Key | None], None]) -> None:
        """`called` gets whoever has something else from now on; None where that may be anybody."""
        self.addresses.follow(called)
