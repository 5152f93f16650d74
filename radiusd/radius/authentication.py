"""The authentication port: an Access-Request becomes a question, its outcome an answer (RFC 2865, 5080, 5997)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar, assert_never

import structlog

from radiusd.login.answering import Answering
from radiusd.metrics import Counts
from radiusd.model.access import Accept, AccessRequest, Challenge, Discard, Held, Hold, Outcome, Reject, Silence
from radiusd.radius import credentials, packet
from radiusd.radius.access import AccessReader
from radiusd.radius.arrivals import Arrivals
from radiusd.radius.clients import Client
from radiusd.radius.delayed import Delayed
from radiusd.radius.exchanges import Address, Datagram, Exchange, Port
from radiusd.radius.packet import ReplyTooLong, Request
from radiusd.radius.renewed import Renewed

log = structlog.get_logger()

STATUS_A_SECOND = 200  # Status-Servers of one client that are answered
SILENT_AFTER = 2.0  # seconds without a database; as long as the engine's `on_outage: discard` waits

Made = TypeVar("Made")


def _each(stage: Callable[..., Made | None], given: Iterable[tuple[Any, ...]]) -> list[Made]:
    """What is made of each, where anything is. A bug that one meets is not the others'."""
    made = []
    for one in given:
        try:
            result = stage(*one)
        except Exception:
            log.exception("bug")
            continue
        if result is not None:
            made.append(result)
    return made


def asked_by(challenge: Challenge) -> bytes:
    """The attributes of an Access-Challenge; Prompt says whether to show what is typed (RFC 2869 section 5.10)."""
    return (
        packet.attribute(packet.STATE, challenge.state)
        + packet.text_attribute(packet.REPLY_MESSAGE, challenge.prompt)
        + packet.attribute(packet.PROMPT, packet.ECHO if challenge.echo else packet.NO_ECHO)
    )


class Authentication:
    """What arrives on the authentication ports."""

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        answering: Answering,
        database_down_since: Callable[[], float | None],
        learned: Callable[[Client], None],
        counts: Counts,
        wall: Callable[[], float],
    ) -> None:
        self._answering = answering
        self._database_down_since = database_down_since
        self._learned = learned
        self._wall = wall
        self._now = time.monotonic  # what loop.time is, without its frame
        self._reader = AccessReader()
        self._renewed = Renewed(loop, self._begin)
        self._delayed = Delayed(loop, self._send)
        self.arrivals = Arrivals(counts)

    def use(self, reject_delay: float) -> None:
        """Takes a configuration into use."""
        self._delayed.seconds = reject_delay

    def close(self) -> None:
        """Sends the delayed rejects at once."""
        self._renewed.close()
        self._delayed.close()

    def receive(self, datagrams: Sequence[Datagram]) -> None:
        """What arrived. Whatever is not understood or not genuine is dropped and counted (RFC 2865 section 3).

        All are judged, then all are made ready, then all are taken to the engine. A processor that does the same again
        and again has it in its caches: one after the other took a seventh more.
        """
        self._answering.take(self, _each(self._ready, _each(self._judged, datagrams)))

    def _judged(
        self, port: Port, datagram: bytes, address: Address, local: bytes | None
    ) -> tuple[Exchange, Request] | None:
        """A new Access-Request; None where it was dropped or answered."""
        arrival = self.arrivals.read(port, datagram, address, local)
        if arrival is None:
            return None
        client, request, earlier = arrival
        if request.code == packet.ACCESS_REQUEST and request.message_authenticator and not client.learns:
            if not packet.genuine(request, datagram, client.keys):
                self._forged(client)
                return None
            client.counts.with_message_authenticator += 1
        elif not self._is_genuine(client, datagram, request):
            return None
        exchange = Exchange(port, address, datagram, client, local, self._now(), self._wall())
        exchange.proxy_states = request.proxy_states
        if request.code == packet.STATUS_SERVER:
            self._status(client, exchange)
            return None
        if earlier is not None and earlier.authenticator == exchange.authenticator:
            # The same request in other octets, padding for instance (RFC 5080 section 2.2.2).
            self.arrivals.again(client, earlier, local)
            return None
        if not port.duplicates.add(exchange):
            self.arrivals.discard(client, "overload")
            return None
        client.counts.requests += 1
        return exchange, request

    def _is_genuine(self, client: Client, datagram: bytes, request: Request) -> bool:
        """Message-Authenticator by the client's setting (RFC 2869 section 5.14, RFC 3579 section 3.2, CVE-2024-3596)."""
        if request.message_authenticator:
            if not packet.genuine(request, datagram, client.keys):
                self._forged(client)
                return False
            client.counts.with_message_authenticator += 1
            if client.learns:
                client.learns = False
                client.requires_message_authenticator = True
                self._learned(client)
        elif client.requires_message_authenticator:
            self.arrivals.discard(
                client, "no Message-Authenticator", "set message_authenticator of this client, or update the NAS"
            )
            return False
        elif client.limit_proxy_state and request.proxy_states:
            self.arrivals.discard(client, "Proxy-State without Message-Authenticator", "see limit_proxy_state")
            return False
        elif request.eap or request.code == packet.STATUS_SERVER or request.is_bare:
            # RFC 3579 sections 3.1 and 3.3, RFC 5997 section 3
            self.arrivals.discard(client, "no Message-Authenticator", "")
            return False
        else:
            client.counts.without_message_authenticator += 1
        if request.code not in packet.OF_AUTHENTICATION:
            self.arrivals.discard(client, "code")
            return False
        return True

    def _forged(self, client: Client) -> None:
        self.arrivals.discard(client, "wrong Message-Authenticator", "the shared secret of client and server differ")

    def _status(self, client: Client, exchange: Exchange) -> None:
        """Status-Server: an Access-Accept at once, or silence, whatever `on_outage` says.

        An answer means that requests can be served (RFC 5997); a NAS that gets none turns to its next server.
        """
        if not client.status_server:
            self.arrivals.discard(client, "status_server is off")
            return
        begin, answered = client.status_window
        if exchange.received - begin >= 1.0:
            begin, answered = exchange.received, 0
        if answered >= STATUS_A_SECOND:
            self.arrivals.discard(client, "too many Status-Servers")
            return
        down = self._database_down_since()
        if down is not None and exchange.received - down > SILENT_AFTER:
            return
        client.status_window = (begin, answered + 1)
        client.counts.status += 1
        octets = packet.reply(
            packet.ACCESS_ACCEPT, exchange.identifier, exchange.authenticator, b"", exchange.proxy_states, client.keys
        )
        exchange.port.send(octets, exchange.address, exchange.local)

    def _ready(self, exchange: Exchange, request: Request) -> tuple[AccessRequest, Exchange] | None:
        """What the engine is asked; None where the request repeats an accepted login, or is kept back."""
        client = exchange.client
        octets = credentials.password(request, client.keys, exchange.authenticator)
        station = client.station_octets(request)
        fingerprint = None
        if request.state is not None:
            client.learner.returned(exchange.at)
        # A client that is to be kept waiting in an outage is: no repeat may pass by that.
        elif octets is not None and not client.silent_on_outage and client.application in self._answering.repeating:
            fingerprint = self._reader.fingerprint(exchange, request, octets, station)
            if self._answering.repeats(self, exchange, fingerprint, exchange.at, exchange.received):
                return None
        if self._renewed.accepted and self._renewed.keeps_back(exchange, request):
            return None
        return self._reader.access(exchange, request, octets, station, fingerprint), exchange

    def _begin(self, exchanges: Sequence[Exchange]) -> None:
        """Those that were kept back."""
        given = [(exchange, packet.read(exchange.datagram)) for exchange in exchanges]
        self._answering.take(self, _each(self._ready, given))

    def request_of(self, exchange: Exchange) -> AccessRequest:
        """The request once more, without its password."""
        return self._reader.without_its_password(exchange)

    def hold(self, exchange: Exchange, held: Held) -> None:
        """The request is held: its NAS shows how long it waits."""
        exchange.held = held
        client, request = exchange.client, packet.read(exchange.datagram)
        station = client.station_octets(request)
        who = (request.user_name, None if station is None else station[1], exchange.address[0])
        client.learner.held(exchange, who, state=request.state is not None)

    def failed(self, exchange: Exchange, bug: Exception) -> None:
        """A request that met a bug is dropped: no outcome can be trusted then."""
        log.error("bug", exc_info=bug, client=exchange.client.name)
        self.answer(exchange, Discard("bug"))

    def answer(self, exchange: Exchange, outcome: Outcome) -> None:
        """Sends the outcome."""
        counts = exchange.client.counts
        if isinstance(outcome, Accept):
            counts.accepts += 1
            self._send(exchange, self._signed(packet.ACCESS_ACCEPT, exchange, outcome.reply.encoded))
        elif isinstance(outcome, Reject):
            counts.rejects += 1
            attributes = packet.text_attribute(packet.REPLY_MESSAGE, outcome.text)
            self._delayed.send(exchange, self._signed(packet.ACCESS_REJECT, exchange, attributes))
        elif isinstance(outcome, Challenge):
            counts.challenges += 1
            self._send(exchange, self._signed(packet.ACCESS_CHALLENGE, exchange, asked_by(outcome)))
        elif isinstance(outcome, Discard):
            # Taken out, so that the NAS's next copy is a new try.
            exchange.port.duplicates.forget(exchange)
            self.arrivals.discard(exchange.client, outcome.reason)
        elif isinstance(outcome, Hold):
            return  # its waiter answers
        elif isinstance(outcome, Silence):
            self._send(exchange, b"")
            # Its NAS may send it again for as long as it waits; a copy must not begin anything.
            exchange.answered += exchange.client.patience
        else:
            assert_never(outcome)

    def _signed(self, code: int, exchange: Exchange, attributes: bytes) -> bytes:
        """The reply's octets; where they do not fit beside the Proxy-States, those of a Reject without a text, or none."""
        keys, proxy_states = exchange.client.keys, exchange.proxy_states
        try:
            return packet.reply(code, exchange.identifier, exchange.authenticator, attributes, proxy_states, keys)
        except ReplyTooLong:
            self.arrivals.warn(
                exchange.client, "reply too long", "reply attributes and Proxy-States are over 4096 octets together"
            )
            if code == packet.ACCESS_REJECT and not attributes:
                return b""
            return self._signed(packet.ACCESS_REJECT, exchange, b"")

    def _send(self, exchange: Exchange, octets: bytes) -> None:
        exchange.reply = octets
        exchange.answered = self._now()
        port = exchange.port
        if octets and port.duplicates.is_current(exchange):
            if exchange.held is None:
                port.send(octets, exchange.address, exchange.local)
            else:
                self._renewed.answers(exchange, octets)
                port.send(octets, exchange.address, exchange.local, partial(self._undelivered, exchange))

    @staticmethod
    def _undelivered(exchange: Exchange, closed: bool) -> None:
        """The answer to a held request did not arrive. A closed port shows that its NAS had given up by then."""
        if closed:
            exchange.client.learner.closed(exchange)
        if exchange.held is not None and exchange.reply is not None and exchange.reply[0] == packet.ACCESS_ACCEPT:
            exchange.held.undelivered()
