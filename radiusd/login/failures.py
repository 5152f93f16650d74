"""A user's failures, read once for all who wait: else a name that somebody has would answer later than one nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from radiusd.login.standing import Standing
from radiusd.model.entry import Entry
from store import Unavailable
from store.records import Failure


class _Read(NamedTuple):
    """A read that is under way or done: of what it holds, and what it found."""

    of: tuple[int, float]  # how many were counted, and after when those read are
    failing: object
    found: asyncio.Task[Sequence[Failure]]


class SharedFailures:
    """Of one user whose attempts are under way here."""

    __slots__ = ("_last", "_since")

    def __init__(self) -> None:
        self._last: _Read | None = None
        self._since = inf

    def reach(self, since: float) -> None:
        """Failures after that time count too, for somebody who waits from now on."""
        self._since = min(self._since, since)

    async def read(self, standing: Standing, entry: Entry, counted: int) -> Sequence[Failure]:
        """As the database has them; no second time while no more were `counted` here, and none forgotten.

        Raises store.Unavailable.
        """
        of, failing = (counted, self._since), standing.failing(entry)
        last = self._last
        if last is None or last.of != of or last.failing is not failing:
            found = asyncio.ensure_future(standing.failures(entry, self._since))
            last = self._last = _Read(of, failing, found)
        try:
            return await asyncio.shield(last.found)  # whoever is cancelled takes it from nobody else
        except Unavailable:
            if self._last is last:
                self._last = None
            raise
