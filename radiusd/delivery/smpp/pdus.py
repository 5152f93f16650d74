"""SMPP 3.4 as octets: the few kinds of PDU that sending and its receipts need. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct, error
from typing import NamedTuple

VERSION = 0x34  # section 5.2.4
HEADER = Struct(">IIII")  # length, command, status, sequence number (section 3.2)
TLV = Struct(">HH")  # tag, length (section 3.2.4.1)
LONGEST = 70_000  # octets: a message_payload has 65,536, and there may be a few words beside it
RESPONSE = 0x80000000
OK = 0
MOST_SEQUENCE = 0x7FFFFFFF
INTERNATIONAL, NATIONAL, NETWORK_SPECIFIC, ALPHANUMERIC, UNKNOWN = 1, 2, 3, 5, 0  # TON (section 5.2.5)
ISDN = 1  # NPI, E.164 (section 5.2.6)
HAS_HEADER = 0x40  # esm_class: the text begins with a user data header (section 5.2.12)
GSM, UTF_16 = 0x00, 0x08  # data_coding (section 5.2.19); 0 is the centre's own alphabet, which is GSM's

RECEIPTED_MESSAGE_ID, MESSAGE_PAYLOAD, NETWORK_ERROR_CODE, MESSAGE_STATE = 0x1E, 0x0424, 0x0423, 0x0427


class Command(IntEnum):
    """Section 5.1.2.1."""

    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x102
    GENERIC_NACK = 0x80000000


class Malformed(Exception):
    """The octets are no PDU, or not one of that kind: nothing that follows them can be read."""


class Pdu(NamedTuple):
    """One PDU. `command` is a number: there are more than Command knows."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    @property
    def is_response(self) -> bool:
        return bool(self.command & RESPONSE)

    @property
    def is_yes(self) -> bool:
        """Whether it is an answer that says yes."""
        return self.status == OK and self.command != Command.GENERIC_NACK

    def encoded(self) -> bytes:
        return HEADER.pack(HEADER.size + len(self.body), *self[:3]) + self.body

    def __repr__(self) -> str:  # its body has codes and passwords
        return f"Pdu(command={self.command:#x}, status={self.status:#x}, sequence={self.sequence})"


class Address(NamedTuple):
    """A number or a name, with its type and its plan."""

    ton: int
    npi: int
    value: str

    def encoded(self) -> bytes:
        return bytes([self.ton, self.npi]) + text(self.value)


class Delivered(NamedTuple):
    """What a deliver_sm says (section 4.6.1). `tlvs` by tag; `text` is that of message_payload where it came so."""

    source: str
    esm_class: int
    data_coding: int
    text: bytes
    tlvs: dict[int, bytes]


class Reader:
    """Cuts what comes into PDUs."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, octets: bytes) -> Iterator[Pdu]:
        """Each that is whole. Raises Malformed."""
        octets = self._left + octets
        at = 0
        while len(octets) - at >= HEADER.size:
            length, command, status, sequence = HEADER.unpack_from(octets, at)
            if not HEADER.size <= length <= LONGEST:
                raise Malformed
            if len(octets) - at < length:
                break
            yield Pdu(command, status, sequence, octets[at + HEADER.size : at + length])
            at += length
        self._left = octets[at:]


def text(value: str) -> bytes:
    """A C-octet string (section 3.1)."""
    return value.encode("ascii", "replace").replace(b"\0", b"") + b"\0"


def first_text(body: bytes) -> str:
    """The C-octet string that the body of a response begins with, "" where it has none: a failed one has no body."""
    return body.partition(b"\0")[0].decode("latin-1")


def bind(system_id: str, password: str, system_type: str) -> bytes:
    """The body of bind_transceiver (section 4.1.5): any address, as the centre knows them."""
    return text(system_id) + text(password) + text(system_type) + bytes([VERSION, 0, 0]) + b"\0"


def submit(
    source: Address, to: Address, octets: bytes, *, data_coding: int, has_header: bool, receipt: int, validity: str
) -> bytes:
    """The body of submit_sm (section 4.4.1) for one part. `receipt` is registered_delivery, `validity` a relative time."""
    return (
        text("")  # service_type: the usual one
        + source.encoded()
        + to.encoded()
        + bytes([HAS_HEADER if has_header else 0, 0, 0])  # protocol_id, priority_flag
        + text("")  # schedule_delivery_time: now
        + text(validity)
        + bytes([receipt, 0, data_coding, 0, len(octets)])
        + octets
    )


def relative(seconds: int) -> str:
    """A time from now (section 7.1.1.2), "" for 0: the centre's own. Years and months are not needed: days have two digits."""
    if not seconds:
        return ""
    minutes, seconds = divmod(min(seconds, 99 * 86_400), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    months, days = divmod(days, 30)
    return f"00{months:02}{days:02}{hours:02}{minutes:02}{seconds:02}000R"


def delivered(body: bytes) -> Delivered:
    """Raises Malformed."""
    try:
        _service, rest = _cut(body)
        source, rest = _cut(rest[2:])
        _destination, rest = _cut(rest[2:])
        esm_class = rest[0]
        _scheduled, rest = _cut(rest[3:])
        _validity, rest = _cut(rest)
        data_coding, length = rest[2], rest[4]
        if len(rest) < 5 + length:
            raise Malformed
        tlvs = dict(_tlvs(rest[5 + length :]))
    except (IndexError, error) as wrong:
        raise Malformed from wrong
    said = rest[5 : 5 + length] or tlvs.get(MESSAGE_PAYLOAD, b"")
    return Delivered(source.decode("latin-1"), esm_class, data_coding, said, tlvs)


def _cut(octets: bytes) -> tuple[bytes, bytes]:
    """A C-octet string, and what follows it."""
    value, zero, rest = octets.partition(b"\0")
    if not zero:
        raise Malformed
    return value, rest


def _tlvs(octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(octets):
        tag, length = TLV.unpack_from(octets, at)
        at += TLV.size
        if at + length > len(octets):
            raise Malformed
        yield tag, octets[at : at + length]
        at += length
