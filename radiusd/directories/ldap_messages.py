"""LDAP messages as octets: requests fill templates that ldap3 encoded once, answers are read by ldap3's decoder.

ldap3 alone spends most of a login on building and encoding the two requests; a template costs a few joins.
Source: RFC 4511 section 4; X.690 sections 8.1.2 and 8.1.3 for tag and length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ldap3 import BASE, DEREF_NEVER, SIMPLE, SUBTREE
from ldap3.core.exceptions import LDAPExceptionError
from ldap3.core.results import RESULT_CODES
from ldap3.operation.bind import bind_operation
from ldap3.operation.extended import extended_operation
from ldap3.operation.search import search_operation
from ldap3.protocol.rfc4511 import LDAPMessage, MessageID, ProtocolOp
from ldap3.utils import asn1
from pyasn1.error import PyAsn1Error

_asn1: Any = asn1  # its stubs leave half of it untyped

UNBIND = b"\x42\x00"
LONGEST_MESSAGE = 16 * 1024 * 1024  # octets; an entry with thousands of groups has less than one tenth
POLICY = b"1.3.6.1.4.1.42.2.27.8.5.1"  # the control of draft-behera-ldap-password-policy
LONGEST_WORDS = 200  # characters of what a server says that are shown

PAGED = b"1.2.840.113556.1.4.319"  # the control of RFC 2696
_ENTRY = 4  # SearchResultEntry
_ANSWERS = frozenset({1, 5, 7, 24})  # BindResponse, SearchResultDone, ModifyResponse, ExtendedResponse
# What the decoder raises where octets are no LDAP: it looks tags up in tables and indexes into what it found.
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, RecursionError)


class Found(NamedTuple):
    """One entry of a search. Attribute names in lower case, without options (`;lang-tr`)."""

    dn: str
    attributes: dict[str, list[bytes]]


class Answer(NamedTuple):
    """What ended an operation: the result code, the server's own text and the entries before it.

    `policy` is the value of the control with which a server tells of its password policy, b"" where it tells none.
    """

    code: int
    text: str
    found: Sequence[Found] = ()
    cookie: bytes = b""  # of a page: what the next one is asked for with, empty after the last
    policy: bytes = b""

    @property
    def named(self) -> str:
        """The result code as RFC 4511 names it."""
        return str(RESULT_CODES.get(self.code, self.code))

    @property
    def words(self) -> str:
        """The server's own text, in one line that does no harm where it is shown."""
        line = " ".join(self.text.split())
        return "".join(character for character in line if character.isprintable())[:LONGEST_WORDS]

    @property
    def told(self) -> str:
        """The result code, with the server's own words."""
        return f"{self.named}: {self.words}" if self.words else self.named


class Unreadable(Exception):
    """The octets are no LDAP message."""


class BadFilter(ValueError):
    """The text is no LDAP filter."""


def tlv(tag: int, content: bytes) -> bytes:
    """Tag, length and content, in the definite form."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def message(number: int, operation: bytes) -> bytes:
    """An LDAPMessage without controls."""
    return tlv(0x30, b"\x02" + _length_and_octets(number) + operation)


def _length_and_octets(number: int) -> bytes:
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes((len(octets),)) + octets


_Part = bytes | str | tuple[int, "list[_Part]"]  # octets as they are; the name of a value; what is inside a tag


class Template:
    """An encoded operation with places for values, written `{name}` where the operation was made.

    A value goes in as octets behind its own length, so nothing in it can be read as a part of a filter: it is what
    the escaping of RFC 4515 would have become on the wire.
    """

    def __init__(self, operation: bytes, *names: str) -> None:
        self._place = re.compile(f"{{({'|'.join(names)})}}".encode())
        self._parts = self._elements(operation)

    def __call__(self, **values: bytes) -> bytes:
        return _filled(self._parts, values)

    def _elements(self, octets: bytes) -> list[_Part]:
        parts: list[_Part] = []
        at = 0
        while at < len(octets):
            size, offset = _asn1.compute_ber_size(octets[at : at + 10])
            end = at + offset + size
            content = octets[at + offset : end]
            if not self._place.search(content):
                parts.append(octets[at:end])
            elif octets[at] & 0x20:  # constructed of other elements
                parts.append((octets[at], self._elements(content)))
            else:
                pieces = self._place.split(content)  # between constants, every second one is a name
                parts.append((octets[at], [piece.decode() if i % 2 else piece for i, piece in enumerate(pieces)]))
            at = end
        return parts


def _filled(parts: list[_Part], values: Mapping[str, bytes]) -> bytes:
    octets = b""
    for part in parts:
        if isinstance(part, bytes):
            octets += part
        elif isinstance(part, str):
            octets += values[part]
        else:
            octets += tlv(part[0], _filled(part[1], values))
    return octets


def search(
    base: str, search_filter: str, attributes: Sequence[str], *, size: int, seconds: int, whole_tree: bool = True
) -> bytes:
    """A SearchRequest for at most `size` entries; aliases are not followed. Raises BadFilter."""
    try:
        request = search_operation(
            base, search_filter, SUBTREE if whole_tree else BASE, DEREF_NEVER, list(attributes) or ["1.1"],
            size, seconds, types_only=False, auto_escape=False, auto_encode=False,
        )  # fmt: skip
        return _encoded("searchRequest", request)
    except LDAPExceptionError as error:
        raise BadFilter(str(error)) from None
    except PyAsn1Error:  # its text is the whole of LDAP's schema
        raise BadFilter("malformed filter") from None


def search_any(base: bytes, attribute: str, values: Sequence[bytes], *, size: int, seconds: int) -> bytes:
    """A SearchRequest for the DNs of entries, below `base`, with one of these values of the attribute.

    ldap3 would read the filter as text and make octets of it again: with a thousand values that takes longer than the server.
    Source: RFC 4511 section 4.5.1.
    """
    name = tlv(0x04, attribute.encode())
    any_of = tlv(0xA1, b"".join([tlv(0xA3, name + tlv(0x04, value)) for value in values]))
    limits = b"".join(b"\x02" + _length_and_octets(number) for number in (size, seconds))
    dns_alone = tlv(0x30, tlv(0x04, b"1.1"))
    subtree, never_dereferenced, types_only = b"\x0a\x01\x02", b"\x0a\x01\x00", b"\x01\x01\x00"
    return tlv(0x63, tlv(0x04, base) + subtree + never_dereferenced + limits + types_only + any_of + dns_alone)


def paged(size: int, cookie: bytes) -> bytes:
    """What stands behind a SearchRequest for a page of so many entries, the one after that of the cookie (RFC 2696)."""
    wanted = tlv(0x30, b"\x02" + _length_and_octets(size) + tlv(0x04, cookie))
    return tlv(0xA0, tlv(0x30, tlv(0x04, PAGED) + tlv(0x04, wanted)))


def simple_bind(name: str, password: str) -> bytes:
    """A BindRequest, of version 3."""
    return _encoded("bindRequest", bind_operation(3, SIMPLE, name, password))


def with_policy(operation: bytes) -> bytes:
    """The operation with the wish to be told of the password policy. Who does not know it may ignore it (criticality FALSE).

    Source: RFC 4511 section 4.1.11; draft-behera-ldap-password-policy section 6.1.
    """
    return operation + tlv(0xA0, tlv(0x30, tlv(0x04, POLICY)))


def password_modify(old: bytes, new: bytes) -> bytes:
    """An ExtendedRequest with which whoever is bound changes their own password. Source: RFC 3062 section 2."""
    value = tlv(0x30, tlv(0x81, old) + tlv(0x82, new))
    return with_policy(tlv(0x77, tlv(0x80, b"1.3.6.1.4.1.4203.1.11.1") + tlv(0x81, value)))


def change_unicode_pwd(dn: bytes, old: str, new: str) -> bytes:
    """A ModifyRequest that deletes the old password and adds the new one: Active Directory takes it for the user's own change.

    A replacement would be an administrator's, who need not know the old one, and whom no history holds.
    Source: MS-ADTS 3.1.1.3.1.5.1 (unicodePwd); RFC 4511 section 4.6.
    """
    deleted, added = (
        tlv(0x30, tlv(0x0A, kind) + tlv(0x30, tlv(0x04, b"unicodePwd") + tlv(0x31, tlv(0x04, _quoted(password)))))
        for kind, password in ((b"\x01", old), (b"\x00", new))
    )
    return tlv(0x66, tlv(0x04, dn) + tlv(0x30, deleted + added))


def _quoted(password: str) -> bytes:
    return f'"{password}"'.encode("utf-16-le")


def start_tls() -> bytes:
    """Source: RFC 4511 section 4.14."""
    return _encoded("extendedReq", extended_operation("1.3.6.1.4.1.1466.20037"))


def _encoded(name: str, request: Any) -> bytes:
    whole = LDAPMessage()
    whole["messageID"] = MessageID(1)
    whole["protocolOp"] = ProtocolOp().setComponentByName(name, request)
    octets: bytes = _asn1.encode(whole)
    _, offset = _asn1.compute_ber_size(octets[:10])
    return octets[offset + 3 :]  # behind the message's own tag and length, and its number of one octet


def size_of_first(octets: bytes | bytearray) -> int:
    """The octets that the message at the start has in all, 0 where too few have arrived to tell. Raises Unreadable."""
    if octets and octets[0] != 0x30:
        raise Unreadable
    if len(octets) < 6 and (len(octets) < 2 or (octets[1] & 0x80 and len(octets) < 2 + (octets[1] & 0x7F))):
        return 0
    if octets[1] & 0x80 and not 0x81 <= octets[1] <= 0x84:
        raise Unreadable
    size, offset = _asn1.compute_ber_size(octets[:10])
    if size > LONGEST_MESSAGE:
        raise Unreadable
    return int(size + offset)


def read(octets: bytes) -> tuple[int, Found | Answer | None]:
    """A message's number and what it says; None where it says nothing to us. Raises Unreadable.

    References to other servers (referrals) say nothing to us: they are never followed.
    """
    try:
        decoded = _asn1.decode_message_fast(octets)
        number, operation, payload = decoded["messageID"], decoded["protocolOp"], decoded["payload"]
        if operation == _ENTRY:
            return number, _found(payload)
        if operation in _ANSWERS:
            text, controls = payload[2][3].decode("utf-8", "replace"), decoded["controls"]
            if not controls:
                return number, Answer(payload[0][3], text)
            return number, Answer(payload[0][3], text, cookie=_cookie(controls), policy=_value(controls, POLICY))
    except _UNREADABLE:
        raise Unreadable from None
    return number, None


def _cookie(controls: Any) -> bytes:
    value = _value(controls, PAGED)
    return bytes(_asn1.decode_sequence(value, 0, len(value))[0][3][1][3]) if value else b""


def _value(controls: Any, wanted: bytes) -> bytes:
    """Of the controls behind an answer the value of one, b"" where it is not there."""
    for _, _, _, (identity, *others) in controls:
        if identity[3] == wanted and others:
            return bytes(others[-1][3])
    return b""


def _found(payload: Any) -> Found:
    attributes: dict[str, list[bytes]] = {}
    for _, _, _, ((_, _, _, name), (_, _, _, values)) in payload[1][3]:
        key = name.decode().lower().partition(";")[0]
        attributes.setdefault(key, []).extend([value for _, _, _, value in values])
    return Found(payload[0][3].decode(), attributes)
