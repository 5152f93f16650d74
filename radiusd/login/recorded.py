"""What a login's row says, as values: the JSON of its columns is made and read here alone. All of it is ASCII."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from radiusd.model.access import AccessRequest
from store.records import LoginRow

ACCEPT, REJECT, CHALLENGE, HOLD = "accept", "reject", "challenge", "hold"


class Proofs(NamedTuple):
    """How the factors before were proved; a mark of the password that was; how many Challenges were sent.

    The mark has 16 bits: enough to notice that a password was changed, and no help in guessing it.
    """

    trail: tuple[str, ...]
    password: str = ""
    challenges: int = 0

    def text(self) -> str:
        return json.dumps({"trail": self.trail, "password": self.password, "challenges": self.challenges})


class Outcome(NamedTuple):
    """What came of the last step: its kind, the text that went with it, and the second part of a Challenge's State."""

    kind: str
    text: str = ""
    challenge: str = ""

    def json(self) -> str:
        return json.dumps(self)


def proofs_of(row: LoginRow) -> Proofs:
    read = json.loads(row.passed)
    return Proofs(tuple(read["trail"]), read["password"], read["challenges"])


def outcome_of(row: LoginRow) -> Outcome:
    return Outcome(*json.loads(row.outcome))


def memory_of(row: LoginRow) -> Mapping[str, str]:
    memory: Mapping[str, str] = json.loads(row.memory)
    return memory


def memory_text(memory: Mapping[str, str]) -> str:
    return json.dumps(dict(memory))


def packet_of(key: bytes, request: AccessRequest) -> str:
    """Keyed digest of the request's octets: its copies have the same."""
    return hashlib.blake2b(request.octets, key=key, person=b"packet", digest_size=16).hexdigest()


def mark_of(key: bytes, password: str) -> str:
    """See Proofs."""
    octets = password.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(octets, key=key, person=b"password", digest_size=2).hexdigest()
