"""Attributes by name: the dictionaries, and values as octets and as text. The only door to pyrad.

pyrad knows the dictionary's format and the types' encodings; where its API surprises, that is put right here.
"""

from __future__ import annotations

import difflib
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pyrad import tools
from pyrad.dictionary import Attribute, ParseError
from pyrad.dictionary import Dictionary as PyradDictionary

import dictionaries
from radiusd.radius import packet

# What a reply may not carry by configuration: it is the server's to make, or a secret.
NOT_IN_REPLIES = frozenset(
    {
        "User-Password", "CHAP-Password", "CHAP-Challenge", "State", "Proxy-State", "EAP-Message",
        "Message-Authenticator", "Vendor-Specific", "Error-Cause",
    }
)
HIDDEN = frozenset({"User-Password", "CHAP-Password", "Tunnel-Password"})
TAG_MOST = 0x1F  # RFC 2868 section 3.1
ROOM = 253


class AttributeFault(Exception):
    """An attribute that cannot be: its text says why, and the nearest name."""


class Dictionary:
    """The attributes that are known by name."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Raises AttributeFault for a file that cannot be read."""
        self._known = PyradDictionary()
        for file in files:
            try:
                self._known.ReadDictionary(str(file))
            except (ParseError, OSError, ValueError) as error:
                raise AttributeFault(f"{file}: {error}") from None
        self._by_number: dict[tuple[int, int], Attribute] = {}
        for name in self._known.attributes:
            attribute = self._known.attributes[name]
            if not attribute.is_sub_attribute:
                self._by_number.setdefault((self._vendor(attribute), attribute.code), attribute)

    @classmethod
    def shipped(cls, more: Iterable[Path] = ()) -> Dictionary:
        """Ours, and the administrator's further ones."""
        return cls([*dictionaries.files(), *more])

    def number(self, name: str) -> tuple[int, int]:
        """Vendor (0 for none) and type. Raises AttributeFault."""
        attribute = self._attribute(name)
        return self._vendor(attribute), attribute.code

    def encode(self, name: str, values: Sequence[str]) -> bytes:
        """The values as attributes of a reply. Raises AttributeFault.

        Text for an attribute of type octets is UTF-8; with 0x before it, hexadecimal. `:3:value` gives a tag of 3 to
        an attribute that has tags (RFC 2868).
        """
        attribute = self._attribute(name)
        if name in NOT_IN_REPLIES or attribute.encrypt or attribute.is_sub_attribute:
            raise AttributeFault(f"{name} cannot be set in a reply")
        return b"".join(self._one(attribute, value) for value in values)

    def request_attribute(self, name: str, value: str) -> bytes:
        """One attribute as a NAS sends it. Raises AttributeFault."""
        return self._one(self._attribute(name), value)

    def fault(self, name: str, values: Sequence[str]) -> str | None:
        """What is wrong with a reply attribute; None where nothing is."""
        try:
            self.encode(name, values)
        except AttributeFault as fault:
            return str(fault)
        return None

    def decode(self, datagram: bytes) -> list[tuple[str, str]]:
        """Name and value as text of every attribute of a well-formed packet, in order; passwords are left out.

        What no dictionary has is `Attr-TYPE` or `Vendor-NUMBER-Attr-TYPE`, with its octets as hexadecimal.
        """
        found: list[tuple[str, str]] = []
        length = int.from_bytes(datagram[2:4], "big")
        for kind, value in walk(datagram[packet.SMALLEST : length]):
            if kind != packet.VENDOR_SPECIFIC:
                found.append(self._shown(0, kind, value))
            elif len(value) > 4:
                vendor = int.from_bytes(value[:4], "big")
                inner = list(walk(value[4:]))
                if b"".join(bytes((number, len(part) + 2)) + part for number, part in inner) == value[4:]:
                    found += [self._shown(vendor, number, part) for number, part in inner]
                else:
                    found.append((f"Vendor-{vendor}", f"0x{value[4:].hex()}"))
        return [(name, value) for name, value in found if name not in HIDDEN]

    def _attribute(self, name: str) -> Attribute:
        attribute = self._known.attributes.get(name)
        if attribute is None:
            near = difflib.get_close_matches(name, self._known.attributes, 1, 0.6)
            hint = f"; did you mean {near[0]}?" if near else "; a dictionary file can define it"
            raise AttributeFault(f"no dictionary has an attribute {name}{hint}")
        return attribute

    def _vendor(self, attribute: Attribute) -> int:
        return int(self._known.vendors.GetForward(attribute.vendor)) if attribute.vendor else 0

    def _one(self, attribute: Attribute, text: str) -> bytes:
        tag = b""
        if attribute.has_tag:
            text, tag = self._tag(attribute, text)
        value = self._octets(attribute, text)
        if tag and attribute.type == "integer":
            value = tag + value[1:]
        elif tag:
            value = tag + value
        room = ROOM - 6 if attribute.vendor else ROOM
        if not value:
            raise AttributeFault(f"{attribute.name}: an empty value cannot be sent")
        if len(value) > room:
            raise AttributeFault(f"{attribute.name}: the value has {len(value)} octets, {room} are possible")
        octets = bytes((attribute.code, len(value) + 2)) + value
        if not attribute.vendor:
            return octets
        return packet.attribute(packet.VENDOR_SPECIFIC, struct.pack("!I", self._vendor(attribute)) + octets)

    def _tag(self, attribute: Attribute, text: str) -> tuple[str, bytes]:
        if text.startswith(":"):
            number, _, rest = text[1:].partition(":")
            if number.isdecimal() and int(number) <= TAG_MOST:
                return rest, bytes((int(number),))
            raise AttributeFault(f"{attribute.name}: a tag is written :1: to :{TAG_MOST}: before the value")
        return text, b"\0" if attribute.type == "integer" else b""

    def _octets(self, attribute: Attribute, text: str) -> bytes:
        if attribute.values.HasForward(text):
            return bytes(attribute.values.GetForward(text))
        try:
            if attribute.type == "octets":
                # Not pyrad's: it takes decimal text for a number, and hexadecimal even where it was meant literally.
                return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
            if attribute.type == "string":
                return text.replace("\0", "").encode()
            return bytes(tools.EncodeAttr(attribute.type, self._parsed(attribute, text)))
        except (ValueError, TypeError, struct.error, OverflowError) as error:
            named = [str(name) for name in attribute.values.forward] if len(attribute.values) else []
            near = difflib.get_close_matches(text, named, 1, 0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise AttributeFault(f"{attribute.name}: {text!r} is no value of type {attribute.type}{hint}") from error

    def _parsed(self, attribute: Attribute, text: str) -> Any:
        if attribute.type in {"integer", "signed", "short", "byte", "integer64", "date"}:
            return int(text, 0)
        return text

    def _shown(self, vendor: int, kind: int, value: bytes) -> tuple[str, str]:
        attribute = self._by_number.get((vendor, kind))
        if attribute is None:
            name = f"Vendor-{vendor}-Attr-{kind}" if vendor else f"Attr-{kind}"
            return name, f"0x{value.hex()}"
        tag = ""
        if attribute.has_tag and value and value[0] <= TAG_MOST:
            tag = f":{value[0]}:" if value[0] else ""
            value = bytes(1) + value[1:] if attribute.type == "integer" else value[1:]
        if attribute.values.HasBackward(value):
            return attribute.name, f"{tag}{attribute.values.GetBackward(value)}"
        if attribute.type in {"octets", "tlv"}:
            printable = attribute.type == "octets" and value.isascii() and value.decode("ascii").isprintable()
            return attribute.name, tag + (value.decode("ascii") if printable else f"0x{value.hex()}")
        try:
            shown = packet.text(value) if attribute.type == "string" else str(tools.DecodeAttr(attribute.type, value))
        except (ValueError, struct.error, IndexError, TypeError):
            shown = f"0x{value.hex()}"
        return attribute.name, tag + shown


def walk(octets: bytes) -> Iterable[tuple[int, bytes]]:
    """Type and value of attributes one after the other, up to the first that is not well formed."""
    at = 0
    while at + 2 <= len(octets):
        size = octets[at + 1]
        if size < 2 or at + size > len(octets):
            return
        yield octets[at], octets[at + 2 : at + size]
        at += size
