"""Two groups of times, and whether they can be told apart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import median

SHUFFLES = 4000
RARE = 0.001  # how seldom groups that are alike may be told apart by accident


def chance(one: Sequence[float], other: Sequence[float], dice: random.Random) -> float:
    """How often medians lie as far apart as these where nothing but chance says which group a time is of.

    A permutation test: the times are dealt anew. Noise of the machine is in both groups where they were taken in turn.
    """
    apart, pool = abs(median(one) - median(other)), [*one, *other]
    further = 0
    for _ in range(SHUFFLES):
        dice.shuffle(pool)
        further += abs(median(pool[: len(one)]) - median(pool[len(one) :])) >= apart
    return (further + 1) / (SHUFFLES + 1)


def told(one: Sequence[float], other: Sequence[float]) -> str:
    """For people: medians in milliseconds."""
    return f"{median(one) * 1000:.2f} and {median(other) * 1000:.2f} ms, of {len(one)} and {len(other)}"
