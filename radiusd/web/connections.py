"""Connections to an HTTP listener: bounded in number, of each source and in all, and each of their phases in time.

Where there is no room, who has asked for nothing yet goes first, the oldest before others: idle connections take no place
from anybody who asks.
"""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Protocol

import structlog

from radiusd.log import RateLimited
from radiusd.web.sources import Network, one_host

log = structlog.get_logger()

AT_ONCE = 256  # connections of a listener
SHARE = 4  # of a listener in the descriptors that this process may have: the others are for going out, to LDAP and mail
OF_A_SOURCE = 4  # at most one in so many of the places; proxies that are trusted may have all
BACKLOG = 512  # connections that the kernel holds until they are accepted
ACCEPTED_A_WAKE_UP = 32
PAUSE_SECONDS = 0.5  # where no descriptor was left
SWEEP_SECONDS = 0.5
HANDSHAKE_SECONDS = 5.0  # TLS
HEADER_SECONDS = 10.0  # until a request's header is there, from the connection's start or the answer before
BODY_SECONDS = 10.0
ANSWER_SECONDS = 30.0
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Cycle(Protocol):
    """uvicorn's: one request and its answer."""

    more_body: bool
    response_complete: bool


class Http(Protocol):
    """What is looked at of uvicorn's protocol."""

    cycle: Cycle | None
    lost: Callable[[], None]


class _Connection:
    """`since` is when its phase began, of the loop's clock."""

    __slots__ = ("accepted", "handing", "http", "phase", "since", "source", "transport")

    def __init__(self, source: str, accepted: socket.socket, now: float) -> None:
        self.source = source
        self.accepted: socket.socket | None = accepted  # until it is a transport's
        self.since = now
        self.phase: tuple[float, Cycle | None] = (HANDSHAKE_SECONDS, None)
        self.http: Http | None = None
        self.transport: asyncio.BaseTransport | None = None
        self.handing: asyncio.Task[None] | None = None

    @property
    def asks(self) -> bool:
        """Whether there is a request that is not answered yet."""
        cycle = None if self.http is None else self.http.cycle
        return cycle is not None and not cycle.response_complete

    def seconds_left(self, now: float) -> float:
        """Until its phase is over."""
        if self.http is not None:
            cycle = self.http.cycle
            seconds = HEADER_SECONDS
            if cycle is not None and not cycle.response_complete:
                seconds = BODY_SECONDS if cycle.more_body else ANSWER_SECONDS
            if (seconds, cycle) != self.phase:
                self.phase, self.since = (seconds, cycle), now
        return self.since + self.phase[0] - now

    def end(self) -> None:
        """At once, whatever is still to be sent."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        elif self.handing is not None:
            self.handing.cancel()
            if self.accepted is not None:
                self.accepted.close()


class Connections:
    """Those of one listener; everything is called in the loop.

    `make` makes uvicorn's protocol for one. `trusted` are the proxies of which one source may have every place.
    """

    def __init__(
        self,
        make: Callable[[], asyncio.Protocol],
        *,
        tls: ssl.SSLContext | None,
        trusted: Callable[[], Sequence[Network]],
        most: int = AT_ONCE,
    ) -> None:
        self._make = make
        self._tls = tls
        self._trusted = trusted
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = most if limit == resource.RLIM_INFINITY else max(1, min(most, limit // SHARE))
        self._of_a_source = max(1, self._most // OF_A_SOURCE)
        self._open: dict[_Connection, None] = {}  # oldest first
        self._sockets: Sequence[socket.socket] = ()
        self._limited = RateLimited(log)

    def __len__(self) -> int:
        return len(self._open)

    def start(self, sockets: Sequence[socket.socket]) -> None:
        """Begins to accept on sockets that are bound."""
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        for each in sockets:
            each.listen(BACKLOG)
            self._loop.add_reader(each, self._accept, each)
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def stop(self) -> None:
        """Accepts no further ones, and ends those that ask for nothing."""
        self._sweeping.cancel()
        for each in self._sockets:
            self._loop.remove_reader(each)
        for connection in [each for each in self._open if not each.asks]:
            self._end(connection)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTED_A_WAKE_UP):
            try:
                accepted, address = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in NO_ROOM:
                    self._limited.warning("connection not accepted", key="descriptors", cause=error.strerror)
                    self._loop.remove_reader(listening)
                    self._loop.call_later(PAUSE_SECONDS, self._resume, listening)
                    return
                continue  # its other end has gone already
            source = address[0]
            if not self._has_room(source):
                accepted.close()
                continue
            connection = _Connection(one_host(source), accepted, self._loop.time())
            self._open[connection] = None
            connection.handing = self._loop.create_task(self._hand_over(connection, accepted))

    def _resume(self, listening: socket.socket) -> None:
        if listening.fileno() >= 0 and not self._sweeping.cancelled():
            self._loop.add_reader(listening, self._accept, listening)

    def _has_room(self, source: str) -> bool:
        """Whether one more of this source may be, where need be in the place of one that asks for nothing."""
        key = one_host(source)
        of_it = [each for each in self._open if each.source == key]
        if len(of_it) >= self._of_a_source and not self._is_trusted(source):
            among: Sequence[_Connection] = of_it
        elif len(self._open) >= self._most:
            among = list(self._open)
        else:
            return True
        self._limited.warning("too many connections", key="", source=source, most=len(among))
        for each in among:
            if not each.asks:
                self._end(each)
                return True
        return False

    def _is_trusted(self, source: str) -> bool:
        address = ip_address(source.partition("%")[0])
        return any(address in network for network in self._trusted() if network.version == address.version)

    async def _hand_over(self, connection: _Connection, accepted: socket.socket) -> None:
        """To HTTP, after the handshake where there is one."""
        connection.accepted = None
        accepted.setblocking(False)
        protocol = self._make()
        try:
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=None if self._tls is None else HANDSHAKE_SECONDS,
            )
        except (OSError, asyncio.CancelledError):  # no TLS, or not in time; ssl.SSLError is an OSError
            self._forget(connection)
            return
        if connection not in self._open:
            transport.abort()
            return
        connection.transport = transport
        http: Http = protocol  # type: ignore[assignment] # uvicorn's, with what Http has
        http.lost = lambda: self._forget(connection)
        connection.http = http
        connection.seconds_left(self._loop.time())
        if transport.is_closing():
            self._forget(connection)

    def _end(self, connection: _Connection) -> None:
        self._forget(connection)
        connection.end()

    def _forget(self, connection: _Connection) -> None:
        self._open.pop(connection, None)

    def _sweep(self) -> None:
        """Ends those whose phase took too long."""
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        now = self._loop.time()
        for connection in list(self._open):
            if connection.seconds_left(now) < 0:
                with suppress(RuntimeError):  # one that is closing
                    self._end(connection)
