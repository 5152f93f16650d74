"""What anybody can cause again and again is written now and then, with how often it was left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Protocol


class Warns(Protocol):
    """The part of a logger that RateLimited needs."""

    def warning(self, event: str, **fields: Any) -> Any: ...


class Quota:
    """At most `most` of each key in `every` seconds.

    At most `keys` keys are told apart at a time, so that forged addresses fill neither memory nor disk; beyond, all
    others share one.
    """

    OTHERS = "(others)"

    def __init__(
        self, most: int, *, every: float = 60.0, keys: int = 256, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._every = every
        self._keys = keys
        self._clock = clock
        self._lines: MutableMapping[str, list[float]] = {}  # key -> when it begins anew, written, left out
        self._swept = 0.0

    def __len__(self) -> int:
        """The keys that are told apart at the moment."""
        return len(self._lines)

    def left_out(self, key: str) -> int | None:
        """One more of the key: how many were left out before it; None where this one is to be, too."""
        now = self._clock()
        line = self._lines.get(key)
        if line is None and len(self._lines) >= self._keys:
            self._sweep(now)
            if len(self._lines) >= self._keys:
                key = self.OTHERS
                line = self._lines.get(key)
        if line is None or now >= line[0]:
            self._lines[key] = [now + self._every, 1, 0]
            return 0 if line is None else int(line[2])
        if line[1] < self._most:
            line[1] += 1
            return 0
        line[2] += 1
        return None

    def _sweep(self, now: float) -> None:
        """Forgets the keys that were quiet, not more often than each tenth of `every`: it looks at all of them."""
        if now < self._swept:
            return
        self._swept = now + self._every / 10
        for key in _due(self._lines.items(), now):
            del self._lines[key]


class RateLimited:
    """One line per key in `every` seconds; the next one tells how many were left out.

    For what anybody can cause by sending packets.
    """

    OTHERS = Quota.OTHERS

    def __init__(
        self, log: Warns, *, every: float = 60.0, keys: int = 256, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._quota = Quota(1, every=every, keys=keys, clock=clock)

    def warning(self, event: str, key: str, **fields: Any) -> None:
        """Writes the line, or counts it under its key."""
        left_out = self._quota.left_out(key)
        if left_out is None:
            return
        if left_out:
            fields["suppressed"] = left_out
        self._log.warning(event, **fields)

    def __len__(self) -> int:
        """The keys that are told apart at the moment."""
        return len(self._quota)


def _due(lines: Iterable[tuple[str, list[float]]], now: float) -> list[str]:
    return [key for key, line in lines if line[0] <= now]
