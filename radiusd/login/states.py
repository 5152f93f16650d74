"""The State of a Challenge (RFC 2865 section 5.24): which login it belongs to, and that we made it.

12 octets name the login, 4 the challenge within it, 8 are a MAC under `key_file`: genuine on any node, without the
database. What the database holds of it is not enough to make one.

RFC 2865 lets a State be any octets; clients do not. ocserv gives one back up to its first zero octet, mod_auth_radius
changes all that are no letter. So each half octet is written as a letter from a to p. The first is `a`, since a login's
id begins with the time, of which the upper 4 bits are zero for centuries: other kinds of State begin with another.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import NamedTuple

from radiusd.rules import chance

LOGIN, CHALLENGE, MAC = 12, 4, 8
BODY = 2 * (LOGIN + CHALLENGE)  # letters of the two parts
LETTERS = BODY + 2 * MAC  # that is 48: some clients keep no more than 64
OCTETS = LETTERS // 2  # of a State as the release before made it

_TO_LETTERS = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")
_TO_DIGITS = bytes(b"0123456789abcdef"[octet - 97] if 97 <= octet < 113 else 0 for octet in range(256))


class Keys(NamedTuple):
    """What is made of `key_file` for logins: for States, for requests and passwords that are recorded.

    Of each the first is for what is made now; the others know what was made before the key was changed.
    """

    states: tuple[bytes, ...]
    records: tuple[bytes, ...]


def new_login() -> str:
    """The id of a new login, in hex: milliseconds, so that new rows of the database lie side by side, and chance."""
    return f"{time.time_ns() // 1_000_000:012x}{chance.hexadecimal(LOGIN - 6)}"


def new_challenge() -> str:
    """The part of a State that no other challenge of the login has, in hex."""
    return chance.hexadecimal(CHALLENGE)


def make(keys: tuple[bytes, ...], login: str, challenge: str) -> bytes:
    """The State, 48 letters; both parts in hex."""
    body = (login + challenge).encode()
    return (body + _mac(keys[0], body).hex().encode()).translate(_TO_LETTERS)


def read(keys: tuple[bytes, ...], state: bytes) -> tuple[str, str] | None:
    """Login and challenge, in hex; None where it is not one of ours."""
    if len(state) != LETTERS:
        return _read_octets(keys, state)
    digits = state.translate(_TO_DIGITS)
    body, mac = digits[:BODY], digits[BODY:]
    for key in keys:
        if hmac.compare_digest(mac, _mac(key, body).hex().encode()):
            text = body.decode()
            return text[: 2 * LOGIN], text[2 * LOGIN :]
    return None


def _read_octets(keys: tuple[bytes, ...], state: bytes) -> tuple[str, str] | None:
    """As the release before wrote it, 24 octets: an update ends no sign-in. To be dropped with the next release."""
    if len(state) != OCTETS:
        return None
    body, mac = state[: LOGIN + CHALLENGE], state[LOGIN + CHALLENGE :]
    for key in keys:
        if hmac.compare_digest(mac, _mac(key, body)):
            return body[:LOGIN].hex(), body[LOGIN:].hex()
    return None


def _mac(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, person=b"state", digest_size=MAC).digest()
