"""A peer that answers as the test says: for what slapd never says, and Active Directory does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ldap3.utils.asn1 import compute_ber_size

from radiusd.directories.ldap_messages import message, size_of_first, tlv

BIND, DONE = 0x61, 0x65


def result(tag: int, code: int, text: str = "") -> bytes:
    return tlv(tag, b"\x0a\x01" + bytes((code,)) + tlv(4, b"") + tlv(4, text.encode()))


def entry(dn: str, **attributes: Iterable[bytes]) -> bytes:
    values = b"".join(
        tlv(0x30, tlv(4, name.encode()) + tlv(0x31, b"".join(tlv(4, value) for value in values)))
        for name, values in attributes.items()
    )
    return tlv(0x64, tlv(4, dn.encode()) + tlv(0x30, values))


@dataclass
class Responder:
    """`on_bind(name, password)` and `on_search(base, filter)` give the operations of the answer; None is silence.

    An operation that begins with `!` is sent as it is, without the number of the request.

    The service account and searches of the base for its own sake are answered well by themselves.
    """

    on_bind: Callable[[str, str], list[bytes] | None] = lambda _name, _password: [result(BIND, 0)]
    on_search: Callable[[str, str], list[bytes] | None] = lambda _base, _filter: [result(DONE, 0)]
    url: str = ""
    heard: list[tuple[str, ...]] = field(default_factory=list)
    # By a part of a filter, until when its search is not answered, and with it what comes behind it on that connection.
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    stuck: set[int] = field(default_factory=set)  # connections, by their number, that get no more answers
    connections: int = 0
    service_account: int = 0  # what it is answered
    service_binds: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        octets = b""
        self.connections, own = self.connections + 1, self.connections
        while arrived := await reader.read(65536):
            octets += arrived
            while (size := size_of_first(octets)) and len(octets) >= size:
                ((_, whole),) = elements(octets[:size])
                octets = octets[size:]
                (_, number), operation = elements(whole)[:2]
                if own in self.stuck:
                    continue
                for event in [event for part, event in self.slow.items() if part.encode() in operation[1]]:
                    await event.wait()
                for each in self.answer(*operation) or ():
                    writer.write(each[1:] if each[:1] == b"!" else message(int.from_bytes(number), each))
        writer.close()

    def answer(self, tag: int, request: bytes) -> list[bytes] | None:
        if tag == 0x60:
            _, (_, name), (_, password) = elements(request)
            if name.startswith(b"cn=reader"):
                self.service_binds += 1
                return [result(BIND, self.service_account)]
            self.heard.append(("bind", name.decode()))
            return self.on_bind(name.decode(), password.decode())
        if tag == 0x63:
            (_, base), (_, scope), _, _, _, _, search_filter, _ = elements(request)
            text = written(*search_filter)
            if scope == b"\0" and base.lower().startswith(b"ou="):
                return [result(DONE, 0)]
            self.heard.append(("search", text))
            return self.on_search(base.decode(), text)
        return None


def elements(octets: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents."""
    found = []
    while octets:
        size, offset = compute_ber_size(octets)
        found.append((octets[0], octets[offset : offset + size]))
        octets = octets[offset + size :]
    return found


def written(tag: int, octets: bytes) -> str:
    """A filter as text (RFC 4511 section 4.5.1.7); what is not text is escaped in Python's way."""
    if tag == 0x87:
        return f"({octets.decode()}=*)"
    if tag in {0xA0, 0xA1}:
        return f"({'&|'[tag - 0xA0]}{''.join(written(*each) for each in elements(octets))})"
    parts = [content.decode("utf-8", "backslashreplace") for _, content in elements(octets)]
    if tag == 0xA9:
        rule, attribute, value = parts[:3]
        return f"({attribute}:{rule}:={value})"
    return f"({parts[0]}={parts[1]})"


@asynccontextmanager
async def responding(responder: Responder) -> AsyncIterator[Responder]:
    server = await asyncio.start_server(responder.serve, "127.0.0.1", 0)
    async with server:
        responder.url = f"ldap://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield responder
