"""What is to be enrolled: read as it was typed, looked at whether it may be, and added; proved by a code that was sent to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from radiusd.enrollment.addresses import mail_of, mobile_of
from radiusd.enrollment.destinations import same
from radiusd.model.entry import Entry
from radiusd.rules import mail_addresses
from store import Connection, enrollments
from store.enrolled import Enrollment, Kind, New

DISABLED, ENROLLED, TOO_MANY = "disabled", "enrolled", "too many"
"""Why a value may not be enrolled."""


class Value(NamedTuple):
    """An address in normal form, or a number in E.164; `hidden` is how much of it is shown to others."""

    kind: Kind
    text: str
    hidden: str


def read(text: str, country: str, countries: tuple[str, ...]) -> Value | str:
    """An address or a number, whichever it is; or why it can not be sent to. `country` and `countries` as in mobile_of."""
    kind: Kind = "mail" if "@" in text else "mobile"
    found = mail_of(text) if kind == "mail" else mobile_of(text, country, countries)
    if isinstance(found, str):
        return found
    normal = found.recipient if kind == "mobile" else mail_addresses.read(text.strip()).normalized
    return Value(kind, normal, found.hidden)


def own(entry: Entry, country: str, countries: tuple[str, ...]) -> Sequence[Value]:
    """What the directory has of the user and can be sent to."""
    found = (read(text, country, countries) for text in (entry.mail, entry.mobile) if text)
    return [each for each in found if isinstance(each, Value)]


def of_value(connection: Connection, entry: Entry, value: Value) -> Enrollment | None:
    """The user's own of that value; None where nothing is recorded of it."""
    there = enrollments.of_user(connection, entry.directory, entry.unique_id)
    return next((each for each in there if each.kind == value.kind and same(each.kind, each.value, value.text)), None)


def hindrance(connection: Connection, entry: Entry, value: Value, now: float, per_user: int) -> str:
    """Why the user may not enroll it: DISABLED, ENROLLED or TOO_MANY; "" where they may."""
    there = of_value(connection, entry, value)
    if there is not None and there.status == "disabled":
        return DISABLED
    if there is not None and there.status == "active" and not there.automatic:
        return ENROLLED
    counted = there is not None and not there.automatic
    if not counted and enrollments.count(connection, entry.directory, entry.unique_id, now) >= per_user:
        return TOO_MANY
    return ""


def add(
    connection: Connection,
    entry: Entry,
    value: Value,
    now: float,
    *,
    by: str,
    per_user: int,
    label: str = "",
    until: float | None = None,
) -> Enrollment | str:
    """Enrolls it; `until`: once it is proved, by then. Or why it may not be, as `hindrance` says."""
    enrollments.lock(connection, entry.directory, entry.unique_id)
    why = hindrance(connection, entry, value, now, per_user)
    if why:
        return why
    new = New(entry.directory, entry.unique_id, entry.username, value.kind, value.text, label, by, until)
    return enrollments.add(connection, new, now) or ENROLLED


def wait_for(
    connection: Connection, entry: Entry, value: Value, now: float, *, by: str, per_user: int, until: float
) -> bool:
    """Written down as waiting for its proof; False where it may not be enrolled any more."""
    return not isinstance(add(connection, entry, value, now, by=by, per_user=per_user, until=until), str)


def prove(connection: Connection, entry: Entry, value: Value, now: float) -> bool:
    """It was proved, and counts; False where it does not wait any more."""
    there = of_value(connection, entry, value)
    if there is None:
        return False
    # An administrator may have vouched for it meanwhile.
    return there.status == "active" or enrollments.verify(connection, there.id, now) is not None
