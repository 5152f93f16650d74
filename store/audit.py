"""What happened: one row for each step of each login, and for each administrative change."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from store.databases.rows import Row, Rows
from store.records import AuditRow
from store.tables import AUDIT

ROWS = Rows(AUDIT)
RENAMED_FROM = "user renamed from "  # how the reason of such a row begins
LATE_SECONDS = 600.0  # a row is written at most so long after its `at`, which is when the request came


class Person(NamedTuple):
    """A user, whatever they are called."""

    directory: str
    unique_id: str


def insert(connection: Connection, row: Row) -> None:
    """One row in the transaction of what it records; columns as in ROWS."""
    ROWS.insert(connection, row)


def get(connection: Connection, number: int) -> AuditRow | None:
    statement = select(*(AUDIT.c[name] for name in AuditRow._fields)).where(AUDIT.c.id == number)
    row = connection.execute(statement).one_or_none()
    return None if row is None else AuditRow._make(row)


def find(
    connection: Connection,
    *,
    user: str | None = None,
    named: Callable[[str], bool] | None = None,
    persons: Collection[Person] = (),
    client: str | None = None,
    ref: str | None = None,
    login: str | None = None,
    since: float | None = None,
    until: float | None = None,
    outcome: str | None = None,
    after_id: int | None = None,
    newest_first: bool = True,
    limit: int = 100,
) -> list[AuditRow]:
    """The rows that fit everything given. `after_id`: later rows than that one, or with newest_first earlier ones.

    `named` says of each name that is recorded whether it is meant; rows of `persons` are meant whatever name they have. By user it is a look at every row between `since` and `until` on SQLite, 0.15 s for a million in memory: an
    index would cost each sign-in more than the row itself. PostgreSQL has one.
    """
    conditions = []
    for column, value in (
        (AUDIT.c.user_name, user),
        (AUDIT.c.client, client),
        (AUDIT.c.login, login),
        (AUDIT.c.outcome, outcome),
    ):
        if value:
            conditions.append(column == value)
    if ref:
        conditions += [AUDIT.c.ref == ref, AUDIT.c.ref.is_not(None)]
    if since is not None:
        conditions += [AUDIT.c.at >= since, AUDIT.c.id >= _first_id(connection, since - LATE_SECONDS)]
    if until is not None:
        conditions += [AUDIT.c.at < until, AUDIT.c.id < _first_id(connection, until + LATE_SECONDS)]
    if after_id is not None:
        conditions.append(AUDIT.c.id < after_id if newest_first else AUDIT.c.id > after_id)
    if named is not None:
        names = connection.execute(select(AUDIT.c.user_name).where(*conditions).distinct()).scalars()
        meant = AUDIT.c.user_name.in_([name for name in names if named(name)])
        theirs = [and_(AUDIT.c.directory == each.directory, AUDIT.c.unique_id == each.unique_id) for each in persons]
        conditions.append(or_(meant, *theirs))
    order = AUDIT.c.id.desc() if newest_first else AUDIT.c.id
    statement = select(*(AUDIT.c[name] for name in AuditRow._fields)).where(*conditions)
    statement = statement.order_by(order).limit(limit)
    return [AuditRow._make(row) for row in connection.execute(statement)]


def renamed_to(connection: Connection, named: Callable[[str], bool]) -> list[Person]:
    """Who was given such a name in the place of another: what they did before is recorded by that. A look at every row."""
    columns = (AUDIT.c.user_name, AUDIT.c.directory, AUDIT.c.unique_id)
    rows = select(*columns).where(AUDIT.c.step == "admin", AUDIT.c.reason.startswith(RENAMED_FROM)).distinct()
    return [Person(row.directory, row.unique_id) for row in connection.execute(rows) if named(row.user_name)]


def _first_id(connection: Connection, at: float) -> int:
    """The id from which on rows are not older than that, found by halving: they are numbered as they come."""
    lowest, highest = connection.execute(select(func.min(AUDIT.c.id), func.max(AUDIT.c.id))).one()
    if lowest is None:
        return 0
    low, high = int(lowest), int(highest) + 1
    while low < high:
        middle = (low + high) // 2
        row = select(AUDIT.c.id, AUDIT.c.at).where(AUDIT.c.id >= middle).order_by(AUDIT.c.id).limit(1)
        found, then = connection.execute(row).one()
        if then >= at:
            high = middle
        else:
            low = found + 1
    return low
