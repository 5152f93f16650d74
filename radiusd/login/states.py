"""The State of a Challenge (RFC 2865 section 5.24): which login it belongs to, and that we made it.

12 octets name the login, 4 the challenge within it, 8 are a MAC under `key_file`: genuine on any node, without the
database. What the database holds of it is not enough to make one.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import NamedTuple

from radiusd.rules import chance

LOGIN, CHALLENGE, MAC = 12, 4, 8


class Keys(NamedTuple):
    """What is made of `key_file` for logins: for States, for requests and passwords that are recorded, for failures.

    Of each the first is for what is made now; the others know what was made before the key was changed.
    """

    states: tuple[bytes, ...]
    records: tuple[bytes, ...]
    failures: tuple[bytes, ...]


def new_login() -> str:
    """The id of a new login, in hex: milliseconds, so that new rows of the database lie side by side, and chance."""
    return f"{time.time_ns() // 1_000_000:012x}{chance.hexadecimal(LOGIN - 6)}"


def new_challenge() -> str:
    """The part of a State that no other challenge of the login has, in hex."""
    return chance.hexadecimal(CHALLENGE)


def make(keys: tuple[bytes, ...], login: str, challenge: str) -> bytes:
    """The State; both parts in hex."""
    body = bytes.fromhex(login + challenge)
    return body + _mac(keys[0], body)


def read(keys: tuple[bytes, ...], state: bytes) -> tuple[str, str] | None:
    """Login and challenge, in hex; None where it is not one of ours."""
    body, mac = state[: LOGIN + CHALLENGE], state[LOGIN + CHALLENGE :]
    for key in keys:
        if hmac.compare_digest(mac, _mac(key, body)):
            return body[:LOGIN].hex(), body[LOGIN:].hex()
    return None


def _mac(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, person=b"state", digest_size=MAC).digest()
