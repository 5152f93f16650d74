"""The NAS's side of RADIUS over UDP: what asks a server, for `radiusd login`, `simulate` and the tests.

Source: RFC 2865, 2866, 5997.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from radiusd.nas.habit import Copy, Habit
from radiusd.radius import packet
from radiusd.radius.attributes import Dictionary
from radiusd.radius.packet import MalformedPacket
from radiusd.radius.shared_secret import Keys

CODES = {
    packet.ACCESS_ACCEPT: "Access-Accept",
    packet.ACCESS_REJECT: "Access-Reject",
    packet.ACCOUNTING_RESPONSE: "Accounting-Response",
    packet.ACCESS_CHALLENGE: "Access-Challenge",
}

Values = str | bytes | int | list[Any] | tuple[Any, ...]


class NoReply(Exception):
    """Nobody answered in time, or nothing listens there."""


class ForgedReply(Exception):
    """An answer came, but it was not made with this secret, or not to this request."""


@dataclass(frozen=True, slots=True)
class NasReply:
    """A verified reply. `attributes` in order, as name and text; passwords and keys are left out."""

    code: str
    octets: bytes
    attributes: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value for known, value in self.attributes if known == name]

    def __getitem__(self, name: str) -> str:
        """The first value. Raises KeyError."""
        for known, value in self.attributes:
            if known == name:
                return value
        raise KeyError(name)


class Nas:
    """Asks one server with one secret. Each request has a socket of its own, so any Identifier is free.

    Keywords of attributes have `_` for `-`. A value is text or a number as a dictionary reads it, octets as they are to
    be sent, or a list of those; User_Password is hidden.
    """

    def __init__(
        self,
        server: tuple[str, int],
        secret: bytes,
        *,
        timeout: float = 5.0,
        tries: int = 3,
        source: str | tuple[str, int] | None = None,
        dictionary: Dictionary | None = None,
        message_authenticator: bool = True,
    ) -> None:
        """`timeout` in seconds for each of `tries` transmissions of the same octets; `source` with or without a port.

        Without `message_authenticator` it asks as old NASes do; an answer's must be right all the same.
        """
        self._server = server
        self._keys = Keys(secret)
        self._timeout = timeout
        self._tries = tries
        self._source = (source, 0) if isinstance(source, str) else source
        self._dictionary = dictionary or Dictionary.shipped()
        self._signs = message_authenticator
        self._last: tuple[Any, ...] | None = None  # the address that the last request left from
        self.sent = b""  # the octets of the last request

    async def asks(
        self,
        *,
        chap: str | bytes | None = None,
        identifier: int | None = None,
        authenticator: bytes | None = None,
        **attributes: Values,
    ) -> NasReply:
        """Sends an Access-Request; `chap` is a password that is proved by CHAP (RFC 2865 section 2.2).

        Raises NoReply, ForgedReply and AttributeFault.
        """
        authenticator = authenticator or secrets.token_bytes(16)
        if chap is not None:
            attributes["CHAP_Password"] = _chap(_octets(chap), attributes.get("CHAP_Challenge"), authenticator)
        return await self.exchange(self.request(packet.ACCESS_REQUEST, authenticator, identifier, **attributes))

    async def asks_by(self, habit: Habit, leaves: Callable[[Copy], None], **attributes: Values) -> NasReply:
        """Sends an Access-Request as that NAS does, and listens for the answer of the newest copy alone.

        Tells `leaves` of each copy. Raises NoReply when it gives up, ForgedReply and AttributeFault.
        """
        loop = asyncio.get_running_loop()
        octets = self.request(packet.ACCESS_REQUEST, secrets.token_bytes(16), None, **attributes)
        began, ends = loop.time(), (*habit.copies[1:], habit.gives_up)
        udp: socket.socket | None = None
        try:
            for number, end in enumerate(ends):
                if number:
                    octets = self._once_more(habit, octets, attributes)
                if udp is None or not habit.same_port:
                    fresh = await self._socket(None)
                    if udp is not None:
                        udp.close()
                    udp = fresh
                await loop.sock_sendall(udp, octets)
                leaves(Copy(loop.time(), octets[1], udp.getsockname()[1]))
                reply = await self._answer(udp, octets, began + end)
                if reply is not None:
                    return reply
        except OSError as error:
            raise NoReply(f"{self._where}: {error.strerror}") from None
        finally:
            if udp is not None:
                udp.close()
        raise NoReply(f"{self._where} did not answer within {habit.gives_up:g} s")

    def _once_more(self, habit: Habit, before: bytes, attributes: dict[str, Values]) -> bytes:
        """The octets of the next copy."""
        if habit.same_identifier and habit.same_authenticator:
            return before
        identifier = before[1] if habit.same_identifier else (before[1] + 1) % 256
        authenticator = before[4:20] if habit.same_authenticator else secrets.token_bytes(16)
        return self.request(before[0], authenticator, identifier, **attributes)

    async def status(self) -> NasReply:
        """Sends a Status-Server (RFC 5997). Raises NoReply and ForgedReply."""
        return await self.exchange(self.request(packet.STATUS_SERVER, secrets.token_bytes(16)))

    async def accounts(self, *, identifier: int | None = None, **attributes: Values) -> NasReply:
        """Sends an Accounting-Request (RFC 2866). Raises NoReply, ForgedReply and AttributeFault."""
        body = self._body(bytes(16), attributes)
        head = _head(packet.ACCOUNTING_REQUEST, identifier, len(body))
        return await self.exchange(head + self._keys.authenticator(head, bytes(16), body) + body)

    async def again(self) -> NasReply:
        """Sends the last request once more: the same octets from the same port, as a NAS does that heard nothing."""
        return await self.exchange(self.sent, self._last)

    async def sends(self, octets: bytes) -> bytes | None:
        """Sends octets as they are, once; the first datagram that comes back, None for silence."""
        with await self._socket(None) as udp:
            await asyncio.get_running_loop().sock_sendall(udp, octets)
            try:
                return await self._hears(udp)
            except (TimeoutError, ConnectionRefusedError):
                return None

    def request(self, code: int, authenticator: bytes, identifier: int | None = None, **attributes: Values) -> bytes:
        """The octets of an Access-Request or Status-Server. Raises AttributeFault."""
        body = self._body(authenticator, attributes)
        if not self._signs and code != packet.STATUS_SERVER:
            return _head(code, identifier, len(body)) + authenticator + body
        head = _head(code, identifier, len(body) + 18)
        unsigned = head + authenticator + b"\x50\x12" + bytes(16) + body
        return unsigned[:22] + self._keys.message_authenticator(unsigned) + body

    async def exchange(self, octets: bytes, source: tuple[Any, ...] | None = None) -> NasReply:
        """Sends a request, again where nothing comes back, and verifies the answer. Raises NoReply and ForgedReply."""
        self.sent = octets
        loop = asyncio.get_running_loop()
        try:
            with await self._socket(source) as udp:
                self._last = udp.getsockname()
                for _ in range(self._tries):
                    await loop.sock_sendall(udp, octets)
                    reply = await self._answer(udp, octets, loop.time() + self._timeout)
                    if reply is not None:
                        return reply
        except OSError as error:
            raise NoReply(f"{self._where}: {error.strerror}") from None
        raise NoReply(f"{self._where} did not answer within {self._timeout * self._tries:g} s")

    @property
    def _where(self) -> str:
        return f"{self._server[0]}:{self._server[1]}"

    async def _answer(self, udp: socket.socket, request: bytes, end: float) -> NasReply | None:
        """The answer to one transmission until `end` of the loop's clock, None for silence.

        What is forged is passed over (RFC 2865 section 3); it is raised where nothing better comes.
        """
        forged: ForgedReply | None = None
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout_at(end):
                    return self._verified(await loop.sock_recv(udp, packet.LARGEST), request)
            except ForgedReply as wrong:
                forged = wrong
            except TimeoutError:
                if forged is not None:
                    raise forged from None
                return None

    async def _socket(self, source: tuple[Any, ...] | None) -> socket.socket:
        """A connected socket: what another address sends is not heard (RFC 2865 section 3)."""
        loop = asyncio.get_running_loop()
        host, port = self._server
        family, *_rest, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM))[0]
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            udp.setblocking(False)
            source = source or self._source
            if source is not None:
                udp.bind(source)
            udp.connect(address)
        except OSError:
            udp.close()
            raise
        return udp

    async def _hears(self, udp: socket.socket) -> bytes:
        """Raises TimeoutError."""
        async with asyncio.timeout(self._timeout):
            return await asyncio.get_running_loop().sock_recv(udp, packet.LARGEST)

    def _body(self, authenticator: bytes, attributes: dict[str, Values]) -> bytes:
        body = b""
        for keyword, given in attributes.items():
            name = keyword.replace("_", "-")
            for value in given if isinstance(given, list | tuple) else (given,):
                if name == "User-Password":
                    value = self._keys.hide(_octets(value), authenticator)  # noqa: PLW2901 - from here on hidden
                made = value if isinstance(value, bytes) else str(value)
                body += self._dictionary.request_attribute(name, made)
        return body

    def _verified(self, octets: bytes, request: bytes) -> NasReply:
        """Raises ForgedReply."""
        if len(octets) < packet.SMALLEST:
            raise ForgedReply("the answer is no RADIUS packet")
        try:
            reply = packet.read(octets)
        except MalformedPacket as malformed:
            raise ForgedReply(f"the answer is no RADIUS packet ({malformed.reason})") from None
        octets = octets[: reply.length]
        if reply.identifier != request[1]:
            raise ForgedReply("the answer is to another request")
        made = self._keys.authenticator(octets[:4], request[4:20], octets[20:])
        if not hmac.compare_digest(made, octets[4:20]):
            raise ForgedReply("the answer's authenticator is wrong: the shared secrets differ")
        signed = reply.message_authenticator
        if signed:
            # An Accounting-Response to an Accounting-Request is signed with zeroes, where it is signed at all.
            vector = bytes(16) if request[0] == packet.ACCOUNTING_REQUEST else request[4:20]
            zeroed = octets[:4] + vector + octets[20:signed] + bytes(16) + octets[signed + 16 :]
            if not hmac.compare_digest(self._keys.message_authenticator(zeroed), octets[signed : signed + 16]):
                raise ForgedReply("the answer's Message-Authenticator is wrong")
        if signed != packet.SMALLEST + 2 and reply.code != packet.ACCOUNTING_RESPONSE:
            raise ForgedReply("the answer does not begin with a Message-Authenticator")
        return NasReply(CODES.get(reply.code, f"Code-{reply.code}"), octets, tuple(self._dictionary.decode(octets)))


def _head(code: int, identifier: int | None, length: int) -> bytes:
    number = secrets.randbelow(256) if identifier is None else identifier
    return bytes((code, number)) + (length + packet.SMALLEST).to_bytes(2, "big")


def _octets(password: Any) -> bytes:
    return password if isinstance(password, bytes) else str(password).encode("utf-8", "surrogateescape")


def _chap(password: bytes, challenge: Values | None, authenticator: bytes) -> bytes:
    """CHAP-Password: an identifier, then MD5 of it, the password and the challenge (RFC 2865 section 5.3)."""
    identifier = secrets.token_bytes(1)
    known = challenge if isinstance(challenge, bytes) else authenticator
    return identifier + hashlib.md5(identifier + password + known).digest()  # noqa: S324 - the protocol's own
