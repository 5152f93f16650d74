"""What the engine is asked: the AccessRequest of an Access-Request's octets (RFC 2865)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Hashable

from radiusd.model.access import ROOM, AccessRequest, Offered
from radiusd.radius import credentials, packet
from radiusd.radius.clients import StationOctets, station_text
from radiusd.radius.exchanges import Exchange
from radiusd.radius.packet import Request

NAS_NAMES_KEPT = 4096  # texts of NAS-Identifiers


class AccessReader:
    """Reads one Access-Request after another."""

    def __init__(self) -> None:
        self._nas_names: dict[bytes, str] = {}
        self._key = secrets.token_bytes(32)  # of the fingerprints of passwords; it dies with the process

    def fingerprint(self, exchange: Exchange, request: Request, password: bytes, station: StationOctets) -> Hashable:
        """Equal for requests whose AccessRequests differ in nothing but time. The password is in it as a keyed digest."""
        return (
            exchange.client.name,
            request.user_name,
            hashlib.blake2b(password, key=self._key, digest_size=16).digest(),
            station,
            request.first(packet.NAS_IDENTIFIER),
            request.first(packet.NAS_IP_ADDRESS),
            exchange.address[0],
            len(exchange.proxy_states),
        )

    def access(
        self, exchange: Exchange, request: Request, octets: bytes | None, station: StationOctets,
        fingerprint: Hashable = None,
    ) -> AccessRequest:  # fmt: skip
        """The engine's request. `octets` are the password's."""
        client = exchange.client
        password = None if octets is None else client.password(octets)
        offered = credentials.without_password(request) if password is None else Offered.PAP
        name = request.user_name
        patience = client.proxied_patience if exchange.proxy_states else client.patience
        return AccessRequest(
            client.name,
            client.application,
            packet.text(name) if name else "",
            password or "",
            offered,
            request.state,
            station_text(station),
            self._nas(request),
            exchange.address[0],
            exchange.at,
            exchange.received + patience,
            fingerprint,
            "",
            exchange.datagram,
            ROOM - len(exchange.proxy_states),
        )

    def without_its_password(self, exchange: Exchange) -> AccessRequest:
        """The request of an exchange once more, for what is said of it."""
        request = packet.read(exchange.datagram)
        return self.access(exchange, request, None, exchange.client.station_octets(request))

    def _nas(self, request: Request) -> str:
        octets = request.first(packet.NAS_IDENTIFIER)
        if octets is None:
            octets = request.first(packet.NAS_IP_ADDRESS) or b""
            octets = packet.dotted(octets) if len(octets) == 4 else octets
        name = self._nas_names.get(octets)
        if name is None:
            if len(self._nas_names) >= NAS_NAMES_KEPT:
                self._nas_names.clear()
            name = self._nas_names[octets] = packet.text(octets)
        return name
