"""The NAS's side of RADIUS over UDP: what asks a server, for `radiusd login` and for the tests (RFC 2865, 2866, 5997)."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
from dataclasses import dataclass
from typing import Any

from radiusd.radius import packet
from radiusd.radius.attributes import Dictionary, walk
from radiusd.radius.packet import Keys

NAMES = {
    packet.ACCESS_ACCEPT: "Access-Accept",
    packet.ACCESS_REJECT: "Access-Reject",
    packet.ACCOUNTING_RESPONSE: "Accounting-Response",
    packet.ACCESS_CHALLENGE: "Access-Challenge",
}


class NoReply(Exception):
    """Nobody answered in time, or nothing listens there."""


class ForgedReply(Exception):
    """The answer was not made with this secret."""


@dataclass(frozen=True, slots=True)
class NasReply:
    """A verified reply. `attributes` in order, as name and text."""

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
    """Asks one server with one secret. Each request has a socket, so an Identifier, of its own."""

    def __init__(
        self,
        server: tuple[str, int],
        secret: bytes,
        *,
        timeout: float = 5.0,
        tries: int = 3,
        source: str | None = None,
        dictionary: Dictionary | None = None,
        message_authenticator: bool = True,
    ) -> None:
        """`timeout` in seconds for each of `tries` transmissions of the same octets."""
        self._server = server
        self._keys = Keys(secret)
        self._timeout = timeout
        self._tries = tries
        self._source = source
        self._dictionary = dictionary or Dictionary.shipped()
        self._signs = message_authenticator
        self.sent = b""  # the octets of the last request

    async def asks(self, **attributes: Any) -> NasReply:
        """Sends an Access-Request. Keywords are attributes, `_` for `-`; text, octets, or a list of them.

        Raises NoReply, ForgedReply and AttributeFault.
        """
        authenticator = secrets.token_bytes(16)
        return await self.exchange(self.request(packet.ACCESS_REQUEST, authenticator, **attributes))

    async def status(self) -> NasReply:
        """Sends a Status-Server (RFC 5997)."""
        return await self.exchange(self.request(packet.STATUS_SERVER, secrets.token_bytes(16)))

    async def accounts(self, **attributes: Any) -> NasReply:
        """Sends an Accounting-Request (RFC 2866)."""
        body = self._body(bytes(16), attributes)
        head = self._head(packet.ACCOUNTING_REQUEST, len(body))
        return await self.exchange(head + self._keys.authenticator(head, bytes(16), body) + body)

    def request(self, code: int, authenticator: bytes, **attributes: Any) -> bytes:
        """The octets of an Access-Request or Status-Server."""
        body = self._body(authenticator, attributes)
        if not self._signs:
            return self._head(code, len(body)) + authenticator + body
        head = self._head(code, len(body) + 18)
        unsigned = head + authenticator + b"\x50\x12" + bytes(16) + body
        return unsigned[:22] + self._keys.message_authenticator(unsigned) + body

    async def exchange(self, octets: bytes) -> NasReply:
        """Sends the octets, again where nothing comes back, and verifies the answer."""
        self.sent = octets
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in self._server[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.setblocking(False)
            try:
                if self._source is not None:
                    udp.bind((self._source, 0))
                udp.connect(self._server)
                for _ in range(self._tries):
                    await loop.sock_sendall(udp, octets)
                    try:
                        async with asyncio.timeout(self._timeout):
                            return self._verified(await loop.sock_recv(udp, packet.LARGEST), octets)
                    except TimeoutError:
                        continue
            except OSError as error:
                raise NoReply(f"{self._server[0]}:{self._server[1]}: {error.strerror}") from None
        waited = self._timeout * self._tries
        raise NoReply(f"{self._server[0]}:{self._server[1]} did not answer within {waited:g} s")

    def _head(self, code: int, length: int) -> bytes:
        return bytes((code, secrets.randbelow(256))) + (length + packet.SMALLEST).to_bytes(2, "big")

    def _body(self, authenticator: bytes, attributes: dict[str, Any]) -> bytes:
        body = b""
        for keyword, given in attributes.items():
            name = keyword.replace("_", "-")
            for value in given if isinstance(given, list | tuple) else [given]:
                if name == "User-Password":
                    octets = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
                    body += packet.attribute(packet.USER_PASSWORD, self._keys.hide(octets, authenticator))
                elif isinstance(value, bytes):
                    body += packet.attribute(self._dictionary.number(name)[1], value)
                else:
                    body += self._dictionary.request_attribute(name, str(value))
        return body

    def _verified(self, reply: bytes, request: bytes) -> NasReply:
        length = int.from_bytes(reply[2:4], "big")
        if len(reply) < packet.SMALLEST or length != len(reply) or reply[1] != request[1]:
            raise ForgedReply("the answer is no reply to this request")
        made = self._keys.authenticator(reply[:4], request[4:20], reply[20:])
        if not hmac.compare_digest(made, reply[4:20]):
            raise ForgedReply("the answer's authenticator is wrong: the shared secrets differ")
        if reply[0] != packet.ACCOUNTING_RESPONSE:
            self._check_message_authenticator(reply, request)
        attributes = tuple(self._dictionary.decode(reply))
        return NasReply(NAMES.get(reply[0], f"code {reply[0]}"), reply, attributes)

    def _check_message_authenticator(self, reply: bytes, request: bytes) -> None:
        first = next(iter(walk(reply[20:])), (0, b""))
        if first[0] != packet.MESSAGE_AUTHENTICATOR or len(first[1]) != 16:
            raise ForgedReply("the answer does not begin with a Message-Authenticator")
        zeroed = reply[:4] + request[4:20] + reply[20:22] + bytes(16) + reply[38:]
        if not hmac.compare_digest(self._keys.message_authenticator(zeroed), first[1]):
            raise ForgedReply("the answer's Message-Authenticator is wrong")
