"""Logins that take more than one step. What a step changes is one row; whoever is late loses.

Both kinds of step are run together with others of their kind: one statement for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from operator import attrgetter
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import astuple, replace
from sqlalchemy import Connection, delete, or_, select, update

from store import audit, authenticators, messages
from store.databases.kept import savepoint
from store.databases.rows import Row, Rows
from store.records import ApprovalRow, LinkRow, LoginRow, MessageRow
from store.revoking import LINK_ROWS
from store.revoking import ROWS as APPROVAL_ROWS
from store.tables import LOGINS
from store.writing.joint import Form, Joint, Limited

ROWS = Rows(LOGINS, numbered=False)
Limit = messages.Limit
AT_ONCE = 64  # logins in one statement, and of those with writes in one savepoint
Write = Callable[[Connection], bool]


class Written(Enum):
    """What came of a step."""

    DONE = "done"
    LATE = "late"  # another step came before, or another login is there that is to be joined
    TAKEN = "taken"  # somebody else was first at one of its `writes`
    TOO_MANY = "too many"  # messages were sent to the user in the last hour


class Opening(Struct, frozen=True, array_like=True):
    """A new login, and what is written with it: `approvals` that it waits for, and the links to them, are new as well.

    Each of `writes` returns whether it was in time: it uses an approval that lets somebody in once, for one. Where one
    returns False, nothing at all of the opening is there. They are asked only where the login itself is in time. Like
    `also`, they may be run more than once; the last time counts.
    """

    login: LoginRow
    audit: tuple[Row, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    limits: tuple[Limit, ...] = ()
    also: Callable[[Connection], object] | None = None
    writes: tuple[Write, ...] = ()
    approvals: tuple[ApprovalRow, ...] = ()
    links: tuple[LinkRow, ...] = ()


class Advance(Struct, frozen=True, array_like=True):
    """The login's next row, in the place of the one whose `step` is one less, and what is written with it, as above.

    `spent` are the values of authenticators.SPEND: writes too, and such as can be written with those of many others.
    """

    login: LoginRow
    audit: tuple[Row, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    limits: tuple[Limit, ...] = ()
    also: Callable[[Connection], object] | None = None
    writes: tuple[Write, ...] = ()
    spent: tuple[tuple[Any, ...], ...] = ()


Step = TypeVar("Step", Opening, Advance)
AnyStep = Opening | Advance
Run = Callable[[Connection, Sequence[Any]], list[Written]]


class Taken(Exception):
    """A write of the step that stands in that place returned False."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place


def open_all(connection: Connection, openings: Sequence[Opening]) -> list[Written]:
    """Adds each login, unless there is one that it joins, or too many messages would be sent, or a write is too late."""
    return _all(_open, connection, openings)


def advance_all(connection: Connection, advances: Sequence[Advance]) -> list[Written]:
    """Takes each login a step further, unless one that it joins is there, or another step or too many messages were,
    or a write is too late.
    """
    return _all(_advance, connection, advances)


def _all(run: Run, connection: Connection, steps: Sequence[AnyStep]) -> list[Written]:
    """Those with writes apart, so that the others are not done again where one of these is too late."""
    writing = [place for place, step in enumerate(steps) if _may_be_late(step)]
    if not writing:
        return run(connection, steps)
    others = [place for place, step in enumerate(steps) if not _may_be_late(step)]
    outcomes = dict(zip(others, run(connection, [steps[place] for place in others]), strict=True))
    outcomes |= zip(writing, _in_time(run, connection, [steps[place] for place in writing]), strict=True)
    return [outcomes[place] for place in range(len(steps))]


def _may_be_late(step: AnyStep) -> bool:
    return bool(step.writes or (isinstance(step, Advance) and step.spent))


def _in_time(run: Run, connection: Connection, steps: Sequence[AnyStep]) -> list[Written]:
    """Some together, as nearly always every write is in time; who is not is left out, and those before it done again."""
    outcomes: list[Written] = []
    while len(outcomes) < len(steps):
        some = steps[len(outcomes) :][:AT_ONCE]
        try:
            with savepoint(connection):
                outcomes += run(connection, some)
        except Taken as taken:
            outcomes += _in_time(run, connection, some[: taken.place])
            outcomes.append(Written.TAKEN)
    return outcomes


def _open(connection: Connection, openings: Sequence[Opening]) -> list[Written]:
    allowed = messages.allowed(connection, [opening.limits for opening in openings])
    wanted = [opening for opening, may in zip(openings, allowed, strict=True) if may]
    added: set[str] = set()
    if wanted:
        added = ROWS.insert_new(connection, [astuple(opening.login) for opening in wanted])
    return _outcomes(connection, OPENED, openings, allowed, added)


def _advance(connection: Connection, advances: Sequence[Advance]) -> list[Written]:
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
    return _outcomes(connection, ADVANCED, advances, allowed, done)


def _outcomes(
    connection: Connection,
    form: Form,
    steps: Sequence[AnyStep],
    allowed: Sequence[bool],
    done: set[str],
) -> list[Written]:
    made: list[AnyStep] = []
    outcomes = []
    for place, (step, may) in enumerate(zip(steps, allowed, strict=True)):
        if step.login.id in done:
            outcomes.append(Written.DONE)
            made.append(step)
            if step.also is not None:
                step.also(connection)
            if not all(write(connection) for write in step.writes) or not form.is_first(connection, step):
                raise Taken(place)
        else:
            outcomes.append(Written.LATE if may else Written.TOO_MANY)
    form.insert_beside(connection, made)
    return outcomes


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
BESIDE = {"audit": audit.ROWS, "messages": messages.ROWS}
ASKED = {"approvals": APPROVAL_ROWS, "links": LINK_ROWS}
OPENED = Form(Opening, ROWS.one, LoginRow, ROWS.columns, BESIDE | ASKED)
ADVANCED = Form(Advance, CHANGED.one, LoginRow, (*CHANGED.names, "id", "step"), BESIDE, {"spent": authenticators.SPEND})


def _is_plain(step: AnyStep) -> bool:
    return step.also is None and not step.limits and not step.writes


def _unlimited(step: Step) -> Step:
    return replace(step, limits=())


OPEN: Joint[Opening, Written] = Joint(
    open_all,
    OPENED,
    Written.DONE,
    _is_plain,
    Limited(attrgetter("limits"), _unlimited, Written.TOO_MANY, messages.since),
)
ADVANCE: Joint[Advance, Written] = Joint(
    advance_all,
    ADVANCED,
    Written.DONE,
    _is_plain,
    Limited(attrgetter("limits"), _unlimited, Written.TOO_MANY, messages.since),
)
COLUMNS = tuple(LOGINS.c[name] for name in LoginRow.__struct_fields__)


def get(connection: Connection, login: str) -> LoginRow | None:
    """The login, however it stands."""
    row = connection.execute(select(*COLUMNS).where(LOGINS.c.id == login)).one_or_none()
    return None if row is None else LoginRow(*row)


def choose(connection: Connection, login: str, profile: str) -> None:
    """A step after the first one chose that profile, which rows of other steps keep."""
    connection.execute(update(LOGINS).where(LOGINS.c.id == login).values(profile=profile))


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
