"""Packets made octet by octet, without a line of the server's own code."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import socket
import struct

SECRET = b"correct horse battery"


def attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value


def vendor(number: int, kind: int, value: bytes) -> bytes:
    return attribute(26, struct.pack("!I", number) + attribute(kind, value))


def hidden(password: bytes, authenticator: bytes, secret: bytes = SECRET) -> bytes:
    """RFC 2865 section 5.2, any length of password."""
    padded = password + bytes(-len(password) % 16) if password else bytes(16)
    out, last = b"", authenticator
    for at in range(0, len(padded), 16):
        mask = hashlib.md5(secret + last).digest()
        last = bytes(one ^ other for one, other in zip(padded[at : at + 16], mask, strict=True))
        out += last
    return out


def packet(
    *attributes: bytes,
    code: int = 1,
    identifier: int = 7,
    authenticator: bytes = b"A" * 16,
    sign: bytes | None = SECRET,
    place: int = 0,
    length: int | None = None,
) -> bytes:
    """A request; `sign` is the secret of its Message-Authenticator, which stands at `place`, None for none."""
    parts = list(attributes)
    if sign is not None:
        parts.insert(place, attribute(80, bytes(16)))
    body = b"".join(parts)
    head = struct.pack("!BBH", code, identifier, 20 + len(body) if length is None else length) + authenticator
    if sign is not None:
        at = 20 + sum(map(len, parts[:place])) + 2
        digest = hmac.digest(sign, head + body, "md5")
        body = body[: at - 20] + digest + body[at - 4 :]
    return head + body


def accounting(*attributes: bytes, identifier: int = 9, secret: bytes = SECRET) -> bytes:
    """RFC 2866 section 3."""
    body = b"".join(attributes)
    head = struct.pack("!BBH", 4, identifier, 20 + len(body))
    return head + hashlib.md5(head + bytes(16) + body + secret).digest() + body


def login(name: bytes = b"ann", password: bytes = b"tulip", *more: bytes, **options) -> bytes:
    authenticator = options.setdefault("authenticator", os.urandom(16))
    return packet(attribute(1, name), attribute(2, hidden(password, authenticator)), *more, **options)


def walk(reply: bytes) -> list[tuple[int, bytes]]:
    """The attributes; fails on any that is not well formed, on Length 2 as well (R12)."""
    assert len(reply) == struct.unpack_from("!H", reply, 2)[0] <= 4096
    found, at = [], 20
    while at < len(reply):
        kind, size = reply[at], reply[at + 1]
        assert size > 2
        assert at + size <= len(reply)
        found.append((kind, reply[at + 2 : at + size]))
        at += size
    return found


def check_reply(reply: bytes, request: bytes, secret: bytes = SECRET) -> list[tuple[int, bytes]]:
    """The attributes of a reply whose Identifier, Response Authenticator and Message-Authenticator, first, are right."""
    assert reply[1] == request[1]
    attributes = walk(reply)
    made = hashlib.md5(reply[:4] + request[4:20] + reply[20:] + secret).digest()
    assert made == reply[4:20]
    if reply[0] != 5:
        assert attributes[0][0] == 80
        zeroed = reply[:4] + request[4:20] + reply[20:22] + bytes(16) + reply[38:]
        assert hmac.digest(secret, zeroed, "md5") == attributes[0][1]
    return attributes


class Wire:
    """A socket that sends octets as they are."""

    def __init__(self, port: int, host: str = "127.0.0.1", source: str | None = None) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        if source:
            self._socket.bind((source, 0))
        self._to = (host, port)
        self.source = ""

    async def asks(self, datagram: bytes, seconds: float = 4.0) -> bytes | None:
        """The next datagram that comes back, None for silence."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(self._socket, datagram, self._to)
        return await self.hears(seconds)

    async def hears(self, seconds: float = 4.0) -> bytes | None:
        try:
            reply, source = await asyncio.wait_for(
                asyncio.get_running_loop().sock_recvfrom(self._socket, 8192), seconds
            )
        except TimeoutError:
            return None
        self.source = source[0]
        return reply

    def close(self) -> None:
        self._socket.close()
