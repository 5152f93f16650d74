"""What users have enrolled, in memory: read at the start, and followed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from radiusd.enrollment.authenticators import Authenticators
from radiusd.enrollment.remembered import Key, Remembered
from store import Store, enrollments
from store.enrolled import Enrollment


class Enrolled:
    """`addresses` are mail addresses and mobile numbers, `apps` authenticator apps."""

    def __init__(self, store: Store) -> None:
        self.addresses: Remembered[Enrollment] = Remembered(store, enrollments.SUBJECT, enrollments.proved)
        self.apps = Authenticators(store)
        self._all = (self.addresses, *self.apps.followed)

    async def load(self) -> None:
        """Reads everything, once, for who looks once. Raises store.Unavailable."""
        for each in self._all:
            await each.load()

    async def begin(self, background: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Reads everything, and whatever is told of from now on. Raises store.Unavailable."""
        for each in self._all:
            await each.begin(background)

    def follow(self, called: Callable[[Key | None], None]) -> None:
        """`called` gets whoever has something else from now on; None where that may be anybody."""
        for each in self._all:
            each.follow(called)
