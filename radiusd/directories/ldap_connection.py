"""One connection to an LDAP server: operations wait for their answers by message number, none holds a thread."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from radiusd.directories.ldap_messages import (
    UNBIND,
    Answer,
    Found,
    Unreadable,
    message,
    read,
    size_of_first,
    start_tls,
)

CLOSING_SECONDS = 1.0  # how long a server may take to take leave
_START_TLS = start_tls()
_LAST_NUMBER = 2**31 - 1


class Lost(Exception):
    """The server can not be reached, or the connection ended before the answer. `cause` carries no secret.

    `hopeless` where asking again soon would do harm: each refused bind counts against the account.
    """

    def __init__(self, cause: str, *, hopeless: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.hopeless = hopeless


class Address(NamedTuple):
    """Where a server listens and how its connections are encrypted."""

    url: str
    host: str
    port: int
    tls: bool
    start_tls: bool


def address_of(url: str, *, start_tls: bool) -> Address:
    """The parts of `ldap://host[:port]` or `ldaps://host[:port]`."""
    parts = urlsplit(url)
    tls = parts.scheme == "ldaps"
    return Address(url, parts.hostname or "", parts.port or (636 if tls else 389), tls, start_tls and not tls)


class Tls:
    """The TLS context of a directory: certificate and name are always checked."""

    def __init__(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """Raises Lost where `ca_file` can not be read; it is tried again the next time."""
        if self._context is None:
            try:
                self._context = ssl.create_default_context(cafile=self._ca_file)
            except (OSError, ValueError) as error:
                raise Lost(f"ca_file {self._ca_file} can not be read: {error}") from None
        return self._context


class _Waiting:
    __slots__ = ("answer", "found", "since")

    def __init__(self, answer: asyncio.Future[Answer], since: float) -> None:
        self.answer = answer
        self.since = since
        self.found: list[Found] = []


class Connection(asyncio.Protocol):
    """Made by `connect`; `ended` is told of its end. `used_at` and `heard_at` are of the loop's clock: the last answer that
    was waited for, and the last octets from the server.
    """

    def __init__(self, ended: Callable[[Connection], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._number = 0
        self._octets = bytearray()
        self._unsent: list[bytes] = []
        self._cause = "the server closed the connection"
        self._closed = asyncio.Event()
        self.used_at = self.heard_at = self._loop.time()
        self._silent_since: float | None = None  # the first question since the last octets from the server

    @property
    def alive(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def waiting(self) -> int:
        """How many answers it owes."""
        return len(self._waiting)

    def is_slow(self, seconds: float) -> bool:
        """Whether the oldest answer that it owes was asked for so long ago."""
        oldest = next(iter(self._waiting.values()), None)
        return oldest is not None and self._loop.time() - oldest.since >= seconds

    def is_silent(self, seconds: float) -> bool:
        """Whether for so long nothing has come of all that it was asked."""
        return self._silent_since is not None and self._loop.time() - self._silent_since >= seconds

    async def ask(self, operation: bytes, until: float) -> Answer:
        """The answer. Raises Lost, and TimeoutError at `until` (the loop's clock)."""
        if not self.alive:
            raise Lost(self._cause)
        self._number = number = self._number % _LAST_NUMBER + 1
        if self._silent_since is None:
            self._silent_since = self._loop.time()
        waiting = self._waiting[number] = _Waiting(self._loop.create_future(), self._loop.time())
        self._write(message(number, operation))
        late = self._loop.call_at(until, _give_up, waiting.answer)
        try:
            return await waiting.answer
        finally:
            late.cancel()
            self.used_at = self._loop.time()
            if self._waiting.pop(number, None) is not None:
                self._abandon(number)

    async def encrypt(self, context: ssl.SSLContext, host: str, until: float) -> None:
        """Goes over to TLS by the StartTLS operation. Raises Lost, ssl.SSLError, OSError and TimeoutError."""
        answer = await self.ask(_START_TLS, until)
        if answer.code != 0 or self._transport is None:
            raise Lost(f"StartTLS is refused: {answer.named}")
        upgraded = await self._loop.start_tls(self._transport, self, context, server_hostname=host)
        if upgraded is None:  # where the connection ended meanwhile
            raise Lost(self._cause)
        self._transport = upgraded
        if self._octets:  # said before there was a key: anybody may have put it in
            self.abort("octets in clear text behind StartTLS")
            raise Lost(self._cause)

    def abort(self, cause: str) -> None:
        """Ends it without a word: whoever waits gets Lost with this cause."""
        self._cause = cause
        if self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        """Ends it with the word that the protocol has for it."""
        if self._transport is not None and not self._transport.is_closing():
            self._cause = "closed"
            self._transport.write(message(_LAST_NUMBER, UNBIND))
            self._transport.close()

    async def close(self) -> None:
        """Leaves, and returns when the socket is closed."""
        self.leave()
        if self._transport is None:
            return
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._closed.wait()
        except TimeoutError:
            self._transport.abort()
            await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._closed.set()
        waiting, self._waiting = self._waiting, {}
        self._ended(self)
        for each in waiting.values():
            if not each.answer.done():
                each.answer.set_exception(Lost(self._cause))

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        octets = self._octets
        octets += data
        at = 0
        try:
            while size := size_of_first(octets[at : at + 6]):
                if len(octets) < at + size:
                    break
                self._take(*read(bytes(octets[at : at + size])))
                at += size
        except Unreadable:
            self.abort("the server answers what is not LDAP")
        del octets[:at]
        self._silent_since = self.heard_at if self._waiting else None

    def _take(self, number: int, said: Found | Answer | None) -> None:
        waiting = self._waiting.get(number)
        if waiting is None or said is None:
            return  # given up meanwhile, a referral, or the notice before the server closes the connection
        if isinstance(said, Found):
            waiting.found.append(said)
        elif not waiting.answer.done():
            del self._waiting[number]
            waiting.answer.set_result(said._replace(found=waiting.found) if waiting.found else said)

    def _abandon(self, number: int) -> None:
        """Spares the server what nobody waits for any more; there is no answer to it (RFC 4511 section 4.11)."""
        self._number = self._number % _LAST_NUMBER + 1
        octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
        self._write(message(self._number, bytes((0x50, len(octets))) + octets))

    def _write(self, octets: bytes) -> None:
        if not self._unsent:
            self._loop.call_soon(self._send)  # what others ask in the same turn of the loop goes out with it
        self._unsent.append(octets)

    def _send(self) -> None:
        octets = b"".join(self._unsent)
        self._unsent.clear()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)


def _give_up(answer: asyncio.Future[Answer]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())


async def connect(address: Address, tls: Tls, ended: Callable[[Connection], None], seconds: float) -> Connection:
    """A connection, encrypted where it is to be, and not bound. Raises Lost, also after `seconds`."""
    loop = asyncio.get_running_loop()
    connection: Connection | None = None
    try:
        async with asyncio.timeout(seconds):
            context = tls.context() if address.tls or address.start_tls else None
            _, connection = await loop.create_connection(
                lambda: Connection(ended), address.host, address.port, ssl=context if address.tls else None
            )
            if address.start_tls and context is not None:
                await connection.encrypt(context, address.host, loop.time() + seconds)
    except (Lost, OSError, UnicodeError) as error:  # TimeoutError and the errors of ssl are of OSError
        if connection is not None:
            connection.abort(cause_of(error))
        raise Lost(cause_of(error)) from None
    except BaseException:
        if connection is not None:
            connection.abort("cancelled")
        raise
    return connection


def cause_of(error: Lost | OSError | UnicodeError) -> str:
    """What went wrong, for an administrator."""
    match error:
        case Lost():
            return error.cause
        case ssl.SSLCertVerificationError():
            return f"certificate refused: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {error.reason or error}"
        case TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError():
            return "nothing listens there"
        case UnicodeError():
            return "its name is no host name"
    return error.strerror or str(error) or type(error).__name__
