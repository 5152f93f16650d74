"""Duplicate detection (RFC 5080 section 2.2.2).

The key is socket, source address and port, and Identifier. Forged packets must not touch the table, so an entry is made
only of a verified datagram; a datagram equal to it in every octet needs no second verification.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radiusd.radius.clients import Client

ANSWERED_SECONDS = 10.0  # how long a reply is kept for a retransmission: RFC 5080 allows 5 to 30
LIMIT = 65_536  # entries of one socket

Address = tuple[Any, ...]  # as the socket gives it: (host, port) or (host, port, flow, scope)


class Exchange:
    """One request and its reply: None until there is one, empty where silence is the answer."""

    __slots__ = (
        "address",
        "answered",
        "at",
        "authenticator",
        "client",
        "datagram",
        "identifier",
        "key",
        "local",
        "proxy_states",
        "received",
        "reply",
    )

    def __init__(
        self, key: tuple[Address, int], datagram: bytes, client: Client, local: bytes | None, received: float, at: float
    ) -> None:
        self.key = key
        self.address = key[0]
        self.identifier = key[1]
        self.datagram = datagram
        self.authenticator = datagram[4:20]
        self.client = client
        self.local = local
        self.received = received
        self.at = at
        self.proxy_states = b""
        self.reply: bytes | None = None
        self.answered = 0.0


class Duplicates:
    """The requests of one socket that are being worked on or were answered lately."""

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
