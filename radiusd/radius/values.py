"""Values of attributes by type: text to octets and octets to text (RFC 8044).

pyrad encodes most types. Where its API surprises, that is put right here: it takes decimal text for a number and octets
that begin with 0x for hexadecimal, and masks prefixes in silence.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Network

from pyrad import tools

from config.faults import nearest
from radiusd.radius import packet

MOST_TAG = 0x1F  # RFC 2868 section 3
DIGITS = re.compile(r"-?[0-9]+")
NUMBERS = {"integer": "!I", "byte": "!B", "short": "!H", "signed": "!i", "integer64": "!Q", "date": "!I"}
WANTED = {
    "ipaddr": "an IPv4 address",
    "ipv6addr": "an IPv6 address",
    "ipv6prefix": "an IPv6 prefix",
    "ifid": "an interface identifier such as 0:0:0:1",
    "ether": "a MAC address",
    "abinary": "an Ascend filter",
    "octets": "a text, or hexadecimal digits behind 0x",
    "date": "a time such as 2026-12-31T23:59:59Z, or seconds since 1970",
}


class AttributeFault(ValueError):
    """An attribute that cannot be sent: why, and the nearest name or value."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a dictionary says of one attribute. `inner` is its type within the TLV of type `code`, 0 without one."""

    name: str
    vendor: int
    code: int
    inner: int = 0
    kind: str = "octets"
    tagged: bool = False
    encrypted: bool = False
    by_name: Mapping[str, bytes] | None = None
    by_octets: Mapping[bytes, str] | None = None


def octets_of(attribute: Attribute, text: str) -> bytes:
    """A value's octets. Raises AttributeFault."""
    kind = attribute.kind
    named = (attribute.by_name or {}).get(text)
    if named is not None:
        return named
    if kind == "tlv":
        raise AttributeFault(f"{attribute.name} has attributes within it: name those")
    if kind == "string" and "\0" in text:
        raise AttributeFault(f"{attribute.name}: a text cannot have a NUL in it")
    try:
        if kind == "string":
            return text.encode()
        if kind == "octets":
            return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
        if kind in NUMBERS:
            return struct.pack(NUMBERS[kind], _number(kind, text))
        if kind == "ipv6prefix":
            IPv6Network(text)  # pyrad would mask the bits behind the prefix in silence
        octets: bytes = tools.EncodeAttr(kind, text)
    except (ValueError, TypeError, KeyError, OverflowError, struct.error):
        raise AttributeFault(f"{attribute.name}: `{text}` is not {_wanted(attribute, text)}") from None
    return octets


def _number(kind: str, text: str) -> int:
    if kind == "date" and not text.isdecimal():
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    if text.startswith("0x"):
        return int(text, 16)
    if not DIGITS.fullmatch(text):
        raise ValueError
    return int(text)


def _wanted(attribute: Attribute, text: str) -> str:
    """What a value should have been, for a message."""
    names = attribute.by_name or {}
    near = nearest(text, names)
    if near is not None:
        return f"among its values; did you mean `{near}`?"
    if attribute.kind == "ipv6prefix":
        try:
            return f"a prefix: it has bits behind its length; did you mean `{IPv6Network(text, strict=False)}`?"
        except ValueError:
            pass
    if attribute.kind in WANTED:
        return WANTED[attribute.kind]
    if attribute.kind not in NUMBERS:
        return f"a {attribute.kind}"
    bits = struct.calcsize(NUMBERS[attribute.kind]) * 8
    lowest, above = (-(1 << bits - 1), 1 << bits - 1) if attribute.kind == "signed" else (0, 1 << bits)
    return f"a number from {lowest} to {above - 1}" + (" or the name of one of its values" if names else "")


def text_of(attribute: Attribute, value: bytes) -> tuple[int, str]:
    """The tag, 0 for none, and the value as text; hexadecimal where it has not the form of its type."""
    tag, kind = 0, attribute.kind
    if attribute.tagged and kind == "integer" and len(value) == 4:
        tag, value = value[0], b"\0" + value[1:]
    elif attribute.tagged and value and value[0] <= MOST_TAG:
        tag, value = value[0], value[1:]
    named = (attribute.by_octets or {}).get(value)
    if named is not None:
        return tag, named
    if kind == "string":
        return tag, packet.text(value)
    if kind in {"octets", "tlv", "abinary"}:
        return tag, _printable(value) if kind == "octets" else f"0x{value.hex()}"
    try:
        decoded = tools.DecodeAttr(kind, value)
    except (ValueError, struct.error):
        return tag, f"0x{value.hex()}"
    if kind == "date":
        return tag, datetime.fromtimestamp(decoded, UTC).isoformat().replace("+00:00", "Z")
    return tag, str(decoded)


def _printable(value: bytes) -> str:
    """Octets as the text that `encode` would make them of again."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = ""
    return text if text.isprintable() and text and not text.startswith("0x") else f"0x{value.hex()}"
