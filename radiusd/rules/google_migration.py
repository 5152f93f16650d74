"""Google Authenticator's export: `otpauth-migration://` addresses, whose data is a small protobuf message. Pure.

Of protobuf's wire format (protobuf.dev, "Encoding") there is what this message needs: numbers and lengths, and what is
unknown is passed over. A runtime for it would be larger than all that is read here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from radiusd.rules.otpauth import MOST_OCTETS, Offered, Unreadable, base32, checked

SCHEME = "otpauth-migration"
LONGEST = 65_536  # characters
MOST = 100  # accounts in one code; Google's app puts 10 into each
VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5  # wire types
SECRET, NAME, ISSUER, ALGORITHM, DIGITS, TYPE = 1, 2, 3, 4, 5, 6
ALGORITHMS = {0: "sha1", 1: "sha1", 2: "sha256", 3: "sha512"}
LENGTHS = {0: "6", 1: "6", 2: "8"}
TOTP = 2


class Account(NamedTuple):
    """One account: what it offers, or why it can not be taken over."""

    name: str
    offered: Offered | None
    why: str = ""


def is_one(text: str) -> bool:
    return text.strip().lower().startswith(f"{SCHEME}:")


def read(text: str) -> list[Account]:
    """The accounts of one address. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(f"it is longer than {LONGEST} characters")
    try:
        fields = dict(parse_qsl(urlsplit(text.strip()).query, max_num_fields=10))
        data = fields.get("data", "").replace(" ", "+")  # a plus that nobody encoded
        octets = base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise Unreadable("its data is not written in base64") from None
    accounts = []
    for number, value in _fields(octets):
        if number == 1 and isinstance(value, bytes):
            accounts.append(_account(value))
        if len(accounts) > MOST:
            raise Unreadable(f"it has more than {MOST} accounts")
    if not accounts:
        raise Unreadable("it has no account")
    return accounts


def _account(octets: bytes) -> Account:
    found: dict[int, int | bytes] = dict(_fields(octets))
    name, issuer = _text(found.get(NAME)), _text(found.get(ISSUER))
    before, colon, after = name.partition(":")
    account = (after if colon else before).strip()
    secret, kind = found.get(SECRET), found.get(TYPE, 0)
    if kind != TOTP:
        return Account(account, None, "it counts (HOTP), and only codes of a time are taken")
    if not isinstance(secret, bytes) or not 0 < len(secret) <= MOST_OCTETS:
        return Account(account, None, f"its secret has no, or more than {MOST_OCTETS} octets")
    algorithm, digits = found.get(ALGORITHM, 0), found.get(DIGITS, 0)
    if algorithm not in ALGORITHMS or digits not in LENGTHS:
        return Account(account, None, "it has another algorithm or another number of digits than are known here")
    try:
        parameters = checked(base32(secret), ALGORITHMS[int(algorithm)], LENGTHS[int(digits)], 30)
    except Unreadable as why:
        return Account(account, None, str(why))
    return Account(account, Offered(account, issuer or (before.strip() if colon else ""), parameters))


def _text(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _fields(octets: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field. Raises Unreadable where the message ends too early."""
    at = 0
    while at < len(octets):
        tag, at = _varint(octets, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(octets, at)
            yield number, value
            continue
        size = {EIGHT: 8, FOUR: 4}.get(wire)
        if wire == LENGTH:
            size, at = _varint(octets, at)
        if size is None:
            raise Unreadable("its data is no message of Google Authenticator")
        if at + size > len(octets):
            raise Unreadable("its data ends too early")
        yield number, octets[at : at + size]
        at += size


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(octets):
            raise Unreadable("its data ends too early")
        octet = octets[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if not octet & 0x80:
            return value, at
    raise Unreadable("its data has a number that is too long")
