"""What one client sends and gets, packet by packet, for an administrator who looks on (`radiusd client trace`).

A port that nobody looks at calls nothing of this. What proves a password, or could be used to guess a secret, is told by
its size alone.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from radiusd.radius import packet
from radiusd.radius.attributes import HIDDEN, Dictionary, walk
from radiusd.radius.clients import Client
from radiusd.radius.exchanges import Address, Datagram, Port

REQUESTS_KEPT = 1024  # that answers and copies are told apart by
LEFT_OUT = frozenset(
    {packet.STATE, packet.CHAP_CHALLENGE, packet.ARAP_PASSWORD, packet.EAP_MESSAGE, packet.MESSAGE_AUTHENTICATOR}
    | {kind for vendor, kind in HIDDEN if not vendor}
    | packet.DIGESTS
)
CODES = {
    packet.ACCESS_REQUEST: "Access-Request",
    packet.ACCESS_ACCEPT: "Access-Accept",
    packet.ACCESS_REJECT: "Access-Reject",
    packet.ACCOUNTING_REQUEST: "Accounting-Request",
    packet.ACCOUNTING_RESPONSE: "Accounting-Response",
    packet.ACCESS_CHALLENGE: "Access-Challenge",
    packet.STATUS_SERVER: "Status-Server",
}

Event = dict[str, Any]
Tell = Callable[[Event], None]


@dataclass(slots=True)
class _Asked:
    """A request that was seen, and how often."""

    authenticator: bytes
    first: float
    copies: int = 1


class Tracing:
    """Who looks on at which client. It sees what arrives before it is judged, and what leaves."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called when the first begins to look on, and when the last has ended."""
        self._changed = changed
        self._watching: dict[str, list[Tell]] = {}
        self._asked: OrderedDict[tuple[Address, int], _Asked] = OrderedDict()

    def use(self, dictionary: Dictionary) -> None:
        """Takes a configuration into use."""
        self._dictionary = dictionary

    @property
    def is_on(self) -> bool:
        return bool(self._watching)

    def watch(self, name: str, tell: Tell) -> None:
        """Tells of that client's packets from now on."""
        self._watching.setdefault(name, []).append(tell)
        self._changed()

    def unwatch(self, name: str, tell: Tell) -> None:
        self._watching[name].remove(tell)
        if not self._watching[name]:
            del self._watching[name]
        if not self._watching:
            self._asked.clear()
        self._changed()

    def arrived(self, receive: Callable[[Sequence[Datagram]], None], datagrams: Iterable[Datagram]) -> None:
        """One after the other, so that what is said of one follows it."""
        for each in datagrams:
            port, datagram, address, _local = each
            client = port.client_of(address)
            if client is not None and client.name in self._watching:
                self._tell(client.name, self._request(datagram, address))
            receive([each])

    def left(self, port: Port, octets: bytes, address: Address) -> None:
        """An answer, for the first time or again."""
        client = port.client_of(address)
        if client is None or client.name not in self._watching:
            return
        asked = self._asked.get((address, octets[1]))
        after = None if asked is None else round(time.monotonic() - asked.first, 4)
        self._tell(client.name, {**self._packet("out", octets, address), "after_seconds": after})

    def dropped(self, client: Client, reason: str, hint: str) -> None:
        """A packet that gets no answer."""
        if client.name in self._watching:
            self._tell(client.name, {"way": "dropped", "reason": reason, "hint": hint})

    def _request(self, datagram: bytes, address: Address) -> Event:
        told = self._packet("in", datagram, address)
        if len(datagram) < packet.SMALLEST:
            return told
        now, key, authenticator = time.monotonic(), (address, datagram[1]), datagram[4:20]
        asked = self._asked.get(key)
        if asked is not None and asked.authenticator == authenticator:
            asked.copies += 1
            return {**told, "copy": asked.copies, "after_seconds": round(now - asked.first, 4)}
        self._asked.pop(key, None)
        self._asked[key] = _Asked(authenticator, now)
        if len(self._asked) > REQUESTS_KEPT:
            self._asked.popitem(last=False)
        return {**told, "copy": 1, "after_seconds": 0.0}

    def _packet(self, way: str, octets: bytes, address: Address) -> Event:
        if len(octets) < packet.SMALLEST:
            return {"way": way, "address": address[0], "port": address[1], "octets": len(octets), "code": "no packet"}
        return {
            "way": way,
            "address": address[0],
            "port": address[1],
            "octets": len(octets),
            "code": CODES.get(octets[0], f"Code-{octets[0]}"),
            "identifier": octets[1],
            "attributes": list(self._attributes(octets)),
        }

    def _attributes(self, octets: bytes) -> Iterable[tuple[str, str]]:
        length = int.from_bytes(octets[2:4], "big")
        for kind, value in walk(octets[packet.SMALLEST : length]):
            shown = [] if kind in LEFT_OUT else self._dictionary.decode(alone(kind, value))
            yield from shown or [(self._dictionary.name(0, kind), f"({len(value)} octets)")]

    def _tell(self, name: str, event: Event) -> None:
        told = {"at": time.time(), "client": name, **event}
        for tell in tuple(self._watching.get(name, ())):
            tell(told)


def alone(kind: int, value: bytes) -> bytes:
    """A packet of that one attribute."""
    body = bytes((kind, len(value) + 2)) + value
    return bytes(2) + (packet.SMALLEST + len(body)).to_bytes(2, "big") + bytes(16) + body
