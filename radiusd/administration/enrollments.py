"""Addresses and numbers of users beside their directory's: added, proved, disabled, enabled, removed; each with its audit row.

What takes a connection is a step of the store, as in `users`. An administrator who adds one vouches for it: it counts at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Conflict, Invalid, Missing
from radiusd.directories import Down
from radiusd.enrollment import adding
from radiusd.enrollment.adding import Value
from radiusd.enrollment.addresses import Destination, mail_of, mobile_of
from radiusd.enrollment.destinations import DIRECTORY
from radiusd.model.entry import Entry
from store import audit, enrollments
from store.enrolled import Enrollment, Kind, New

if TYPE_CHECKING:
    from radiusd.directories import Directory
    from store import Connection

PAGE = 1000
KINDS: tuple[Kind, ...] = ("mail", "mobile")
WHY_NOT = {
    adding.DISABLED: "{user} has {value}: it is disabled; enable it",
    adding.ENROLLED: "{user} has {value}: it is enrolled already",
    adding.TOO_MANY: "{user} has {most} enrolled, as many as enrollment.per_user allows: remove one before",
}
SHOWN = {"mail": "mail address", "mobile": "mobile number"}


class NoEnrollment(Missing):
    """Nothing of that number is enrolled."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no enrollment {number}; radiusd enrollment list shows their numbers")


class Stands(Conflict):
    """It stands in a way in which that can not be done."""


def typed(text: str, country: str, countries: tuple[str, ...]) -> Value:
    """An address or a number, whichever it is. `country` and `countries` as in mobile_of. Raises Invalid."""
    if "@" not in text and not any(letter.isdigit() for letter in text):
        raise Invalid(f"{text} is neither a mail address nor a mobile number")
    found = adding.read(text, country, countries)
    if isinstance(found, str):
        raise Invalid(_about(found, text))
    return found


async def who(directories: Iterable[Directory], name: str, deadline: float) -> Entry:
    """The user of that name, of the first directory that has it. `deadline` is of the loop's clock.

    Raises Missing where nobody has it, and Conflict where one that is asked before can not tell.
    """
    for directory in directories:
        found = await directory.find(name, deadline)
        if isinstance(found, Down):
            raise Conflict(f"{found.component} can not say whether {name} is a user of it: {found.cause}")
        if found is not None:
            return found
    raise Missing(f"nobody of the name {name} is known: no directory has it")


def listed(
    connection: Connection, person: tuple[str, str] | None = None, *, kind: str = "", status: str = ""
) -> list[Enrollment]:
    """Of everybody, or of the person (directory and unique id); oldest first."""
    found: list[Enrollment] = []
    while True:
        after = found[-1].id if found else 0
        page = enrollments.listed(connection, person=person, kind=kind, status=status, after_id=after, limit=PAGE)
        found += page
        if len(page) < PAGE:
            return found


def meant(connection: Connection, number: int) -> Enrollment:
    """That of a number. Raises NoEnrollment."""
    found = enrollments.get(connection, number)
    if found is None:
        raise NoEnrollment(number)
    return found


def add(
    connection: Connection,
    by: Administrator,
    entry: Entry,
    value: Value,
    now: float,
    *,
    per_user: int,
    label: str = "",
) -> Enrollment:
    """Enrolls it. Raises Stands where the user has it already, or has as many as `per_user` allows."""
    made = adding.add(connection, entry, value, now, by=by.name, per_user=per_user, label=label)
    if isinstance(made, str):
        raise Stands(WHY_NOT[made].format(user=entry.username, value=value.text, most=per_user))
    _tell(connection, by, f"{shown(made)} enrolled", made, now)
    return made


def verify(connection: Connection, by: Administrator, number: int, now: float) -> Enrollment:
    """One that waits for its proof counts, since an administrator vouches for it. Raises NoEnrollment, Stands."""
    return _once(connection, by, number, now, "verified", lambda: enrollments.verify(connection, number, now))


def disable(connection: Connection, by: Administrator, number: int, now: float) -> Enrollment:
    """It can not be used until it is enabled again. Raises NoEnrollment, Stands."""
    return _once(connection, by, number, now, "disabled", lambda: enrollments.disable(connection, number))


def disable_own(connection: Connection, by: Administrator, entry: Entry, value: Value, now: float) -> Enrollment:
    """The same of what the directory has, of which nothing is recorded so far. Raises Stands."""
    done = enrollments.disable_own(connection, _new(entry, value, DIRECTORY), now)
    if done is None:
        raise Stands(f"{value.text} is disabled already")
    _tell(connection, by, f"{shown(done)} disabled", done, now)
    return done


def enable(connection: Connection, by: Administrator, number: int, now: float) -> Enrollment:
    """It can be used again. Raises NoEnrollment, Stands."""
    return _once(connection, by, number, now, "enabled", lambda: enrollments.enable(connection, number))


def remove(connection: Connection, by: Administrator, number: int, now: float) -> Enrollment:
    """It is gone. Raises NoEnrollment, and Stands for what the directory has: it would count again by this."""
    if meant(connection, number).automatic:
        raise Stands("the directory has it: change it there, or disable it here")
    return _once(connection, by, number, now, "removed", lambda: enrollments.remove(connection, number))


def shown(enrollment: Enrollment) -> str:
    """As others read of it: `mail address a***n@example.com`."""
    return f"{SHOWN[enrollment.kind]} {hidden(enrollment)}"


def hidden(enrollment: Enrollment) -> str:
    """As much of its value as others are shown."""
    found = mail_of(enrollment.value) if enrollment.kind == "mail" else mobile_of(enrollment.value, "", ())
    return found.hidden if isinstance(found, Destination) else enrollment.value[:1] + "***"


def _once(
    connection: Connection,
    by: Administrator,
    number: int,
    now: float,
    what: Literal["verified", "disabled", "enabled", "removed"],
    change: Callable[[], Enrollment | None],
) -> Enrollment:
    before = meant(connection, number)
    done = change()
    if done is None:
        late = before.status == "pending" and before.until is not None and before.until <= now
        stands = "its time for a proof is over" if late else f"it is {before.status}"
        raise Stands(f"enrollment {number} of {before.user_name} can not be {what}: {stands}")
    _tell(connection, by, f"{shown(done)} {what}", done, now)
    return done


def _tell(connection: Connection, by: Administrator, what: str, enrollment: Enrollment, now: float) -> None:
    person = (enrollment.directory, enrollment.unique_id)
    audit.insert(connection, audit_row(now, by, what, enrollment.user_name, person=person))


def _new(entry: Entry, value: Value, by: str, label: str = "") -> New:
    return New(entry.directory, entry.unique_id, entry.username, value.kind, value.text, label, by)


def _about(sentence: str, text: str) -> str:
    """What is wrong with an address or number, said of what was typed."""
    for whose in ("the user's mail address", "the user's mobile number"):
        sentence = sentence.replace(whose, text)
    return sentence
