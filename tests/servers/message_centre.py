"""A real SMPP 3.4 message centre on a free loopback port, which can also throttle, delay, fall silent and hang up.

Its octets are its own: nothing of what it is to judge is used here.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

RESPONSE = 0x80000000
GENERIC_NACK = 0x80000000
BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 0x09, 0x04, 0x05, 0x06, 0x15
OK, INVALID_COMMAND, BIND_FAILED, WRONG_PASSWORD = 0x00, 0x03, 0x0D, 0x0E
QUEUE_FULL, THROTTLED, WRONG_SOURCE, WRONG_DESTINATION = 0x14, 0x58, 0x0A, 0x0B

SILENT = "silent"  # it is read, and never answered
CLOSE = "close"  # the connection is ended in place of an answer
NACK = "nack"  # answered by generic_nack

USER, PASSWORD = "radius", "hush-1!"
# 3GPP TS 23.038 section 6.2.1, as a phone reads it.
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
TURKISH_EXTENDED = EXTENDED | {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"}
TURKISH = "".join(
    {0x04: "€", 0x07: "ı", 0x0B: "Ğ", 0x0C: "ğ", 0x1C: "Ş", 0x1D: "ş", 0x40: "İ", 0x60: "ç"}.get(code, letter)
    for code, letter in enumerate(DEFAULT)
)


class Taken(NamedTuple):
    """A submit_sm as it came. `text` is what a phone shows of it, without what says which part it is."""

    source: tuple[int, int, str]
    destination: tuple[int, int, str]
    esm_class: int
    validity: str
    registered_delivery: int
    data_coding: int
    short_message: bytes
    id: str

    @property
    def header(self) -> dict[int, bytes]:
        """The elements of the user data header (3GPP TS 23.040 section 9.2.3.24)."""
        if not self.esm_class & 0x40:
            return {}
        elements, at, end = {}, 1, 1 + self.short_message[0]
        while at < end:
            length = self.short_message[at + 1]
            elements[self.short_message[at]] = self.short_message[at + 2 : at + 2 + length]
            at += 2 + length
        assert at == end
        return elements

    @property
    def text(self) -> str:
        header = self.header
        body = self.short_message[1 + self.short_message[0] if header else 0 :]
        length = len(self.short_message) - len(body)
        if self.data_coding == 8:
            assert len(self.short_message) <= 140
            return body.decode("utf-16-be")
        assert self.data_coding == 0
        assert len(body) <= (140 - length) * 8 // 7
        locking = TURKISH if header.get(0x25) == b"\x01" else DEFAULT
        single = TURKISH_EXTENDED if header.get(0x24) == b"\x01" else EXTENDED
        octets = iter(body)
        return "".join(single[next(octets)] if octet == 0x1B else locking[octet] for octet in octets)


class Centre:
    """What it was given, and how it acts.

    `acts` are taken one for each submit_sm, then `act`: a status, SILENT, CLOSE or NACK. `bind_status` answers binds.
    Each submit_sm is answered after `pause` seconds; before it comes what `between` makes. At most `per_second` are taken.
    """

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[Taken] = []
        self.seen: list[tuple[int, int]] = []  # (command, status) of every PDU that came
        self.binds: list[dict[str, object]] = []
        self.sessions: list[Session] = []
        self.acts: deque[int | str] = deque()
        self.act: int | str = OK
        self.bind_status: int | str = OK
        self.pause = 0.0
        self.most_open = 0  # submit_sm at once without an answer
        self.between: Callable[[Session], None] | None = None
        self.answers_links = True
        self.per_second = 0
        self.receipts = False  # each message is delivered at once, and told of
        self.new_id: Callable[[int], str] = lambda number: f"{number:08x}"
        self._slots: deque[float] = deque()

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.taken]

    @property
    def bound(self) -> list[Session]:
        return [each for each in self.sessions if each.is_bound and not each.writer.is_closing()]

    def throttles(self) -> bool:
        if not self.per_second:
            return False
        now = asyncio.get_running_loop().time()
        while self._slots and self._slots[0] <= now - 1.0:
            self._slots.popleft()
        if len(self._slots) >= self.per_second:
            return True
        self._slots.append(now)
        return False

    def hang_up(self) -> None:
        for session in self.sessions:
            if not session.writer.is_closing():
                session.writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, writer)
        self.sessions.append(session)
        try:
            while not writer.is_closing():
                length, command, status, sequence = struct.unpack(">IIII", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                self.seen.append((command, status))
                session.take(command, status, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            session.close()


class Session:
    """One connection to it."""

    def __init__(self, centre: Centre, writer: asyncio.StreamWriter) -> None:
        self.centre = centre
        self.writer = writer
        self.is_bound = False
        self.answered: list[tuple[int, int, int]] = []  # (command, status, sequence) of the responses that came
        self._open = 0
        self._sequence = 0
        self._timers: set[asyncio.TimerHandle] = set()

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        if not self.writer.is_closing():  # asyncio's TLS can not be closed twice
            self.writer.close()

    def say(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        if not self.writer.is_closing():
            self.writer.write(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)

    def ask(self, command: int, body: bytes = b"") -> int:
        """A request of the centre's own; its sequence number."""
        self._sequence += 1
        self.say(command, OK, self._sequence, body)
        return self._sequence

    def deliver(self, source: str, text: bytes, *, esm_class: int = 0x04, coding: int = 0, tlvs: bytes = b"") -> int:
        body = b"\0\1\1" + source.encode() + b"\0" + b"\5\0EXAMPLE\0" + bytes([esm_class, 0, 0]) + b"\0\0"
        body += bytes([0, 0, coding, 0, len(text)]) + text + tlvs
        return self.ask(DELIVER_SM, body)

    def take(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if command & RESPONSE:
            self.answered.append((command, status, sequence))
        elif command == BIND_TRANSCEIVER:
            self._bind(sequence, body)
        elif command == SUBMIT_SM:
            self._submitted(sequence, body)
        elif command == ENQUIRE_LINK:
            if self.centre.answers_links:
                self.say(command | RESPONSE, OK, sequence)
        elif command == UNBIND:
            self.say(command | RESPONSE, OK, sequence)
            self.writer.close()
        else:
            self.say(GENERIC_NACK, INVALID_COMMAND, sequence)

    def _bind(self, sequence: int, body: bytes) -> None:
        system_id, password, system_type, rest = body.split(b"\0", 3)
        centre = self.centre
        about = {"system_id": system_id.decode(), "password": password.decode(), "system_type": system_type.decode()}
        centre.binds.append({**about, "version": rest[0]})
        if centre.bind_status == SILENT:
            return
        if centre.bind_status == CLOSE:
            self.writer.transport.abort()
            return
        right = about["system_id"] == USER and about["password"] == PASSWORD
        status = int(centre.bind_status) or (OK if right else WRONG_PASSWORD)
        self.is_bound = status == OK
        self.say(BIND_TRANSCEIVER | RESPONSE, status, sequence, b"centre\0" if status == OK else b"")

    def _submitted(self, sequence: int, body: bytes) -> None:
        centre = self.centre
        self._open += 1
        centre.most_open = max(centre.most_open, self._open)
        if centre.between is not None:
            centre.between(self)
        act = centre.acts.popleft() if centre.acts else centre.act
        if act == OK and centre.throttles():
            act = THROTTLED
        if centre.pause:
            loop = asyncio.get_running_loop()
            self._timers.add(loop.call_later(centre.pause, self._answer, act, sequence, body))
        else:
            self._answer(act, sequence, body)

    def _answer(self, act: int | str, sequence: int, body: bytes) -> None:
        centre = self.centre
        if act == SILENT:
            return
        self._open -= 1
        if act == CLOSE:
            self.writer.transport.abort()
        elif act == NACK:
            self.say(GENERIC_NACK, INVALID_COMMAND, sequence)
        elif act == OK and self.is_bound:
            name = centre.new_id(len(centre.taken) + 1)
            centre.taken.append(taken(body, name))
            self.say(SUBMIT_SM | RESPONSE, OK, sequence, name.encode() + b"\0")
            if centre.receipts:
                self.deliver(centre.taken[-1].destination[2], f"id:{name} stat:DELIVRD err:000 text:".encode())
        else:
            self.say(SUBMIT_SM | RESPONSE, int(act) or 0x04, sequence)


def taken(body: bytes, name: str) -> Taken:
    """A submit_sm's body (SMPP 3.4 section 4.4.1). A password or text with a zero octet would break it, as it should."""
    rest = body.split(b"\0", 1)[1]  # service_type
    numbers = []
    for _which in ("source", "destination"):
        ton, npi = rest[0], rest[1]
        address, rest = rest[2:].split(b"\0", 1)
        numbers.append((ton, npi, address.decode("ascii")))
    esm_class = rest[0]
    _scheduled, validity, rest = rest[3:].split(b"\0", 2)
    registered, _replace, coding, _default, length = rest[:5]
    assert len(rest) == 5 + length
    return Taken(*numbers, esm_class, validity.decode(), registered, coding, rest[5:], name)  # type: ignore[arg-type]


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


@asynccontextmanager
async def centre(certificates: Path | None = None, host: str = "127.0.0.1") -> AsyncIterator[Centre]:
    """To be used within a running loop; it shares it. With a folder of server.pem and server.key it speaks TLS."""
    place = Centre()
    context = None
    if certificates is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    server = await asyncio.start_server(place.serve, host, 0, ssl=context)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        place.hang_up()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)
