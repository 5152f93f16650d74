"""What every port does with a datagram before it judges it: whose it is, whether it is a copy, whether it is a packet."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from radiusd.log import RateLimited
from radiusd.metrics import Counts
from radiusd.radius import packet
from radiusd.radius.clients import Client
from radiusd.radius.exchanges import Address, Exchange, Port
from radiusd.radius.packet import MalformedPacket, Request

log = structlog.get_logger()


# A request that is well formed and not verified yet: whose, what, and what its key stands for until then.
Arrival = tuple[Client, Request, Exchange | None]


class Arrivals:
    """Drops what is not understood, in silence, and counts it (RFC 2865 section 3)."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._dropped = RateLimited(log)
        self.dropped: Callable[[Client, str, str], None] | None = None  # somebody who looks on
        self._strangers = RateLimited(log)  # apart: forged addresses must not push a client's own line aside

    def read(self, port: Port, datagram: bytes, address: Address, local: bytes | None) -> Arrival | None:
        """The request; None where it was dropped, or was a copy in every octet, which is answered from memory."""
        client = port.client_of(address)
        if client is None:
            self._counts.unknown_clients += 1
            self._strangers.warning("discarded", address[0], reason="unknown client", source=address[0])
            return None
        if len(datagram) < packet.SMALLEST:
            self.discard(client, "length")
            return None
        earlier = port.duplicates.get((address, datagram[1]))
        if earlier is not None and earlier.datagram == datagram:
            self.again(client, earlier, local)
            return None
        try:
            return client, packet.read(datagram), earlier
        except MalformedPacket as malformed:
            self.discard(client, malformed.reason)
            return None

    @staticmethod
    def again(client: Client, earlier: Exchange, local: bytes | None) -> None:
        """Answers a retransmission from memory; silence while there is no answer yet (RFC 5080 section 2.2.2)."""
        client.counts.duplicates += 1
        if earlier.reply:
            earlier.port.send(earlier.reply, earlier.address, local)
        if earlier.datagram[0] == packet.ACCESS_REQUEST:
            client.learner.again(earlier, time.monotonic())

    def discard(self, client: Client, reason: str, hint: str = "") -> None:
        """Counts a packet that gets no answer, and logs one line a minute for each reason."""
        discards = client.counts.discards
        discards[reason] = discards.get(reason, 0) + 1
        if self.dropped is not None:
            self.dropped(client, reason, hint)
        self.warn(client, reason, hint)

    def warn(self, client: Client, reason: str, hint: str) -> None:
        """One line a minute for each reason."""
        self._dropped.warning("discarded", f"{client.name} {reason}", client=client.name, reason=reason, hint=hint)
