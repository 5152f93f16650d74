"""Requests that are sent again as new ones: the same Identifier, another Authenticator, from another port.

openvpn-auth-radius does that, and listens on its newest port alone. Such a copy that leaves just before the Accept to the
one before it finds the login over, though that Accept reached nobody. So it is kept back for as long as it takes to learn
that from an ICMP error (D23): the engine, which is asked next, knows then whether the approval was used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence

from radiusd.radius import packet
from radiusd.radius.exchanges import Exchange
from radiusd.radius.packet import Request

EVIDENCE_SECONDS = 1.0  # in which an error comes back, if one does
MOST = 1024  # Accepts of the last second, and requests kept back for one; what is beyond goes its way


class Renewed:
    """Keeps requests back, and hands them to `begin` in their order. `accepted` are the Accepts of the last second."""

    def __init__(self, loop: asyncio.AbstractEventLoop, begin: Callable[[Sequence[Exchange]], None]) -> None:
        self._loop = loop
        self._begin = begin
        self.accepted: dict[Hashable, tuple[Exchange, list[Exchange]]] = {}

    def close(self) -> None:
        """What is kept back gets no answer: its NAS will ask again."""
        self.accepted.clear()  # so that the timers find nothing

    def answers(self, exchange: Exchange, octets: bytes) -> None:
        """A request that was held is answered."""
        if octets[0] != packet.ACCESS_ACCEPT or len(self.accepted) >= MOST:
            return
        key = _key(exchange, packet.read(exchange.datagram))
        _before, kept_back = self.accepted.get(key, (exchange, []))
        self.accepted[key] = (exchange, kept_back)
        self._loop.call_later(EVIDENCE_SECONDS, self._settle, key, exchange)

    def keeps_back(self, exchange: Exchange, request: Request) -> bool:
        """Whether the request is a copy in all but port and Authenticator, and comes a moment after the Accept."""
        found = self.accepted.get(_key(exchange, request))
        if found is None or found[0].address == exchange.address or len(found[1]) >= MOST:
            return False
        found[1].append(exchange)
        return True

    def _settle(self, key: Hashable, exchange: Exchange) -> None:
        found = self.accepted.get(key)
        if found is not None and found[0] is exchange:
            del self.accepted[key]
            self._begin(found[1])


def _key(exchange: Exchange, request: Request) -> Hashable:
    """Equal for copies in this manner; the user's password is for the engine to judge."""
    station = exchange.client.station_octets(request)
    return exchange.address[0], exchange.identifier, request.user_name, None if station is None else station[1]
