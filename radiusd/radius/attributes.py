"""Attributes by name: the dictionaries, and values as octets and as text.

Tags, TLVs and Vendor-Specific are put around the values here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from unicodedata import category

import dictionaries
from config.faults import SettingsError, nearest
from radiusd.radius import packet
from radiusd.radius.definitions import Definitions
from radiusd.radius.values import MOST_TAG, Attribute, AttributeFault, octets_of, text_of

# What the server itself makes.
OF_THE_SERVER = frozenset(
    {
        packet.USER_PASSWORD, packet.CHAP_PASSWORD, packet.STATE, packet.VENDOR_SPECIFIC, packet.PROXY_STATE,
        packet.CHAP_CHALLENGE, packet.EAP_MESSAGE, packet.MESSAGE_AUTHENTICATOR,
    }
)  # fmt: skip
# What a NAS says of itself and of the user's device (RFC 2865 section 5.44, RFC 2869 section 5.19, RFC 3162 section 3):
# NAS-IP-Address, NAS-Port, Called- and Calling-Station-Id, NAS-Identifier, NAS-Port-Type, Connect-Info, NAS-Port-Id,
# NAS-IPv6-Address; and of what was used (RFC 2866 section 5.13, RFC 2867, RFC 2869): Acct-Status-Type to Acct-Link-Count,
# gigawords, tunnels.
OF_THE_NAS = frozenset({4, 5, 30, 31, 32, 61, 77, 87, 95, *range(40, 54), 68, 86})
# What is not shown: passwords, and what a password can be guessed from.
HIDDEN = frozenset(
    {(0, packet.USER_PASSWORD), (0, packet.CHAP_PASSWORD)} | {(packet.MICROSOFT, kind) for kind in packet.MS_CHAP}
)
LINES = "\r\n\t"
ROOM = 253  # octets of a value (RFC 2865 section 5)
TAGGED_INTEGER = 1 << 24
BY_NUMBER = re.compile(r"(?:Vendor-(\d{1,10})-)?Attr-(\d{1,3})")
Number = tuple[int, int]  # vendor, 0 for none, and type


class Dictionary:
    """The attributes that are known by name.

    `Attr-191` and `Vendor-99999-Attr-1` name those that no file has; their values are octets.
    """

    def __init__(self, files: Iterable[Path], more: Iterable[Path] = ()) -> None:
        """What `files` define stays, whatever is in `more`.

        Raises SettingsError for files that cannot be read, with each fault at its line. `warnings` are of what is not taken.
        """
        known = Definitions(files, more)
        if known.faults:
            raise SettingsError(known.faults)
        self.warnings = tuple(known.warnings)
        self._unsupported = known.unsupported
        self._by_name = known.by_name
        self._by_number = known.by_number

    @classmethod
    def shipped(cls, more: Iterable[Path] = ()) -> Dictionary:
        """Ours, then the administrator's further ones. Raises SettingsError for files that cannot be read."""
        return cls(dictionaries.files(), more)

    def number(self, name: str) -> Number:
        """Vendor and type. Raises AttributeFault."""
        attribute, _tag = self._find(name)
        return attribute.vendor, attribute.code

    def name(self, vendor: int, kind: int) -> str:
        """The name of a number, or what stands for one that no file has."""
        attribute = self._by_number.get((vendor, kind, 0))
        if attribute is not None:
            return attribute.name
        return f"Vendor-{vendor}-Attr-{kind}" if vendor else f"Attr-{kind}"

    def reader(self, name: str) -> Callable[[bytes], str]:
        """A function that makes text of a value of that attribute. Raises AttributeFault."""
        attribute, _tag = self._find(name)
        if attribute.kind == "string" and not attribute.tagged:
            return packet.text
        return lambda octets: text_of(attribute, octets)[1]

    def encode(self, name: str, values: Iterable[str]) -> bytes:
        """The values as attributes of a reply. Raises AttributeFault.

        `Tunnel-Type:1` is Tunnel-Type with the tag 1 (RFC 2868). A value of type octets is UTF-8 text, or hexadecimal
        digits behind 0x. A long Reply-Message becomes several; it may have line breaks, other texts no control character.
        """
        attribute, tag = self._find(name)
        why = _why_not_in_replies(attribute)
        if why:
            raise AttributeFault(f"{attribute.name} {why}, so no reply can be given it")
        values = list(values)
        text = "".join(values)
        if not text.isprintable():
            allowed = LINES if _is_reply_message(attribute) else ""
            if any(category(character) == "Cc" and character not in allowed for character in text):
                what = "a NUL" if "\0" in text else "a control character"
                raise AttributeFault(f"{attribute.name}: a text cannot have {what} in it")
        return b"".join(_attribute(attribute, tag, value) for value in values)

    def request_attribute(self, name: str, value: str | bytes) -> bytes:
        """One attribute as a NAS sends it; octets are taken as they are. Raises AttributeFault."""
        return _attribute(*self._find(name), value)

    def fault(self, name: str, values: Iterable[str]) -> str | None:
        """What is wrong with a reply attribute; None where nothing is."""
        try:
            self.encode(name, values)
        except AttributeFault as fault:
            return str(fault)
        return None

    def decode(self, datagram: bytes) -> list[tuple[str, str]]:
        """Name and value as text of every attribute of a well-formed packet, in order; passwords are left out.

        What `encode` takes, wherever a value has the form of its type; otherwise hexadecimal.
        """
        found: list[tuple[str, str]] = []
        length = int.from_bytes(datagram[2:4], "big")
        for kind, value in walk(datagram[packet.SMALLEST : length]):
            if kind != packet.VENDOR_SPECIFIC:
                found += self._shown(0, kind, value)
                continue
            inner = list(walk(value[4:]))
            if not inner or sum(len(part) + 2 for _kind, part in inner) != len(value) - 4:
                found.append(("Vendor-Specific", f"0x{value.hex()}"))
                continue
            for inner_kind, part in inner:
                found += self._shown(int.from_bytes(value[:4], "big"), inner_kind, part)
        return found

    def _shown(self, vendor: int, kind: int, value: bytes) -> Iterator[tuple[str, str]]:
        attribute = self._by_number.get((vendor, kind, 0))
        if (vendor, kind) in HIDDEN or (attribute is not None and attribute.encrypted):
            return
        if attribute is None:
            yield self.name(vendor, kind), f"0x{value.hex()}"
            return
        if attribute.kind == "tlv":
            parts = [(self._by_number.get((vendor, kind, inner)), part) for inner, part in walk(value)]
            if sum(len(part) + 2 for _attribute, part in parts) == len(value) and all(known for known, _part in parts):
                for known, part in parts:
                    if known is not None:
                        yield known.name, text_of(known, part)[1]
                return
        tag, text = text_of(attribute, value)
        yield (f"{attribute.name}:{tag}" if tag else attribute.name), text

    def _find(self, name: str) -> tuple[Attribute, int]:
        """The attribute and the tag behind its name, 0 for none."""
        attribute = self._by_name.get(name)
        if attribute is not None:
            return attribute, 0
        bare, colon, tag = name.rpartition(":")
        attribute = self._by_name.get(bare)
        if colon and attribute is not None:
            if attribute.tagged and tag.isdecimal() and int(tag) <= MOST_TAG:
                return attribute, int(tag)
            raise AttributeFault(
                f"`{name}`: a tag is a number from 0 to {MOST_TAG}" if attribute.tagged else f"{bare} has no tags"
            )
        number = BY_NUMBER.fullmatch(name)
        if number and 0 < int(number[2]) < 256 and int(number[1] or 0) < 1 << 32:
            return Attribute(name, int(number[1] or 0), int(number[2])), 0
        if name in self._unsupported:
            raise AttributeFault(f"{name} {self._unsupported[name]}")
        near = nearest(name, self._by_name)
        hint = f"; did you mean `{near}`?" if near else "; a file under `dictionaries:` can define it"
        raise AttributeFault(f"no dictionary has an attribute `{name}`{hint}")


def walk(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and value of attributes one after the other, up to the first that is not well formed."""
    at = 0
    while at + 2 <= len(octets):
        size = octets[at + 1]
        if size < 2 or at + size > len(octets):
            return
        yield octets[at], octets[at + 2 : at + size]
        at += size


def _why_not_in_replies(attribute: Attribute) -> str:
    """Empty where a reply may have it."""
    if attribute.encrypted:
        return "is encrypted for each packet"
    if not attribute.vendor and attribute.code in OF_THE_SERVER:
        return "is not the configuration's to set"
    return "is what a NAS sends" if not attribute.vendor and attribute.code in OF_THE_NAS else ""


def _is_reply_message(attribute: Attribute) -> bool:
    return not attribute.vendor and attribute.code == packet.REPLY_MESSAGE


def _attribute(attribute: Attribute, tag: int, value: str | bytes) -> bytes:
    """One attribute as octets: tag, TLV and Vendor-Specific around the value."""
    name = attribute.name
    if isinstance(value, str) and _is_reply_message(attribute):
        made = packet.text_attribute(attribute.code, value)
        if not made:
            raise AttributeFault(f"{name}: an empty value cannot be sent")
        return made
    octets = value if isinstance(value, bytes) else octets_of(attribute, value)
    if attribute.tagged and attribute.kind == "integer":
        if len(octets) == 4 and octets[0]:
            raise AttributeFault(
                f"{name}: `{value!s}` is over {TAGGED_INTEGER - 1}, which is all that tags leave room for"
            )
        octets = bytes((tag,)) + octets[1:]
    elif attribute.tagged and (tag or octets[:1] <= bytes((MOST_TAG,))):
        octets = bytes((tag,)) + octets
    if attribute.inner:
        octets = bytes((attribute.inner, len(octets) + 2)) + octets if len(octets) <= ROOM else octets
    room = ROOM - 6 if attribute.vendor else ROOM
    if not octets:
        raise AttributeFault(f"{name}: an empty value cannot be sent")
    if len(octets) > room:
        raise AttributeFault(f"{name}: the value has {len(octets)} octets, there is room for {room}")
    made = packet.attribute(attribute.code, octets)
    return (
        packet.attribute(packet.VENDOR_SPECIFIC, attribute.vendor.to_bytes(4, "big") + made)
        if attribute.vendor
        else made
    )
