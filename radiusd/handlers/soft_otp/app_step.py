"""Behind the link of an invitation: an app is set up by a QR code, its first code is typed, recovery codes are shown once.

Nothing is made before somebody presses a button: who only looks at links, such as a mail scanner, sees no QR code.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from radiusd.enrollment import letters
from radiusd.enrollment.steps import Asks, Taken
from radiusd.handlers.soft_otp.enrolling import Enrolling, NotConfirmed, Person
from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.model.entry import Entry
from radiusd.model.verdict import Write
from radiusd.rules import otpauth, qr
from radiusd.rules.sealing import NotOpened, Sealing
from store import Connection, Store, authenticators
from store.enrolled import Authenticator

KIND = "authenticator"
CODES_SHOWN_SECONDS = 600.0  # for whoever opens the link, so not for as long as that
ENROLLED = letters.called(KIND, "en")


class Memory(Struct, frozen=True, omit_defaults=True):
    """Which app is being set up, with its address and recovery codes, both sealed; and what came of the last answer."""

    id: str = ""
    address: str = ""
    until: float = 0.0
    codes: str = ""
    told: str = ""


_encode = Encoder().encode
_decode = Decoder(Memory).decode


class AppStep:
    """`profiles` are those of the method, in order: the first that lets the user in says which parameters the app gets."""

    kind = KIND

    def __init__(
        self, profiles: Sequence[SoftOtpOptions], store: Store, sealing: Sealing, keys: Sequence[bytes], per_user: int
    ) -> None:
        self._profiles = profiles
        self._store = store
        self._sealing = sealing
        self._keys = keys
        self._per_user = per_user

    def is_possible(self) -> bool:
        """Somebody must be asked for such a code."""
        return bool(self._profiles)

    def asks(self, entry: Entry, memory: str, at: float) -> Asks:  # noqa: ARG002 - as Step has it
        """Whether to begin; the QR code with the field for the first code; or recovery codes, to be written down."""
        now = _read(memory)
        try:
            if now.codes:
                return Asks("recovery codes", text=self._opened(now.codes, now), last=True)
            if now.address and now.until > at:
                address = self._opened(now.address, now)
                return Asks(KIND, told=now.told, picture=qr.svg(address), text=_grouped(address))
        except NotOpened:
            pass  # its key is gone meanwhile
        return Asks("begin", told="picture expired" if now.address else now.told)

    async def take(self, entry: Entry, memory: str, typed: str, at: float, by: str) -> Taken:  # noqa: ARG002 - as Step
        """The first code; then that the recovery codes are written down."""
        now = _read(memory)
        if now.codes:
            return Taken("", lasts=0.0)
        if not typed.strip() or not now.id:
            return Taken("")
        row = await self._store.read(partial(authenticators.get, number=now.id))
        if row is None:
            return Taken("")
        enrolling = self._enrolling(entry)
        try:
            judged = enrolling.judged(row, typed, at)
        except NotOpened:
            return Taken("")
        if isinstance(judged, NotConfirmed):
            told = {"wrong_code": "code wrong", "clock_off": "clock off"}.get(judged.why, "picture expired")
            wrong: Write = partial(_was_wrong, number=row.id, off=judged.off)
            return Taken(_written(replace(now, told=told)), writes=(wrong,))
        verify: Write = partial(enrolling.verified, row=row, right=judged, now=at)
        has_some = await self._store.read(
            partial(authenticators.unused, directory=row.directory, unique_id=row.unique_id)
        )
        made = () if has_some else enrolling.made_recovery_codes()
        if not made:
            return Taken("", writes=(verify,), enrolled=ENROLLED, lasts=0.0)
        codes = self._sealing.seal("  ".join(each.reveal() for each in made).encode(), _place(now.id))
        keep: Write = partial(enrolling.keep_recovery_codes, row=row, codes=made, now=at)
        # It counts from now on, whether or not somebody says that they kept the codes.
        shown = _written(Memory(now.id, codes=codes))
        return Taken(shown, writes=(verify, keep), enrolled=ENROLLED, lasts=CODES_SHOWN_SECONDS)

    async def again(self, entry: Entry, memory: str, at: float, by: str) -> Taken:
        """A QR code, in place of any before."""
        now = _read(memory)
        if now.codes:
            return Taken(memory)
        there = await self._store.read(
            partial(authenticators.of_user, directory=entry.directory, unique_id=entry.unique_id)
        )
        before = next((row for row in there if row.id == now.id and row.status == "pending"), None)
        if before is None and len([row for row in there if row.status != "pending"]) >= self._per_user:
            return Taken(_written(Memory(told="too many")))
        prepared = self._enrolling(entry).prepared(Person(entry.directory, entry.unique_id, entry.username), by, at)
        begin: list[Write] = [partial(_added, row=prepared.row)]
        if before is not None:
            begin.insert(0, partial(_removed, number=before.id))
        sealed = self._sealing.seal(prepared.begun.address.reveal().encode(), _place(prepared.row.id))
        return Taken(_written(Memory(prepared.row.id, sealed, prepared.begun.until)), writes=tuple(begin))

    def _enrolling(self, entry: Entry) -> Enrolling:
        theirs = (options for options in self._profiles if entry.directory in options.directories)
        return Enrolling(next(theirs, self._profiles[0]), self._sealing, self._keys)

    def _opened(self, sealed: str, memory: Memory) -> str:
        return self._sealing.open(sealed, _place(memory.id)).decode()


def _place(number: str) -> str:
    return f"invitation to authenticator {number}"


def _added(connection: Connection, row: Authenticator) -> bool:
    authenticators.add(connection, row)
    authenticators.show(connection, row.id, row.created_at)
    return True


def _removed(connection: Connection, number: str) -> bool:
    authenticators.remove(connection, number)
    return True


def _was_wrong(connection: Connection, number: str, off: int | None) -> bool:
    authenticators.first_was_wrong(connection, number, off)
    return True


def _grouped(address: str) -> str:
    """The secret for who can not scan, in groups of four."""
    return otpauth.grouped(otpauth.read(address).parameters.secret)


def _read(memory: str) -> Memory:
    return _decode(memory) if memory else Memory()


def _written(memory: Memory) -> str:
    return _encode(memory).decode()
