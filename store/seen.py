"""What is known of NASes from what they sent, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from config.patience import UNLEARNED

HOLD = UNLEARNED  # seconds a NAS is taken to wait for an answer while nothing is known of it


class Waits(NamedTuple):
    """How long a NAS waits for an answer, as it has shown; None where it has not. All but the last in seconds.

    `timeout` is the time between `tries` copies of a request, from one port or from a new one each. It waits `at_least`
    so long and gives up after `at_most`; `hold` is what follows from that, None where it is as if nothing was known.
    `challenges_at` is when it first returned a State (seconds since the epoch).
    """

    timeout: float | None = None
    tries: int | None = None
    at_least: float | None = None
    at_most: float | None = None
    hold: float | None = None
    one_port: bool | None = None
    challenges_at: float | None = None

    @property
    def in_use(self) -> float:
        """For how long the NAS is taken to wait."""
        return HOLD if self.hold is None else self.hold


NOTHING_SEEN = Waits()


@dataclass(frozen=True, slots=True)
class ClientSeen:
    """What is known of a NAS from what it sent."""

    counts: Mapping[str, int]
    first_at: float
    last_at: float
    message_authenticator_at: float | None
    waits: Waits = NOTHING_SEEN
