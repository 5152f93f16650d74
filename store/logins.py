"""Logins that take more than one step. What a step changes is one row; whoever is late loses.

Both kinds of step are run together with others of their kind: one statement for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple
from sqlalchemy import Connection, delete, or_, select, update

from store import audit, messages
from store.databases.joint import Joint, places
from store.databases.rows import Row, Rows
from store.records import LoginRow, MessageRow
from store.tables import LOGINS

ROWS = Rows(LOGINS, numbered=False)
HOUR = 3600.0


class Written(Enum):
    """What came of a step."""

    DONE = "done"
    LATE = "late"  # another step came before, or another login is there that is to be joined
    TOO_MANY = "too many"  # messages were sent to the user in the last hour


class Limit(Struct, frozen=True):
    """At most so many messages of a kind to a user within the hour before `now`; to one `recipient` where it is given."""

    directory: str
    unique_id: str
    kind: str
    recipient: str
    most: int
    now: float


class Opening(Struct, frozen=True, array_like=True):
    """A new login, and what is written with it."""

    login: LoginRow
    audit: tuple[Row, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    limits: tuple[Limit, ...] = ()
    also: Callable[[Connection], object] | None = None


class Advance(Struct, frozen=True, array_like=True):
    """The login's next row, in the place of the one whose `step` is one less, and what is written with it."""

    login: LoginRow
    audit: tuple[Row, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    limits: tuple[Limit, ...] = ()
    also: Callable[[Connection], object] | None = None


def open_all(connection: Connection, openings: Sequence[Opening]) -> list[Written]:
    """Adds each login, unless there is one that it joins, or too many messages would be sent."""
    allowed = messages.allowed(connection, [opening.limits for opening in openings])
    wanted = [opening for opening, may in zip(openings, allowed, strict=True) if may]
    added: set[str] = set()
    if wanted:
        added = ROWS.insert_new(connection, [astuple(opening.login) for opening in wanted])
    return _outcomes(connection, openings, allowed, added)


def advance_all(connection: Connection, advances: Sequence[Advance]) -> list[Written]:
    """Takes each login a step further, unless one that it joins is there, or another step or too many messages were."""
    allowed = messages.allowed(connection, [advance.limits for advance in advances])
    wanted = sorted(
        (advance.login for advance, may in zip(advances, allowed, strict=True) if may), key=lambda login: login.id
    )
    done: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        values = [value for login in part for value in CHANGED.of(login)]
        done.update(
            row[0] for row in connection.exec_driver_sql(CHANGED.statement(connection, len(part)), tuple(values))
        )
    return _outcomes(connection, advances, allowed, done)


def _outcomes(
    connection: Connection, steps: Sequence[Opening | Advance], allowed: Sequence[bool], done: set[str]
) -> list[Written]:
    made = []
    outcomes = []
    for step, may in zip(steps, allowed, strict=True):
        if step.login.id in done:
            outcomes.append(Written.DONE)
            made.append(step)
            if step.also is not None:
                step.also(connection)
        else:
            outcomes.append(Written.LATE if may else Written.TOO_MANY)
    messages.ROWS.insert_all(connection, list(chain.from_iterable(step.messages for step in made)))
    audit.ROWS.insert_all(connection, list(chain.from_iterable(step.audit for step in made)))
    return outcomes


def _is_plain(step: Opening | Advance) -> bool:
    return step.also is None and not step.limits


AT_ONCE = 64


class _Changed:
    """UPDATE of many logins, each where its `step` is what it was before."""

    names = (
        "until",
        "joins",
        "step",
        "factor",
        "passed",
        "memory",
        "states",
        "packet",
        "outcome",
        "status",
        "approval",
    )

    def __init__(self) -> None:
        self._statements: dict[tuple[str, int], str] = {}
        changes = ", ".join(f"{name} = ?" for name in self.names)
        self.one = f"UPDATE logins SET {changes} WHERE id = ? AND step = ? - 1"  # noqa: S608 - names of ours

    def of(self, login: LoginRow) -> tuple[Any, ...]:
        return (login.id, *(getattr(login, name) for name in self.names))

    def statement(self, connection: Connection, number: int) -> str:
        key = (connection.dialect.name, number)
        made = self._statements.get(key)
        if made is None:
            names = ("id", *self.names)
            if connection.dialect.name == "sqlite":
                one = ", ".join("?" * len(names))
            else:
                kinds = {"until": "double precision", "step": "integer"}
                one = ", ".join(f"%s::{kinds.get(name, 'text')}" for name in names)
            values = ", ".join([f"({one})"] * number)
            changes = ", ".join(f"{name} = v.{name}" for name in self.names)
            made = self._statements[key] = (
                f"WITH v({', '.join(names)}) AS (VALUES {values}) UPDATE logins SET {changes} FROM v"  # noqa: S608
                " WHERE logins.id = v.id AND logins.step = v.step - 1"
                # Two logins that come to the same factor at once: who is second is late, and joins the first.
                " AND NOT EXISTS (SELECT 1 FROM logins AS other WHERE other.joins = v.joins AND other.id <> v.id)"
                " RETURNING logins.id"
            )
        return made


CHANGED = _Changed()
_FURTHER = ((1, *audit.ROWS.recorded), (2, *messages.ROWS.recorded))
OPEN = Joint(
    open_all,
    (ROWS.one, 0, tuple(range(len(ROWS.columns))), _FURTHER),
    Written.DONE,
    _is_plain,
)
ADVANCE = Joint(
    advance_all,
    (CHANGED.one, 0, places(LoginRow, *CHANGED.names, "id", "step"), _FURTHER),
    Written.DONE,
    _is_plain,
)
COLUMNS = tuple(LOGINS.c[name] for name in LoginRow.__struct_fields__)


def get(connection: Connection, login: str) -> LoginRow | None:
    """The login, however it stands."""
    row = connection.execute(select(*COLUMNS).where(LOGINS.c.id == login)).one_or_none()
    return None if row is None else LoginRow(*row)


def joined_by(connection: Connection, joins: str) -> LoginRow | None:
    """The open login that such a request joins."""
    row = connection.execute(select(*COLUMNS).where(LOGINS.c.joins == joins)).one_or_none()
    return None if row is None else LoginRow(*row)


def waiting_for(connection: Connection, approval: str) -> LoginRow | None:
    """The login that waits, or waited, for that approval."""
    row = connection.execute(select(*COLUMNS).where(LOGINS.c.approval == approval)).one_or_none()
    return None if row is None else LoginRow(*row)


def live(connection: Connection, now: float, ended_since: float) -> list[LoginRow]:
    """The open logins, and those that ended lately and whose last request may come again."""
    recent = (LOGINS.c.status != "open") & (LOGINS.c.until > ended_since)
    statement = select(*COLUMNS).where(or_((LOGINS.c.status == "open") & (LOGINS.c.until > now), recent))
    return [LoginRow(*row) for row in connection.execute(statement)]


def end_expired(connection: Connection, now: float, most: int = 500) -> Iterable[str]:
    """Ends logins whose time is up, a slice of them; their ids."""
    some = select(LOGINS.c.id).where(LOGINS.c.joins.is_not(None), LOGINS.c.until <= now).limit(most)
    ids = [row[0] for row in connection.execute(some)]
    if ids:
        ended = update(LOGINS).where(LOGINS.c.id.in_(ids), LOGINS.c.until <= now)
        connection.execute(ended.values(joins=None, status="expired", step=LOGINS.c.step + 1))
    return ids


def prune(connection: Connection, before: float, most: int) -> int:
    """Removes a slice of the logins that ended before that time; how many."""
    some = select(LOGINS.c.id).where(LOGINS.c.until < before).limit(most)
    return connection.execute(delete(LOGINS).where(LOGINS.c.id.in_(some.scalar_subquery()))).rowcount
