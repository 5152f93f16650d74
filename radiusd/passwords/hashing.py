"""Password hashes: argon2id with today's parameters, made and verified; those of other systems are verified too."""

from __future__ import annotations

import base64

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from radiusd.passwords import foreign_hashes
from radiusd.passwords.opaque import NotAllowed, enforced

# The least that OWASP's Password Storage Cheat Sheet names for argon2id: 19 MiB, two passes, one lane.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1

_HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def _filler(octets: int) -> str:
    return base64.b64encode(bytes(octets)).decode().rstrip("=")


# No password is known to have it, and what it says of one is never asked: it costs what a user's own hash costs.
_TODAY = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"
DUMMY = f"{_TODAY}{_filler(16)}${_filler(32)}"


def make(password: str) -> str:
    """A new hash of the password in the form of RFC 8265; of its octets as they are where it has none."""
    return _HASHER.hash(_forms(password)[0])


def verify(stored: str, password: str) -> bool | None:
    """Whether the hash is this password's; None where there was no memory to tell. A text that is no hash is nobody's.

    A wrong password for a hash of another system costs at least what a name that nobody has does. What was typed in another
    form than that of RFC 8265 is tried as it is too: hashes that were made before, or elsewhere, may be of that.
    """
    ours = stored.startswith("$argon2")
    told: bool | None = False
    for octets in _forms(password):
        if not ours and foreign_hashes.verify(stored, octets):
            return True
        told = _verify(stored if ours else DUMMY, octets)
        if told is None or (told and ours):
            return told
    return told and ours


def _verify(stored: str, octets: bytes) -> bool | None:
    try:
        _HASHER.verify(stored, octets)
    except (VerifyMismatchError, InvalidHashError):
        return False
    except VerificationError:
        return None
    return True


def needs_rehash(stored: str) -> bool:
    """Whether the hash has other parameters than `make` has today."""
    return not stored.startswith(_TODAY) or len(stored) != len(DUMMY)


def _forms(password: str) -> tuple[bytes, ...]:
    """The octets of the password in the form in which it is kept, then as it was typed where that differs."""
    typed = password.encode("utf-8", "surrogatepass")
    try:
        kept = enforced(password).encode()
    except NotAllowed:
        return (typed,)
    return (kept,) if kept == typed else (kept, typed)
