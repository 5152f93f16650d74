"""Authenticator apps of users: set up, verified, disabled, enabled, removed, recovered from; each with its audit row.

What takes a connection is a step of the store, as in `users`. No secret and no code is in the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from config.secret import Secret
from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Conflict, Invalid, Missing
from radiusd.enrollment.authenticators import opened
from radiusd.handlers.soft_otp.enrolling import Begun, Confirmed, Enrolling, NotConfirmed, Person, why_not
from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.handlers.soft_otp.signing_in import ahead
from radiusd.rules.codes import typed as typed_code
from radiusd.rules.sealing import Sealing
from radiusd.rules.time_steps import Clock, resynced
from store import audit, authenticators
from store.enrolled import Authenticator

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Connection

REFUSALS = {
    "already_verified": "it waits for no first code: it is verified, or was removed",
    "qr_expired": "its QR code has expired; make another one",
    "too_many_first_codes": "too many first codes were wrong; make another QR code",
}


class NoAuthenticator(Missing):
    """There is none of that id."""

    def __init__(self, number: str) -> None:
        super().__init__(f"there is no authenticator {number}; radiusd authenticator list shows their numbers")


class Stands(Conflict):
    """It stands in a way in which that can not be done."""


class Listed(NamedTuple):
    """One app, why it is not verified ("" where it is), and how many recovery codes its user has left; None: none were made."""

    row: Authenticator
    why_not: str
    recovery_codes: int | None


def profile_of(settings: Settings, directory: str, name: str = "") -> tuple[str, SoftOtpOptions]:
    """The profile whose options an app of a user of that directory gets: that one, else the first that lets them in.

    Raises Invalid.
    """
    found = {
        each: options for each, options in settings.profiles.items() if isinstance(options, SoftOtpOptions)
    }  # fmt: skip
    if name and name not in found:
        there = f"; there is {', '.join(found)}" if found else ""
        raise Invalid(f"there is no profile {name} of the method soft_otp in radius.yaml{there}")
    for each, options in found.items():
        if name in ("", each) and directory in options.directories:
            return each, options
    if not found:
        raise Invalid("no profile in radius.yaml has the method soft_otp: nobody could sign in with it; write one")
    where = f"the profile {name}" if name else "any profile of the method soft_otp"
    raise Invalid(f"users of {directory} do not sign in by {where}; its `directories` say who does")


def was_shown(connection: Connection, number: str, now: float) -> None:
    """Its QR code was shown to somebody."""
    authenticators.show(connection, number, now)


def listed(connection: Connection, now: float, person: tuple[str, str] | None = None) -> list[Listed]:
    """Of everybody by name, or of the person (directory and unique id)."""
    rows = authenticators.everybodys(connection) if person is None else authenticators.of_user(connection, *person)
    left = authenticators.left_of_all(connection)
    return [Listed(row, why_not(row, now), left.get((row.directory, row.unique_id))) for row in rows]


def told(each: Listed) -> str:
    """How it stands, in words."""
    if each.why_not:
        return f"not verified: {each.why_not}" if each.row.status == "pending" else each.why_not
    clock = f"its clock is taken to be {ahead(each.row.drift)}"
    left = "" if each.recovery_codes is None else f", {each.recovery_codes} recovery codes left"
    return f"verified, {clock}{left}"


def meant(connection: Connection, number: str) -> Authenticator:
    """That of an id. Raises NoAuthenticator."""
    found = authenticators.get(connection, number)
    if found is None:
        raise NoAuthenticator(number)
    return found


def add(
    connection: Connection,
    by: Administrator,
    enrolling: Enrolling,
    person: Person,
    now: float,
    *,
    label: str = "",
    per_user: int,
) -> Begun:
    """Begins to set one up. Raises Stands where the user has as many as `per_user` allows."""
    there = authenticators.of_user(connection, person.directory, person.unique_id)
    if len([row for row in there if row.status != "pending" or (row.until or 0.0) > now]) >= per_user:
        raise Stands(f"{person.user_name} has {per_user}, as many as enrollment.per_user allows: remove one before")
    begun = enrolling.begin(connection, person, by.name, now, label=label)
    _tell(connection, by, "authenticator begun", meant(connection, begun.id), now)
    return begun


def begin_again(connection: Connection, by: Administrator, enrolling: Enrolling, number: str, now: float) -> Begun:
    """Another QR code for one that was never verified; the one before is no good any more. Raises NoAuthenticator, Stands."""
    row = meant(connection, number)
    begun = enrolling.again(connection, row, now)
    if begun is None:
        raise Stands(
            f"authenticator {number} of {row.user_name} is {row.status}: its QR code is shown once; add another one"
        )
    _tell(connection, by, "authenticator begun again", row, now)
    return begun


def confirm(
    connection: Connection, by: Administrator, enrolling: Enrolling, number: str, typed: str, now: float
) -> Confirmed | NotConfirmed:
    """What comes of its first code. Raises NoAuthenticator, sealing.NotOpened; Stands where it waits for none."""
    row = meant(connection, number)
    done = enrolling.confirm(connection, row, typed, now)
    if isinstance(done, Confirmed):
        _tell(connection, by, "authenticator verified", row, now)
    elif done.why not in REFUSALS:
        _tell(connection, by, "first code of authenticator wrong", row, now)
    else:
        raise Stands(f"authenticator {number} of {row.user_name}: {REFUSALS[done.why]}")
    return done


def resync(
    connection: Connection, by: Administrator, sealing: Sealing, number: str, codes: tuple[str, str], now: float
) -> Authenticator:
    """By two codes that it showed one after the other its clock is known anew. Raises NoAuthenticator, Stands, NotOpened."""
    row = meant(connection, number)
    typed, following = map(typed_code, codes)
    clock = resynced(opened(row, sealing), Clock(row.step, row.drift, row.seen), typed, following, now)
    if row.status != "verified":
        raise Stands(f"authenticator {number} of {row.user_name} can not be synchronised: it is {row.status}")
    if clock is None or not authenticators.resync(
        connection, number, step=clock.step, drift=clock.drift, seen=clock.seen
    ):
        raise Stands(
            f"these are no two codes that authenticator {number} of {row.user_name} shows one after the other, within a day"
        )
    _tell(connection, by, f"authenticator synchronised, its clock is {ahead(clock.drift)}", row, now)
    return authenticators.get(connection, number) or row


def disable(connection: Connection, by: Administrator, number: str, now: float) -> Authenticator:
    """It lets nobody in until it is enabled. Raises NoAuthenticator, Stands."""
    return _once(connection, by, number, now, "disabled", lambda: authenticators.disable(connection, number))


def enable(connection: Connection, by: Administrator, number: str, now: float) -> Authenticator:
    """It counts again. Raises NoAuthenticator, Stands."""
    return _once(connection, by, number, now, "enabled", lambda: authenticators.enable(connection, number))


def remove(connection: Connection, by: Administrator, number: str, now: float) -> Authenticator:
    """It is gone; with the user's last one their recovery codes are. Raises NoAuthenticator."""
    return _once(connection, by, number, now, "removed", lambda: authenticators.remove(connection, number) is not None)


def is_last(connection: Connection, row: Authenticator) -> bool:
    """Whether its user has no other that counts."""
    there = authenticators.of_user(connection, row.directory, row.unique_id)
    return row.status == "verified" and not any(each.status == "verified" and each.id != row.id for each in there)


def recovery_codes(
    connection: Connection, by: Administrator, enrolling: Enrolling, person: Person, now: float
) -> Sequence[Secret]:
    """New ones in the place of all before. Raises Stands where the user has no app."""
    there = authenticators.of_user(connection, person.directory, person.unique_id)
    if not any(row.verified_at is not None for row in there):
        raise Stands(
            f"{person.user_name} has no authenticator that is verified: recovery codes are for who has lost one"
        )
    made = enrolling.new_recovery_codes(connection, person.directory, person.unique_id, now)
    what = f"{len(made)} recovery codes made" if made else "recovery codes taken away"
    row = audit_row(now, by, what, person.user_name, person=(person.directory, person.unique_id))
    audit.insert(connection, row)
    return made


def _once(
    connection: Connection, by: Administrator, number: str, now: float, what: str, change: Callable[[], bool]
) -> Authenticator:
    before = meant(connection, number)
    if not change():
        raise Stands(f"authenticator {number} of {before.user_name} can not be {what}: it is {before.status}")
    _tell(connection, by, f"authenticator {what}", before, now)
    return authenticators.get(connection, number) or before


def _tell(connection: Connection, by: Administrator, what: str, row: Authenticator, now: float) -> None:
    about = f"{what} ({row.label})" if row.label else what
    audit.insert(
        connection,
        audit_row(now, by, about, row.user_name, person=(row.directory, row.unique_id), why=f"authenticator {row.id}"),
    )
