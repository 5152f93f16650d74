"""The accounting port: a record is answered once it is safe (RFC 2866 section 2, RFC 5080 section 2.3.3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from radiusd.metrics import Counts
from radiusd.radius import packet
from radiusd.radius.arrivals import Arrivals
from radiusd.radius.attributes import Dictionary
from radiusd.radius.clients import Client
from radiusd.radius.exchanges import Address, Datagram, Exchange, Port
from radiusd.radius.packet import Request

Row = tuple[Any, ...]
Append = Callable[[Row, Callable[[bool], None]], None]


class Accounting:
    """What arrives on the accounting ports."""

    def __init__(
        self,
        *,
        append: Append,
        counts: Counts,
        database_down_since: Callable[[], float | None],
        now: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._append = append
        self._database_down_since = database_down_since
        self._now = now
        self._wall = wall
        self.arrivals = Arrivals(counts)

    def use(self, dictionary: Dictionary) -> None:
        """Takes a configuration into use."""
        self._dictionary = dictionary

    def receive(self, datagrams: Sequence[Datagram]) -> None:
        """What arrived; what is not genuine is dropped and counted."""
        for datagram in datagrams:
            self._receive(*datagram)

    def _receive(self, port: Port, datagram: bytes, address: Address, local: bytes | None) -> None:
        arrival = self.arrivals.read(port, datagram, address, local)
        if arrival is None:
            return
        client, request, _earlier = arrival
        if not self._is_genuine(client, datagram, request):
            return
        exchange = Exchange(port, address, datagram, client, local, self._now(), self._wall())
        exchange.proxy_states = request.proxy_states
        if request.code == packet.STATUS_SERVER:
            if client.status_server and self._database_down_since() is None:
                client.counts.status += 1
                octets = packet.reply(
                    packet.ACCOUNTING_RESPONSE,
                    exchange.identifier,
                    exchange.authenticator,
                    b"",
                    exchange.proxy_states,
                    client.keys,
                )
                port.send(octets, address, local)
            return
        if not port.duplicates.add(exchange):
            self.arrivals.discard(client, "overload")
            return
        client.counts.accounting += 1
        self._append(self._row(client, exchange, request, datagram), partial(self._recorded, exchange))

    def _is_genuine(self, client: Client, datagram: bytes, request: Request) -> bool:
        if request.code == packet.STATUS_SERVER:
            genuine = bool(request.message_authenticator) and packet.genuine(request, datagram, client.keys)
        elif request.code == packet.ACCOUNTING_REQUEST:
            genuine = client.keys.accounting_genuine(datagram, request.length)
        else:
            self.arrivals.discard(client, "code")
            return False
        if not genuine:
            self.arrivals.discard(client, "wrong authenticator", "the shared secret of client and server differ")
        return genuine

    def _recorded(self, exchange: Exchange, done: bool) -> None:
        if done:
            self._respond(exchange)
        else:
            # Silence: the NAS keeps the record and sends it again.
            exchange.port.duplicates.forget(exchange)

    def _respond(self, exchange: Exchange) -> None:
        exchange.reply = packet.accounting_response(
            exchange.identifier, exchange.authenticator, exchange.proxy_states, exchange.client.keys
        )
        exchange.answered = self._now()
        exchange.port.send(exchange.reply, exchange.address, exchange.local)

    def _row(self, client: Client, exchange: Exchange, request: Request, datagram: bytes) -> Row:
        decoded = self._dictionary.decode(datagram)
        first: dict[str, str] = {}
        for name, value in decoded:
            first.setdefault(name, value)
        return (
            exchange.at,
            client.name,
            exchange.address[0],
            first.get("Acct-Session-Id", ""),
            first.get("Acct-Status-Type", ""),
            first.get("User-Name", ""),
            client.station(request),
            first.get("Framed-IP-Address"),
            first.get("NAS-Identifier") or first.get("NAS-IP-Address") or first.get("NAS-IPv6-Address", ""),
            number(first.get("Acct-Session-Time")),
            octets(first, "Input"),
            octets(first, "Output"),
            first.get("Acct-Terminate-Cause", ""),
            json.dumps(decoded, ensure_ascii=False),
        )


def number(text: str | None) -> int | None:
    """None where the attribute is missing or no number."""
    return int(text) if text is not None and text.isdecimal() else None


def octets(first: dict[str, str], way: str) -> int | None:
    """Acct-Input-Octets or Acct-Output-Octets with its Gigawords (RFC 2869 section 5.1)."""
    low = number(first.get(f"Acct-{way}-Octets"))
    return None if low is None else low + ((number(first.get(f"Acct-{way}-Gigawords")) or 0) << 32)
