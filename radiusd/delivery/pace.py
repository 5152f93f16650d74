"""How long a carrier takes to take a message, from when it is handed over: a histogram, and whether it is slow (S97)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds; what takes longer is in a last one
SLOW_SECONDS = 3.0  # a user who waits for a code has begun to wonder
LAST = 8  # messages, most of which are slow where the carrier is
MOST, KEPT = LAST // 2, (1 << LAST) - 1
WARNED_SECONDS = 600.0  # for so long it is not said again


class Pace:
    """Of one carrier, since the start. Nothing is allocated for a message."""

    __slots__ = ("_counts", "_last", "_warned_at", "seconds")

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS) + 1)
        self._last = 0  # a bit for each of the last messages, the newest lowest: 1 where it was slow
        self._warned_at = float("-inf")
        self.seconds = 0.0  # of all together

    def took(self, seconds: float) -> bool:
        """A message was taken after so long. Whether the carrier is slow."""
        self._counts[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds
        last = self._last = (self._last << 1 | (seconds > SLOW_SECONDS)) & KEPT
        return last.bit_count() > MOST if last else False

    @property
    def is_slow(self) -> bool:
        """Whether most of the last messages were."""
        return self._last.bit_count() > MOST

    def is_to_be_told(self, now: float) -> bool:
        """Whether that was not said a moment ago. `now` is of the loop's clock."""
        if now - self._warned_at < WARNED_SECONDS:
            return False
        self._warned_at = now
        return True

    @property
    def cumulative(self) -> Sequence[tuple[str, int]]:
        """How many took no longer than each bucket's seconds; the last one has all."""
        return list(zip((*map(str, BUCKETS), "+Inf"), accumulate(self._counts), strict=True))
