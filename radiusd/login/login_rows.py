"""What a login's row says, as values: the JSON of its columns is made and read here alone."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from radiusd.model.access import AccessRequest
from radiusd.model.entry import Entry
from store.records import LoginRow, LoginStatus

__all__ = ["LoginRow", "LoginStatus"]  # for those rooms of the engine that know nothing of the store

ACCEPT, REJECT, CHALLENGE, HOLD = "accept", "reject", "challenge", "hold"
UNWRITTEN = 0  # the step of a login that is not in the database yet
PASSWORD = "password"  # noqa: S105 - the name of the factor
PASSWORD_RIGHT = "password right"  # noqa: S105 - how the trail of the release before begins to tell of one


class Proofs(Struct, frozen=True, omit_defaults=True):
    """What was proved in a login: `factors` by name, and beside each in `trail` how. Never told by its place (D18).

    `password` is a mark of the password that was right: 16 bits, enough to notice that another one was given, and no help
    in guessing it. `credential` is the generation of the password that was proved (see Entry), None where none was or the
    release before recorded it: "" is one as well, which ends when the directory begins to tell. `challenges` were sent
    since it was begun, or joined by another request.
    `front` is the packet of the request that is first in line until `front_until` (D24), "" where whoever comes may be.
    `added` are factors that verdicts added to those of the profile, proved or not.
    """

    trail: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    password: str = ""
    credential: str | None = None
    challenges: int = 0
    front: str = ""
    front_until: float = 0.0
    added: tuple[str, ...] = ()

    def json(self) -> str:
        """One text for all logins that have proved the same."""
        text = _written.get(self)
        if text is None:
            text = _encode(self).decode()
            if len(_read) >= READ_KEPT:
                _read.clear()
                _written.clear()
            _read[text] = self
            _written[self] = text
        return text

    def is_of(self, credential: str) -> bool:
        """Whether the password that was proved is the one of that generation still."""
        return self.credential is None or self.credential == credential


class Answered(Struct, frozen=True, array_like=True):
    """What came of the last step: its kind, the text that went with it, the second part of a Challenge's State, whether
    what is typed may be shown, the reference of a Reject, and of a request that is held what is said if nobody decides.
    """

    kind: str
    text: str = ""
    challenge: str = ""
    echo: bool = False
    ref: str = ""
    undecided: str = ""

    def json(self) -> str:
        """One text for all requests that are held in the same words."""
        return _held(self) if self.kind == HOLD else _encode(self).decode()


READ_KEPT = 4096  # texts of proofs that were made here: each is asked for several times in the next step
_read: dict[str, Proofs] = {}
_written: dict[Proofs, str] = {}
_encode = Encoder().encode
_proofs = Decoder(Proofs).decode
_outcome = Decoder(Answered).decode


def proofs_of(row: LoginRow) -> Proofs:
    """What was proved. Of a row of the release before, which told no factors, a right password counts."""
    proofs = _read.get(row.passed)
    if proofs is not None:
        return proofs
    proofs = _proofs(row.passed)
    if len(proofs.factors) == len(proofs.trail):
        return proofs
    told = tuple(how for how in proofs.trail if how.startswith(PASSWORD_RIGHT))[:1]
    return Proofs(told, (PASSWORD,) * len(told), proofs.password, proofs.credential, proofs.challenges)


@lru_cache(maxsize=256)
def _held(answered: Answered) -> str:
    return _encode(answered).decode()


def outcome_of(row: LoginRow) -> Answered:
    return _outcome(row.outcome)


def new(request: AccessRequest, entry: Entry, profile: str, login: str, joins: str, proofs: Proofs, keys: tuple[bytes, ...]) -> LoginRow:  # fmt: skip
    """A login before its first step."""
    return LoginRow(
        id=login, at=request.at, until=request.at, directory=entry.directory, unique_id=entry.unique_id,
        user_name=entry.username, name=request.name, client=request.client, application=request.application,
        profile=profile, station=request.station, nas=request.nas, source=request.source, joins=joins, step=UNWRITTEN,
        factor="", passed=proofs.json(), memory="", states="", packet=packet_of(keys, request), outcome="",
        status="open", approval=None,
    )  # fmt: skip


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
