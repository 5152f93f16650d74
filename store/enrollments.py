"""Mail addresses and mobile numbers of users beside those that their directories have. What can be done once is done once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, or_, select, tuple_, update

from store import notices
from store.enrolled import Enrollment, New, Status
from store.enrollment_tables import ENROLLMENTS
from store.inserting import inserting

SUBJECT = "enrollments"  # of the notices; their key is the user
TOLD_AGAIN_SECONDS = 3600.0  # so old a last use may be in the memory of a process
AT_ONCE = 500  # users in one statement: databases take some ten thousand values

COLUMNS = tuple(ENROLLMENTS.c[name] for name in Enrollment.__struct_fields__)
USER = (ENROLLMENTS.c.directory, ENROLLMENTS.c.unique_id)


def proved(connection: Connection, users: Sequence[tuple[str, str]] | None = None) -> list[Enrollment]:
    """What is active or disabled, of these users or of all, oldest first."""
    statement = select(*COLUMNS).where(ENROLLMENTS.c.status != "pending").order_by(ENROLLMENTS.c.id)
    return _read(connection, statement if users is None else statement.where(tuple_(*USER).in_(users)))


def of_user(connection: Connection, directory: str, unique_id: str) -> list[Enrollment]:
    """All of one user, oldest first."""
    return _read(connection, select(*COLUMNS).where(_of(directory, unique_id)).order_by(ENROLLMENTS.c.id))


def get(connection: Connection, number: int) -> Enrollment | None:
    return next(iter(_read(connection, select(*COLUMNS).where(ENROLLMENTS.c.id == number))), None)


def listed(
    connection: Connection,
    *,
    person: tuple[str, str] | None = None,
    kind: str = "",
    status: str = "",
    after_id: int = 0,
    limit: int = 100,
) -> list[Enrollment]:
    """A page of them, oldest first. `after_id`: the last one of the page before."""
    statement = select(*COLUMNS).where(ENROLLMENTS.c.id > after_id).order_by(ENROLLMENTS.c.id).limit(limit)
    if person is not None:
        statement = statement.where(_of(*person))
    for column, value in ((ENROLLMENTS.c.kind, kind), (ENROLLMENTS.c.status, status)):
        if value:
            statement = statement.where(column == value)
    return _read(connection, statement)


def lock(connection: Connection, directory: str, unique_id: str) -> None:
    """Until the transaction's end no other node adds to this user, so that what is counted stays so."""
    if connection.dialect.name == "postgresql":
        key = f"{SUBJECT}\x1f{notices.key_of(directory, unique_id)}"
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def count(connection: Connection, directory: str, unique_id: str, now: float) -> int:
    """How many a user has, beside what tells of the directory's own; those that wait for their proof count too."""
    alive = or_(ENROLLMENTS.c.status != "pending", ENROLLMENTS.c.until > now)
    mine = select(func.count()).where(_of(directory, unique_id), alive, ENROLLMENTS.c.automatic.is_(False))
    return connection.execute(mine).scalar_one()


def add(connection: Connection, new: New, now: float) -> Enrollment | None:
    """The new one: pending where it has an end, else active. None where the user has that value already.

    It takes the place of one that is pending, and of what tells that the directory has it and that is not disabled.
    """
    pending = new.until is not None
    values = {
        "user_name": new.user_name, "label": new.label, "status": "pending" if pending else "active", "automatic": False,
        "created_at": now, "created_by": new.created_by, "verified_at": None if pending else now, "until": new.until,
    }  # fmt: skip
    key = {name: getattr(new, name) for name in ("directory", "unique_id", "kind", "value")}
    nothing = {"last_used_at": None, "last_used_station": "", "last_used_client": ""}
    replaced = or_(ENROLLMENTS.c.status == "pending", and_(ENROLLMENTS.c.automatic, ENROLLMENTS.c.status == "active"))
    made = inserting(connection, ENROLLMENTS).values(**key, **values, **nothing)
    made = made.on_conflict_do_update(index_elements=list(key), set_=values, where=replaced)
    row = connection.execute(made.returning(*COLUMNS)).one_or_none()
    return None if row is None else _told(connection, Enrollment(*row))


def verify(connection: Connection, number: int, now: float) -> Enrollment | None:
    """It was proved; None where it was already, is too late, or is not there."""
    waits = (ENROLLMENTS.c.status == "pending", ENROLLMENTS.c.until > now)
    return _change(connection, number, *waits, status="active", verified_at=now, until=None)


def disable(connection: Connection, number: int) -> Enrollment | None:
    """It can not be used until it is enabled again (S170); None where it could not be anyway."""
    return _change(connection, number, ENROLLMENTS.c.status == "active", status="disabled")


def enable(connection: Connection, number: int) -> Enrollment | None:
    """It can be used again; None where it was not disabled."""
    return _change(connection, number, ENROLLMENTS.c.status == "disabled", status="active")


def remove(connection: Connection, number: int) -> Enrollment | None:
    """What was removed (S171); None where there is none of that number."""
    row = connection.execute(delete(ENROLLMENTS).where(ENROLLMENTS.c.id == number).returning(*COLUMNS)).one_or_none()
    return None if row is None else _told(connection, Enrollment(*row))


def disable_own(connection: Connection, own: New, now: float) -> Enrollment | None:
    """The directory's own address or number can not be used until it is enabled again; None where it could not be anyway."""
    return _automatic(connection, own, now, "active", {"status": "disabled"})


def use(connection: Connection, number: int, at: float, station: str, client: str) -> bool:
    """A code that was sent there was right. False where it is not active any more.

    Whoever remembers enrollments is told where another one was used last, and now and then.
    """
    mine = ENROLLMENTS.c.id == number
    before = connection.execute(select(ENROLLMENTS.c.last_used_at).where(mine, _is_last())).one_or_none()
    used = update(ENROLLMENTS).where(mine, ENROLLMENTS.c.status == "active")
    used = used.values(last_used_at=at, last_used_station=station, last_used_client=client)
    row = connection.execute(used.returning(*USER)).one_or_none()
    if row is None:
        return False
    if before is None or before[0] is None or before[0] < at - TOLD_AGAIN_SECONDS:
        notices.tell(connection, SUBJECT, notices.key_of(*row))
    return True


def use_own(connection: Connection, own: New, at: float, station: str, client: str) -> bool:
    """The same of what the directory has, which gets a row by this. False where that is disabled."""
    used = {"last_used_at": at, "last_used_station": station, "last_used_client": client}
    return _automatic(connection, own, at, "active", used) is not None


def forget(connection: Connection, directory: str, unique_ids: Iterable[str]) -> int:
    """Users are gone, and what they had; how much that was."""
    ids, count = list(unique_ids), 0
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        gone = delete(ENROLLMENTS).where(ENROLLMENTS.c.directory == directory, ENROLLMENTS.c.unique_id.in_(some))
        rows = connection.execute(gone.returning(*COLUMNS)).all()
        for row in rows:
            _told(connection, Enrollment(*row))
        count += len(rows)
    return count


def prune(connection: Connection, now: float, most: int) -> int:
    """Removes a slice of those that were not proved in time; how many."""
    late = select(ENROLLMENTS.c.id).where(ENROLLMENTS.c.status == "pending", ENROLLMENTS.c.until <= now).limit(most)
    return connection.execute(delete(ENROLLMENTS).where(ENROLLMENTS.c.id.in_(late.scalar_subquery()))).rowcount


def _of(directory: str, unique_id: str) -> ColumnElement[bool]:
    return and_(ENROLLMENTS.c.directory == directory, ENROLLMENTS.c.unique_id == unique_id)


def _is_last() -> ColumnElement[bool]:
    """None of the same user and kind was used later."""
    other = ENROLLMENTS.alias("other")
    same = and_(*(other.c[name] == ENROLLMENTS.c[name] for name in ("directory", "unique_id", "kind")))
    return ~exists().where(same, other.c.id != ENROLLMENTS.c.id, other.c.last_used_at > ENROLLMENTS.c.last_used_at)


def _automatic(
    connection: Connection, own: New, now: float, expected: Status, changes: dict[str, Any]
) -> Enrollment | None:
    """The row of what the directory has, made where there is none; None where it does not stand as expected."""
    key = {name: getattr(own, name) for name in ("directory", "unique_id", "kind", "value")}
    fresh = {
        "user_name": own.user_name, "label": "", "status": expected, "automatic": True, "created_at": now,
        "created_by": own.created_by, "verified_at": None, "until": None, "last_used_at": None,
        "last_used_station": "", "last_used_client": "",
    } | changes  # fmt: skip
    made = inserting(connection, ENROLLMENTS).values(**key, **fresh)
    made = made.on_conflict_do_update(index_elements=list(key), set_=changes, where=ENROLLMENTS.c.status == expected)
    row = connection.execute(made.returning(*COLUMNS)).one_or_none()
    return None if row is None else _told(connection, Enrollment(*row))


def _change(connection: Connection, number: int, *when: ColumnElement[bool], **values: Any) -> Enrollment | None:
    changed = update(ENROLLMENTS).where(ENROLLMENTS.c.id == number, *when).values(**values)
    row = connection.execute(changed.returning(*COLUMNS)).one_or_none()
    return None if row is None else _told(connection, Enrollment(*row))


def _told(connection: Connection, enrollment: Enrollment) -> Enrollment:
    notices.tell(connection, SUBJECT, notices.key_of(enrollment.directory, enrollment.unique_id))
    return enrollment


def _read(connection: Connection, statement: Select[Any]) -> list[Enrollment]:
    return [Enrollment(*row) for row in connection.execute(statement)]
