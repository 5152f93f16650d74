"""Enrolling an authenticator app: a secret that is shown once, as a QR code, and counts once its first code was typed.

Steps of the store, for commands, pages and the API alike. Nothing here tells the secret twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from config.secret import Secret
from radiusd.enrollment.authenticators import opened
from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.rules import codes, otpauth, recovery_codes
from radiusd.rules.sealing import Sealing
from radiusd.rules.time_steps import OfAnotherTime, Parameters, Right, first
from store import Connection, authenticators
from store.enrolled import Authenticator

TRIES = 10  # first codes that may be wrong; then another secret is due


class Person(NamedTuple):
    """Whose it is."""

    directory: str
    unique_id: str
    user_name: str


class Begun(NamedTuple):
    """An app to be set up: `address` is what its QR code says, until `until` (seconds since the epoch)."""

    id: str
    address: Secret
    until: float


class Prepared(NamedTuple):
    """One that is not written yet."""

    row: Authenticator
    begun: Begun


class Confirmed(NamedTuple):
    """It counts from now on. `recovery_codes` are new ones, none where the user has some. `off`: steps its clock is ahead."""

    recovery_codes: tuple[Secret, ...]
    off: int


class NotConfirmed(NamedTuple):
    """The first code was not right; `why` is the key of what the user reads, `off` by how many steps the clock is ahead."""

    why: str
    off: int | None = None


class Enrolling:
    """Of the apps of one profile."""

    def __init__(self, options: SoftOtpOptions, sealing: Sealing, keys: Sequence[bytes]) -> None:
        """`keys` are those of Tools: recovery codes are digested with the first."""
        self._options = options
        self._sealing = sealing
        self._keys = keys

    def begin(self, connection: Connection, person: Person, by: str, now: float, *, label: str = "") -> Begun:
        """A new one, that waits for its first code."""
        prepared = self.prepared(person, by, now, label=label)
        authenticators.add(connection, prepared.row)
        return prepared.begun

    def prepared(self, person: Person, by: str, now: float, *, label: str = "") -> Prepared:
        """The same, not written yet."""
        number, parameters, until = secrets.token_hex(6), self._new(), self._until(now)
        row = Authenticator(
            number, *person, label, self._sealed(number, parameters), parameters.algorithm, parameters.digits,
            parameters.period, "pending", now, by, until,
        )  # fmt: skip
        return Prepared(row, Begun(number, self._address(parameters, person.user_name), until))

    def again(self, connection: Connection, row: Authenticator, now: float) -> Begun | None:
        """Another secret for one that waits: the first QR code is good no more. None where it waits no longer."""
        parameters, until = self._new(), self._until(now)
        sealed = self._sealed(row.id, parameters)
        renewed = authenticators.renew(
            connection, row.id, sealed, until, now,
            algorithm=parameters.algorithm, digits=parameters.digits, period=parameters.period,
        )  # fmt: skip
        return Begun(row.id, self._address(parameters, row.user_name), until) if renewed else None

    def confirm(self, connection: Connection, row: Authenticator, typed: str, now: float) -> Confirmed | NotConfirmed:
        """What comes of the first code. Raises sealing.NotOpened."""
        judged = self.judged(row, typed, now)
        if isinstance(judged, NotConfirmed):
            if judged.why in ("wrong_code", "clock_off"):
                authenticators.first_was_wrong(connection, row.id, judged.off)
            return judged
        if not self.verified(connection, row, judged, now):
            return NotConfirmed("already_verified")
        made: tuple[Secret, ...] = ()
        if not authenticators.unused(connection, row.directory, row.unique_id):
            made = self.made_recovery_codes()
            self.keep_recovery_codes(connection, row, made, now)
        return Confirmed(made, judged.clock.drift)

    def judged(self, row: Authenticator, typed: str, now: float) -> Right | NotConfirmed:
        """What the first code is. Raises sealing.NotOpened."""
        if row.status != "pending":
            return NotConfirmed("already_verified")
        if row.until is not None and row.until <= now:
            return NotConfirmed("qr_expired")
        if row.tries >= TRIES:
            return NotConfirmed("too_many_first_codes")
        judged = first(opened(row, self._sealing), codes.typed(typed), now)
        if isinstance(judged, Right):
            return judged
        off = judged.steps if isinstance(judged, OfAnotherTime) else None
        return NotConfirmed("wrong_code" if off is None else "clock_off", off)

    @staticmethod
    def verified(connection: Connection, row: Authenticator, right: Right, now: float) -> bool:
        """It counts from now on; False where it does already, or its time is over."""
        clock = right.clock
        return authenticators.verify(connection, row.id, step=clock.step, drift=clock.drift, seen=clock.seen, now=now)

    def new_recovery_codes(
        self, connection: Connection, directory: str, unique_id: str, now: float
    ) -> tuple[Secret, ...]:
        """In the place of all before."""
        made = self.made_recovery_codes()
        self._keep(connection, directory, unique_id, made, now)
        return made

    def made_recovery_codes(self) -> tuple[Secret, ...]:
        """As many as the profile says, not written yet."""
        return tuple(map(Secret, recovery_codes.new_codes(self._options.recovery_codes)))

    def keep_recovery_codes(
        self, connection: Connection, row: Authenticator, codes: Sequence[Secret], now: float
    ) -> bool:
        """These, in the place of all before, are the ones of the app's user."""
        self._keep(connection, row.directory, row.unique_id, codes, now)
        return True

    def _keep(
        self, connection: Connection, directory: str, unique_id: str, codes: Sequence[Secret], now: float
    ) -> None:
        key = self._keys[0]
        digests = [
            recovery_codes.digest(key, directory, unique_id, recovery_codes.typed(each.reveal())) for each in codes
        ]
        authenticators.set_recovery_codes(connection, directory, unique_id, digests, now)

    def _new(self) -> Parameters:
        options = self._options
        period = int(options.period.total_seconds())
        return Parameters(otpauth.new_secret(), options.algorithm, options.digits, period)

    def _until(self, now: float) -> float:
        return now + self._options.qr_validity.total_seconds()

    def _sealed(self, number: str, parameters: Parameters) -> str:
        return self._sealing.seal(parameters.secret.encode(), authenticators.place_of(number))

    def _address(self, parameters: Parameters, account: str) -> Secret:
        return Secret(otpauth.address(parameters, self._options.issuer, account))


def why_not(row: Authenticator, now: float) -> str:
    """Why an app is not verified, "" where it is (S232 to S235, S238)."""
    if row.status == "verified":
        return ""
    if row.status == "disabled":
        return "disabled"
    told = []
    if row.tries:
        told.append(f"the first code was wrong{'' if row.tries == 1 else f' {row.tries} times'}")
        if row.off is not None:
            told.append(f"the app's clock is {lasting(row.off * row.period)}")
    elif row.shown_at is None:
        told.append("the QR code was not shown yet")
    else:
        told.append("the QR code was not scanned yet, or the first code was not typed")
    if row.until is not None and row.until <= now:
        told.append("the QR code has expired")
    return "; ".join(told)


def lasting(seconds: int) -> str:
    """`2 hours behind`."""
    minutes, way = round(abs(seconds) / 60), "behind" if seconds < 0 else "ahead"
    if minutes >= 60 and minutes % 30 == 0:
        hours = f"{minutes / 60:g}"
        return f"{hours} hour{'' if hours == '1' else 's'} {way}"
    return f"{minutes} minute{'' if minutes == 1 else 's'} {way}" if minutes else f"{abs(seconds)} seconds {way}"
