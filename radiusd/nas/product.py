"""What is known of a NAS product: how it asks as it comes, what can be set, and what was seen of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from string import Template
from typing import Literal

Signs = Literal["always", "when set", "never", "unknown"]


@dataclass(frozen=True, slots=True)
class Step:
    """What to set in one place. `lines` are typed, or chosen, as they stand; words in capitals are the reader's own."""

    where: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NasProduct:
    """One product. Its time-outs are those between two copies of a request; all times are in seconds.

    `backoff` makes each time-out longer than the one before. Where `waits_after_last` is False, the last copy is sent
    as it gives up. A copy comes from the same port, with the same Identifier and with the same Request Authenticator,
    or not. `prompt_seconds` is for how long the window of a challenge is open, None where that is not known. The
    user's own VPN program gives up after `user_waits_seconds`, None where it waits for the NAS. `speaks` is other than PAP
    for what proves a password by that alone, which radiusd refuses. One that is `one_at_a_time` serves nobody else while
    it waits. `most_hold_seconds` is for what counts from an earlier moment than the request, or has something behind it
    that does. `measured` are versions, `seen` what was seen of them.
    """

    key: str
    name: str
    default_timeout_seconds: float
    default_tries: int
    longest_timeout_seconds: float
    preferred_tries: int
    most_tries: int
    answers_challenges: bool
    challenge: str
    signs: Signs
    steps: tuple[Step, ...]
    source: str
    signing: tuple[Step, ...] = ()
    cautions: tuple[str, ...] = ()
    backoff: float = 1.0
    waits_after_last: bool = True
    retransmits_same_port: bool = True
    same_identifier: bool = True
    same_authenticator: bool = True
    prompt_seconds: float | None = None
    user_waits_seconds: float | None = None
    speaks: Literal["PAP", "EAP", "Digest"] = "PAP"
    one_at_a_time: bool = False
    most_hold_seconds: float | None = None
    measured: str = ""
    seen: tuple[str, ...] = ()

    @property
    def default_wait_seconds(self) -> float:
        """When it gives up, as it comes."""
        return self.waits(self.default_timeout_seconds, self.default_tries)

    @property
    def longest_timeout(self) -> float:
        """The longest time it can be made to wait for one answer, all its tries together."""
        return self.waits(self.longest_timeout_seconds, self.most_tries)

    @property
    def can_be_set(self) -> bool:
        """Whether its time-out or its tries can be others than they come."""
        return (self.default_timeout_seconds, self.default_tries) != (self.longest_timeout_seconds, self.most_tries)

    def copies(self, timeout: float, tries: int) -> tuple[float, ...]:
        """When each copy is sent, counted from the first, which is at 0."""
        return tuple(timeout * sum(self.backoff**each for each in range(number)) for number in range(tries))

    def waits(self, timeout: float, tries: int) -> float:
        """When it gives up, counted from the first copy."""
        return timeout * self._factor(tries)

    def recommended_tries(self, wait: float) -> int:
        """As few as are customary, or as many as it takes to wait so long."""
        for tries in range(self.preferred_tries, self.most_tries):
            if self.waits(self.longest_timeout_seconds, tries) >= wait:
                return tries
        return self.most_tries

    def recommended_timeout_seconds(self, wait: float) -> float:
        """Whole seconds, so that it waits at least `wait` with the recommended tries, or as long as it can."""
        return min(float(math.ceil(wait / self._factor(self.recommended_tries(wait)))), self.longest_timeout_seconds)

    def recommended_wait(self, wait: float) -> float:
        """How long it waits with what is recommended; less than `wait` where it cannot be made to."""
        return self.waits(self.recommended_timeout_seconds(wait), self.recommended_tries(wait))

    def commands(self, wait: float) -> tuple[Step, ...]:
        """What to set so that it waits `wait`, and signs its requests where that can be chosen."""
        timeout, tries = self.recommended_timeout_seconds(wait), self.recommended_tries(wait)
        total = math.ceil(self.waits(timeout, tries))
        values = {
            "timeout": f"{timeout:g}",
            "tries": str(tries),
            "retries": str(tries - 1),
            "wait": str(total),
            "longer": str(total + 30),
        }
        return tuple(
            Step(step.where, tuple(Template(line).substitute(values) for line in step.lines))
            for step in self.steps + self.signing
        )

    def _factor(self, tries: int) -> float:
        waited = tries if self.waits_after_last else tries - 1
        return sum(self.backoff**each for each in range(waited))
