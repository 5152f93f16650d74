"""Links that lead nowhere, counted for each source, so that guessing is not free."""

from __future__ import annotations

from collections import OrderedDict

from radiusd.web.sources import one_host

MOST = 30  # unknown links
SECONDS = 60.0
MOST_SOURCES = 4096  # remembered; beyond, the oldest is forgotten


class Guesses:
    """How many unknown links each source opened in the last minute. An IPv6 source is its /64: one host has all of it."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()  # since when, and how many

    def wrong(self, source: str, now: float) -> None:
        """One more; `now` is of a clock that does not jump."""
        key = one_host(source)
        since, count = self._seen.get(key, (now, 0))
        if now - since >= SECONDS:
            since, count = now, 0
            self._seen.pop(key, None)
        self._seen[key] = (since, count + 1)
        while len(self._seen) > MOST_SOURCES:
            self._seen.popitem(last=False)

    def too_many(self, source: str, now: float) -> bool:
        """Whether this source is not answered until its minute is over."""
        since, count = self._seen.get(one_host(source), (now, 0))
        return count >= MOST and now - since < SECONDS
