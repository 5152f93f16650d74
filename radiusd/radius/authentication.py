"""The authentication port: octets to AccessRequest, outcome to octets (RFC 2865, 5080, 5997)."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import random
import secrets
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar, assert_never

import structlog

from radiusd.login.engine import Engine
from radiusd.login.refusals import Step
from radiusd.metrics import Counts
from radiusd.model.access import (
    Accept,
    AccessRequest,
    Challenge,
    Discard,
    Hold,
    Offered,
    Outcome,
    Reject,
    Reply,
    Silence,
)
from radiusd.model.audit import Row
from radiusd.radius import credentials, packet
from radiusd.radius.arrivals import Arrivals
from radiusd.radius.clients import Client, Clients, StationOctets, station_text
from radiusd.radius.duplicates import Address, Exchange
from radiusd.radius.listener import Datagram, Port
from radiusd.radius.packet import ReplyTooLong, Request
from radiusd.running.eager import Eager

log = structlog.get_logger()

WAITING_STEPS = 20_000  # beyond, packets are dropped early: the NAS sends them again
STATUS_A_SECOND = 200  # Status-Servers of one client that are answered
SILENT_AFTER = 10.0  # seconds without a database after which Status-Server follows `on_outage: discard`
JITTER = 0.05  # share of the reject delay
NAMES_KEPT = 4096  # texts of NAS-Identifiers

OVERLOAD = Step(Discard("overload"), None)

Made = TypeVar("Made")
Append = Callable[[Row, Callable[[bool], None]], None]


class Unanswered:
    """A request whose outcome is not known yet, or not recorded yet."""

    __slots__ = ("_door", "_exchange", "_outcome", "_port", "_request")

    def __init__(self, door: Authentication, port: Port, exchange: Exchange, request: Request) -> None:
        self._door = door
        self._port = port
        self._exchange = exchange
        self._request = request

    def done(self, step: Step) -> None:
        """The engine decided: answered at once where nothing is left to be recorded."""
        outcome, row = step.outcome, step.row
        if row is None:
            if outcome.__class__ is Hold:
                self._door.held(self._exchange, self._request)
                outcome.held.wait(self)
            else:
                self._door.answer(self._port, self._exchange, outcome)
        else:
            self._outcome = outcome
            self._door.append(row, self.recorded)

    def failed(self, bug: Exception) -> None:
        """The engine met a bug."""
        self._door.failed(self._port, self._exchange, bug)

    def recorded(self, committed: bool) -> None:
        """The row is committed, or may not be there."""
        outcome = self._outcome if committed else self._door.lost(self._exchange, self._request)
        if outcome.__class__ is Accept:  # nearly all that are recorded at some speed
            self._door.accept(self._port, self._exchange, outcome.reply)
        else:
            self._door.answer(self._port, self._exchange, outcome)


def _each(stage: Callable[..., Made | None], port: Port, given: Iterable[tuple[Any, ...]]) -> list[Made]:
    """What is made of each, where anything is. A bug that one meets is not the others'."""
    made = []
    for one in given:
        try:
            result = stage(port, *one)
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
        append: Append,
        encode: Callable[[Reply], bytes],
        database_down_since: Callable[[], float | None],
        learned: Callable[[Client], None],
        counts: Counts,
        wall: Callable[[], float],
    ) -> None:
        self._loop = loop
        self.append = append
        self._encode = encode
        self._database_down_since = database_down_since
        self._learned = learned
        self._wall = wall
        self._now = time.monotonic  # what loop.time is, without its frame
        self._steps = Eager(WAITING_STEPS)
        self._delayed: list[tuple[float, int, Port, Exchange, bytes]] = []
        self._delay_timer: asyncio.TimerHandle | None = None
        self._delayed_so_far = 0
        self._nas_names: dict[bytes, str] = {}
        self._key = secrets.token_bytes(32)  # of the fingerprints of passwords; it dies with the process
        self._arrivals = Arrivals(counts)

    def use(self, clients: Clients, engine: Engine, reject_delay: float) -> None:
        """Takes a configuration into use; what is under way keeps the one it began with."""
        self._arrivals.use(clients)
        self._engine = engine
        self._reject_delay = reject_delay

    def waiting(self) -> int:
        """Steps of logins that wait for a directory, a hash or the database."""
        return len(self._steps)

    async def close(self) -> None:
        """Sends the delayed rejects at once and ends what waits."""
        await self._steps.close()
        if self._delay_timer is not None:
            self._delay_timer.cancel()
        for _due, _number, port, exchange, octets in self._delayed:
            self._send(port, exchange, octets)
        self._delayed.clear()

    def receive(self, port: Port, datagrams: Sequence[Datagram]) -> None:
        """What arrived. Whatever is not understood or not genuine is dropped and counted (RFC 2865 section 3).

        All are judged, then all are made ready, then all are taken to the engine. A processor that does the same again
        and again has it in its caches: one after the other took a seventh more.
        """
        ready = _each(self._ready, port, _each(self._judged, port, datagrams))
        for request, unanswered in ready:
            if self._steps.full:
                unanswered.done(OVERLOAD)
            else:
                self._steps.run(self._engine.step(request), unanswered)
        self._steps.go_on()

    def _judged(
        self, port: Port, datagram: bytes, address: Address, local: bytes | None
    ) -> tuple[Exchange, Request] | None:
        """A new Access-Request; None where it was dropped or answered."""
        arrival = self._arrivals.read(port, datagram, address, local)
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
        exchange = Exchange((address, datagram[1]), datagram, client, local, self._now(), self._wall())
        exchange.proxy_states = request.proxy_states
        if request.code == packet.STATUS_SERVER:
            self._status(port, client, exchange)
            return None
        if earlier is not None and earlier.authenticator == exchange.authenticator:
            # The same request in other octets, padding for instance (RFC 5080 section 2.2.2).
            self._arrivals.again(port, client, earlier, local)
            return None
        if not port.duplicates.add(exchange):
            self._arrivals.discard(client, "overload")
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
            self._arrivals.discard(
                client, "no Message-Authenticator", "set message_authenticator of this client, or update the NAS"
            )
            return False
        elif client.limit_proxy_state and request.proxy_states:
            self._arrivals.discard(client, "Proxy-State without Message-Authenticator", "see limit_proxy_state")
            return False
        elif request.eap or request.code == packet.STATUS_SERVER or request.is_bare:
            # RFC 3579 sections 3.1 and 3.3, RFC 5997 section 3
            self._arrivals.discard(client, "no Message-Authenticator", "")
            return False
        else:
            client.counts.without_message_authenticator += 1
        if request.code not in packet.OF_AUTHENTICATION:
            self._arrivals.discard(client, "code")
            return False
        return True

    def _forged(self, client: Client) -> None:
        self._arrivals.discard(client, "wrong Message-Authenticator", "the shared secret of client and server differ")

    def _status(self, port: Port, client: Client, exchange: Exchange) -> None:
        """Status-Server: an Access-Accept at once, or silence (RFC 5997)."""
        if not client.status_server:
            self._arrivals.discard(client, "status_server is off")
            return
        begin, answered = client.status_window
        if exchange.received - begin >= 1.0:
            begin, answered = exchange.received, 0
        if answered >= STATUS_A_SECOND:
            self._arrivals.discard(client, "too many Status-Servers")
            return
        down = self._database_down_since()
        if client.silent_on_outage and down is not None and exchange.received - down > SILENT_AFTER:
            return
        client.status_window = (begin, answered + 1)
        client.counts.status += 1
        octets = packet.reply(
            packet.ACCESS_ACCEPT, exchange.identifier, exchange.authenticator, b"", exchange.proxy_states, client.keys
        )
        port.send(octets, exchange.address, exchange.local)

    def _ready(self, port: Port, exchange: Exchange, request: Request) -> tuple[AccessRequest, Unanswered] | None:
        """What the engine is asked, and who gets its answer; None where the request repeats an accepted login."""
        unanswered = Unanswered(self, port, exchange, request)
        client = exchange.client
        octets = credentials.password(request, client.keys, exchange.authenticator)
        station = client.station_octets(request)
        fingerprint = None
        if request.state is not None:
            client.learner.returned(exchange.at)
        # A client that is to be kept waiting in an outage is: no repeat may pass by that.
        elif octets is not None and not client.silent_on_outage and client.application in self._engine.repeating:
            fingerprint = self._fingerprint(exchange, request, octets, station)
            repeated = self._engine.repeat(fingerprint, exchange.at, exchange.received)
            if repeated is not None:
                unanswered.done(repeated)
                return None
        return self._access(exchange, request, octets, station, fingerprint), unanswered

    def _fingerprint(self, exchange: Exchange, request: Request, password: bytes, station: StationOctets) -> Hashable:
        """Equal for requests whose AccessRequests differ in nothing but time. The password is in it as a keyed digest."""
        return (
            exchange.client.name,
            request.user_name,
            hashlib.blake2b(password, key=self._key, digest_size=16).digest(),
            station,
            request.first(packet.NAS_IDENTIFIER),
            request.first(packet.NAS_IP_ADDRESS),
            exchange.address[0],
        )

    def _access(
        self, exchange: Exchange, request: Request, octets: bytes | None, station: StationOctets,
        fingerprint: Hashable = None,
    ) -> AccessRequest:  # fmt: skip
        client = exchange.client
        password = None if octets is None else client.password(octets)
        offered = credentials.without_password(request) if password is None else Offered.PAP
        name = request.user_name
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
            exchange.received + client.patience,
            fingerprint,
            "",
            exchange.datagram,
        )

    def _nas(self, request: Request) -> str:
        octets = request.first(packet.NAS_IDENTIFIER)
        if octets is None:
            octets = request.first(packet.NAS_IP_ADDRESS) or b""
            octets = packet.dotted(octets) if len(octets) == 4 else octets
        name = self._nas_names.get(octets)
        if name is None:
            if len(self._nas_names) >= NAMES_KEPT:
                self._nas_names.clear()
            name = self._nas_names[octets] = packet.text(octets)
        return name

    def lost(self, exchange: Exchange, request: Request) -> Outcome:
        """The outcome of a step that could not be recorded."""
        station = exchange.client.station_octets(request)
        return self._engine.lost(self._access(exchange, request, None, station))

    @staticmethod
    def held(exchange: Exchange, request: Request) -> None:
        """The request is held: its NAS shows how long it waits."""
        client = exchange.client
        station = client.station_octets(request)
        who = None if station is None else (request.user_name, station[1], exchange.address[0])
        client.learner.held(exchange, who, state=request.state is not None)

    def failed(self, port: Port, exchange: Exchange, bug: Exception) -> None:
        """A request that met a bug is dropped: no outcome can be trusted then."""
        log.error("bug", exc_info=bug, client=exchange.client.name)
        self.answer(port, exchange, Discard("bug"))

    def accept(self, port: Port, exchange: Exchange, reply: Reply) -> None:
        """Sends the Access-Accept; its attributes are encoded once for as long as the reply is the same."""
        attributes = reply.encoded
        if attributes is None:
            attributes = reply.encoded = self._encode(reply)
        exchange.client.counts.accepts += 1
        self._send(port, exchange, self._signed(packet.ACCESS_ACCEPT, exchange, attributes))

    def answer(self, port: Port, exchange: Exchange, outcome: Outcome) -> None:
        """Sends the outcome."""
        counts = exchange.client.counts
        if isinstance(outcome, Accept):
            self.accept(port, exchange, outcome.reply)
        elif isinstance(outcome, Reject):
            counts.rejects += 1
            attributes = packet.text_attribute(packet.REPLY_MESSAGE, outcome.text)
            self._send_later(port, exchange, self._signed(packet.ACCESS_REJECT, exchange, attributes))
        elif isinstance(outcome, Challenge):
            counts.challenges += 1
            self._send(port, exchange, self._signed(packet.ACCESS_CHALLENGE, exchange, asked_by(outcome)))
        elif isinstance(outcome, Discard):
            # Taken out, so that the NAS's next copy is a new try.
            port.duplicates.forget(exchange)
            self._arrivals.discard(exchange.client, outcome.reason)
        elif isinstance(outcome, Hold):
            return  # its waiter answers
        elif isinstance(outcome, Silence):
            self._send(port, exchange, b"")
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
            self._arrivals.warn(
                exchange.client, "reply too long", "reply attributes and Proxy-States are over 4096 octets together"
            )
            if code == packet.ACCESS_REJECT and not attributes:
                return b""
            return self._signed(packet.ACCESS_REJECT, exchange, b"")

    def _send(self, port: Port, exchange: Exchange, octets: bytes) -> None:
        exchange.reply = octets
        exchange.answered = self._now()
        if octets and port.duplicates.is_current(exchange):
            port.send(octets, exchange.address, exchange.local)

    def _send_later(self, port: Port, exchange: Exchange, octets: bytes) -> None:
        """A Reject leaves at least `reject_delay` after its request, whatever its reason (deprecating-radius)."""
        delay = self._reject_delay * (1.0 + JITTER * random.random())  # noqa: S311 - no secret
        due = exchange.received + delay
        if delay == 0.0 or due <= self._now():
            self._send(port, exchange, octets)
            return
        self._delayed_so_far += 1
        heapq.heappush(self._delayed, (due, self._delayed_so_far, port, exchange, octets))
        if self._delay_timer is None or due < self._delay_timer.when():
            if self._delay_timer is not None:
                self._delay_timer.cancel()
            self._delay_timer = self._loop.call_at(due, self._send_due)

    def _send_due(self) -> None:
        self._delay_timer = None
        now = self._now()
        while self._delayed and self._delayed[0][0] <= now:
            _due, _number, port, exchange, octets = heapq.heappop(self._delayed)
            self._send(port, exchange, octets)
        if self._delayed:
            self._delay_timer = self._loop.call_at(self._delayed[0][0], self._send_due)
