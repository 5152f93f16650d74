"""Requests, their answers, and the ports that bring the one and take the other.

From below: a transport (radius/udp) has ports; a port knows its client and keeps what is answered to copies (here); requests
become questions and outcomes octets (radius/authentication); the engine decides (login/).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from radiusd.model.access import Held
from radiusd.radius.clients import Client
from radiusd.radius.watched import ANSWERED_SECONDS

LIMIT = 65_536  # entries of one port

Address = tuple[Any, ...]  # as the socket gives it: (host, port) or (host, port, flow, scope)
Undelivered = Callable[[bool], None]


class Port(Protocol):
    """What brings requests and takes answers: a UDP socket, a connection of RADIUS over TLS."""

    duplicates: Duplicates

    def client_of(self, address: Address, /) -> Client | None:
        """Whose requests come from there; None for a stranger."""

    def send(
        self, octets: bytes, address: Address, local: bytes | None, undelivered: Undelivered | None = None, /
    ) -> None:
        """Sends an answer at once, by the `local` that came with its request.

        `undelivered` is called, once at most, where it is found out that these octets did not arrive: with True where
        nobody listens on that port any more, with False where there is no way to the host. Octets that are sent twice
        are not told of: one of them may have arrived.
        """


Datagram = tuple[
    Port, bytes, Address, bytes | None
]  # by which port, the octets, from where, and the `local` of `Port.send`


class Exchange:
    """One request and its reply: None until there is one, empty where silence is the answer. `held` while it is or was."""

    __slots__ = (
        "address",
        "answered",
        "at",
        "client",
        "datagram",
        "held",
        "identifier",
        "key",
        "local",
        "port",
        "proxy_states",
        "received",
        "reply",
    )

    def __init__(
        self, port: Port, address: Address, datagram: bytes, client: Client, local: bytes | None, received: float,
        at: float,
    ) -> None:  # fmt: skip
        self.port = port
        self.address = address
        self.identifier = datagram[1]
        self.key = (address, datagram[1])
        self.datagram = datagram
        self.client = client
        self.local = local
        self.received = received
        self.at = at
        self.proxy_states = b""
        self.held: Held | None = None
        self.reply: bytes | None = None
        self.answered = 0.0

    @property
    def authenticator(self) -> bytes:
        return self.datagram[4:20]


class Duplicates:
    """The requests of one port that are being worked on or were answered lately (RFC 5080 section 2.2.2).

    The key is the port, source address and port, and Identifier. Forged packets must not touch the table, so an entry is
    made only of a verified datagram; a datagram equal to it in every octet needs no second verification.
    """

    __slots__ = ("_table", "get")

    def __init__(self) -> None:
        self._table: dict[tuple[Address, int], Exchange] = {}
        # The exchange that holds a key, or None. The table's own method: one call less for each packet.
        self.get = self._table.get

    def __len__(self) -> int:
        return len(self._table)

    def is_current(self, exchange: Exchange) -> bool:
        """False once a newer request took the key: then the old reply is not sent any more."""
        return self._table.get(exchange.key) is exchange

    def add(self, exchange: Exchange) -> bool:
        """Enters a verified request, in the place of an older one. False where the table is full of unanswered ones."""
        table = self._table
        # Taken out first: the table is ordered by age, which the sweep relies on.
        if table.pop(exchange.key, None) is None and len(table) >= LIMIT:
            oldest = table[next(iter(table))]
            if oldest.reply is None:
                return False
            del table[oldest.key]
        table[exchange.key] = exchange
        return True

    def forget(self, exchange: Exchange) -> None:
        """Takes it out, so that the same octets count as new: for what was dropped without an answer."""
        if self.is_current(exchange):
            del self._table[exchange.key]

    def sweep(self, now: float) -> None:
        """Drops what was answered long enough ago; `now` is of the loop's clock."""
        horizon = now - ANSWERED_SECONDS
        old = []
        for key, exchange in self._table.items():
            if exchange.received > horizon:
                break
            if exchange.reply is not None and exchange.answered <= horizon:
                old.append(key)
        for key in old:
            del self._table[key]
