"""What a login's row says, as values: the JSON of its columns is made and read here alone."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from radiusd.model.access import AccessRequest
from store.records import LoginRow

ACCEPT, REJECT, CHALLENGE, HOLD = "accept", "reject", "challenge", "hold"


class Proofs(Struct, frozen=True):
    """How the factors before were proved; a mark of the password that was; how many Challenges were sent.

    The mark has 16 bits: enough to notice that a password was changed, and no help in guessing it.
    """

    trail: tuple[str, ...]
    password: str = ""
    challenges: int = 0

    def json(self) -> str:
        return _encode(self).decode()


class Outcome(Struct, frozen=True, array_like=True):
    """What came of the last step: its kind, the text that went with it, and the second part of a Challenge's State."""

    kind: str
    text: str = ""
    challenge: str = ""

    def json(self) -> str:
        return _encode(self).decode()


_encode = Encoder().encode
_proofs = Decoder(Proofs).decode
_outcome = Decoder(Outcome).decode


def proofs_of(row: LoginRow) -> Proofs:
    return _proofs(row.passed)


def outcome_of(row: LoginRow) -> Outcome:
    return _outcome(row.outcome)


def packet_of(keys: tuple[bytes, ...], request: AccessRequest) -> str:
    """Keyed digest of the request's octets: its copies have the same."""
    return _packet(keys[0], request.octets)


def packets_of(keys: tuple[bytes, ...], request: AccessRequest) -> list[str]:
    """The same under each key: one of them was recorded of a copy that came before."""
    return [_packet(key, request.octets) for key in keys]


@lru_cache(maxsize=256)  # asked for twice in a step, and up to 64 take it together
def _packet(key: bytes, octets: bytes) -> str:
    return hashlib.blake2b(octets, key=key, person=b"packet", digest_size=16).hexdigest()


def mark_of(keys: tuple[bytes, ...], password: str) -> str:
    """See Proofs."""
    return _mark(keys[0], password)


def is_marked(keys: tuple[bytes, ...], password: str, mark: str) -> bool:
    """Whether the mark is this password's, whichever key it was made with."""
    return any(_mark(key, password) == mark for key in keys)


def _mark(key: bytes, password: str) -> str:
    octets = password.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(octets, key=key, person=b"password", digest_size=2).hexdigest()
