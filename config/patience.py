"""What is left of the time that a NAS waits: one rule for what the server does, what `check` says and what is advised.

Times are in seconds. Anybody may import it; it imports nothing.
"""

from __future__ import annotations

UNLEARNED = 10.0  # that a NAS is taken to wait while nothing is known of it
SPARE = 2.0  # that an answer has for its way, before the NAS gives up ...
SHORT = 8.0  # ... where it waits at least so long; one that waits less gives a quarter of it
DECIDING = 60.0  # that people who look at a screen need to decide; what comes late may count all the same


def patience(hold: float) -> float:
    """When a request of a NAS that waits `hold` must be answered, counted from its first copy."""
    return hold - SPARE if hold >= SHORT else hold * (SHORT - SPARE) / SHORT


def hold_for(seconds: float) -> float:
    """How long a NAS must wait where its answer takes so long: the opposite of `patience`."""
    return seconds + SPARE if seconds >= SHORT - SPARE else seconds * SHORT / (SHORT - SPARE)
