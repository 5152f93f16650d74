"""What a login's row says, as values: the JSON of its columns is made and read here alone. All of it is ASCII."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from radiusd.model.access import AccessRequest
from store.records import LoginRow

_quoted = json.encoder.encode_basestring_ascii  # what json.dumps makes of a text, without what goes before
_decoder = json.JSONDecoder()

ACCEPT, REJECT, CHALLENGE, HOLD = "accept", "reject", "challenge", "hold"


class Proofs(NamedTuple):
    """How the factors before were proved; a mark of the password that was; how many Challenges were sent.

    The mark has 16 bits: enough to notice that a password was changed, and no help in guessing it.
    """

    trail: tuple[str, ...]
    password: str = ""
    challenges: int = 0

    def text(self) -> str:
        return _proofs_text(self)


class Outcome(NamedTuple):
    """What came of the last step: its kind, the text that went with it, and the second part of a Challenge's State."""

    kind: str
    text: str = ""
    challenge: str = ""

    def json(self) -> str:
        return f"[{_quoted(self.kind)}, {_quoted(self.text)}, {_quoted(self.challenge)}]"


# Most logins tell the same few stories.
@lru_cache(maxsize=1024)
def _proofs_text(proofs: Proofs) -> str:
    return json.dumps({"trail": proofs.trail, "password": proofs.password, "challenges": proofs.challenges})


@lru_cache(maxsize=1024)
def _proofs_read(text: str) -> Proofs:
    read = json.loads(text)
    return Proofs(tuple(read["trail"]), read["password"], read["challenges"])


def proofs_of(row: LoginRow) -> Proofs:
    return _proofs_read(row.passed)


def outcome_of(row: LoginRow) -> Outcome:
    return Outcome(*json.loads(row.outcome))


def memory_of(row: LoginRow) -> Mapping[str, str]:
    memory: Mapping[str, str] = _decoder.raw_decode(row.memory)[0]
    return memory


def memory_text(memory: Mapping[str, str]) -> str:
    return "{" + ", ".join([f"{_quoted(name)}: {_quoted(value)}" for name, value in memory.items()]) + "}"


def packet_of(keys: tuple[bytes, ...], request: AccessRequest) -> str:
    """Keyed digest of the request's octets: its copies have the same."""
    return _packet(keys[0], request.octets)


def packets_of(keys: tuple[bytes, ...], request: AccessRequest) -> list[str]:
    """The same under each key: one of them was recorded of a copy that came before."""
    return [_packet(key, request.octets) for key in keys]


@lru_cache(maxsize=16)  # asked for several times in each step
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
