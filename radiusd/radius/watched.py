"""One request that waits for its answer, and what its NAS shows meanwhile. Times are of the loop's clock."""

from __future__ import annotations

from typing import Any, Protocol

from radiusd.model.access import Held
from radiusd.radius import packet

ANSWERED_SECONDS = 10.0  # how long a reply is kept for a retransmission: RFC 5080 section 2.2.2 allows 5 to 30
LOOKED_AT = 120.0  # seconds for which a user is taken to look at a prompt
LOST_AFTER = 150.0  # seconds after which a request that was dropped is not waited for

CHALLENGE = bytes((packet.ACCESS_CHALLENGE,))


class Asked(Protocol):
    """A request and its answer, as far as they are looked at here (see Exchange)."""

    received: float
    answered: float
    reply: bytes | None
    identifier: int
    address: tuple[Any, ...]
    held: Held | None


class Watched:
    """A request that waits for its answer."""

    __slots__ = ("copies", "exchange", "given_up", "interval", "last")

    def __init__(self, exchange: Asked) -> None:
        self.exchange = exchange
        self.copies = 1
        self.last = exchange.received
        self.interval = 0.0  # between the last two copies
        self.given_up = 0.0  # when the same user's next request came from the same station, or its port was closed

    @property
    def shown(self) -> float:
        """For how long the NAS has shown that it waits."""
        return self.last - self.exchange.received + self.interval

    def is_over(self, now: float) -> bool:
        """Whether no more is to be seen of it."""
        exchange = self.exchange
        if exchange.reply is None:
            return now - self.last > LOST_AFTER
        if exchange.reply or self.given_up:
            return True
        # Where silence was the answer, the NAS goes on as if there was none.
        return now - exchange.answered > ANSWERED_SECONDS

    def is_looked_at(self, now: float) -> bool:
        """Whether a user may sit before the Challenge that was the answer."""
        return (self.exchange.reply or b"")[:1] == CHALLENGE and now - self.exchange.answered <= LOOKED_AT
