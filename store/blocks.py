"""Who is kept from signing in, what led to it, and the stations that users are known to sign in from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from store import notices, revoking
from store.inserting import inserting
from store.records import Block, Failure, Failures, Station
from store.tables import BLOCKS, FAILURES, KNOWN_STATIONS

COLUMNS = tuple(BLOCKS.c[name] for name in Block._fields)
GUARD = "lockout"  # the scope of what tells that a directory is not asked


def active(connection: Connection, now: float) -> list[Block]:
    """Every block in force, oldest first."""
    return _read(connection, select(*COLUMNS).where(_in_force(now)).order_by(BLOCKS.c.id))


def page(connection: Connection, now: float, *, after: int, name: str, limit: int) -> list[Block]:
    """Blocks in force, oldest first, behind the one of that id; of users in whose names, in normal form, that text is."""
    statement = select(*COLUMNS).where(_in_force(now), BLOCKS.c.id > after).order_by(BLOCKS.c.id).limit(limit)
    if name:
        statement = statement.where(BLOCKS.c.user_name.contains(name, autoescape=True))
    return _read(connection, statement)


def listed(
    connection: Connection,
    *,
    directory: str = "",
    unique_id: str = "",
    after_id: int | None = None,
    limit: int = 100,
) -> list[Block]:
    """Blocks of all times, newest first, of one user where the key is given. `after_id`: the page's last one."""
    statement = select(*COLUMNS).order_by(BLOCKS.c.id.desc()).limit(limit)
    if directory or unique_id:
        statement = statement.where(BLOCKS.c.directory == directory, BLOCKS.c.unique_id == unique_id)
    if after_id is not None:
        statement = statement.where(BLOCKS.c.id < after_id)
    return _read(connection, statement)


def add(
    connection: Connection,
    directory: str,
    unique_id: str,
    user_name: str,
    *,
    station: str = "",
    scope: str = "user",
    reason: str,
    until: float | None,
    by: str = "",
    now: float,
) -> Block:
    """A block in the place of one of the same user, scope and station.

    One that failures led to (`by` is "") never takes the place of an administrator's. What was approved for a sign-in that
    it covers, and has let nobody in, ends (D2).
    """
    same = and_(
        BLOCKS.c.directory == directory,
        BLOCKS.c.unique_id == unique_id,
        BLOCKS.c.scope == scope,
        BLOCKS.c.station == station,
    )
    replaced = update(BLOCKS).where(_in_force(now), same).values(removed_at=now, removed_by=by)
    connection.execute(replaced if by else replaced.where(BLOCKS.c.created_by == ""))
    made = insert(BLOCKS).values(
        directory=directory, unique_id=unique_id, user_name=user_name, station=station, scope=scope, reason=reason,
        created_at=now, until=until, created_by=by, removed_by="",
    )  # fmt: skip
    block = Block._make(connection.execute(made.returning(*COLUMNS)).one())
    if scope != GUARD:
        revoking.by_block(connection, block, now)
    notices.tell(connection, "blocks", notices.key_of(directory, unique_id))
    return block


def guard(
    connection: Connection, directory: str, unique_id: str, user_name: str, reason: str, until: float, now: float
) -> Block:
    """Tells in the lists that the user's directory is not asked; it keeps nobody out itself."""
    return add(connection, directory, unique_id, user_name, scope=GUARD, reason=reason, until=until, now=now)


def end_guard(connection: Connection, directory: str, unique_id: str, now: float) -> None:
    """The directory is asked again."""
    of_them = (BLOCKS.c.directory == directory, BLOCKS.c.unique_id == unique_id, BLOCKS.c.scope == GUARD)
    ended = update(BLOCKS).where(*of_them, _in_force(now)).values(removed_at=now, removed_by="")
    if connection.execute(ended).rowcount:
        notices.tell(connection, "blocks", notices.key_of(directory, unique_id))


def let_try_again(connection: Connection, directory: str, unique_id: str, since: float) -> float:
    """When an administrator ended a guard of that user last, 0.0 where none did after that time."""
    of_them = (BLOCKS.c.directory == directory, BLOCKS.c.unique_id == unique_id, BLOCKS.c.scope == GUARD)
    by_somebody = select(func.max(BLOCKS.c.removed_at)).where(*of_them, BLOCKS.c.removed_by != "")
    return connection.execute(by_somebody.where(BLOCKS.c.removed_at > since)).scalar_one() or 0.0


def remove(connection: Connection, block_id: int, by: str, now: float) -> Block | None:
    """The block that ended; None where there is none of that id in force, or somebody else was faster.

    The failures that led to it are forgotten with it: else the next one would make it anew (S272).
    """
    statement = update(BLOCKS).where(BLOCKS.c.id == block_id, _in_force(now)).values(removed_at=now, removed_by=by)
    row = connection.execute(statement.returning(*COLUMNS)).one_or_none()
    if row is None:
        return None
    block = Block._make(row)
    forget_failures(connection, block.directory, block.unique_id, block.station or None)
    notices.tell(connection, "blocks", notices.key_of(block.directory, block.unique_id))
    return block


def fail(
    connection: Connection,
    directory: str,
    unique_id: str,
    station: str,
    kind: str,
    digest: str,
    at: float,
    window_seconds: float,
) -> Failures:
    """Counts one failure; the user's failures of that kind in the window, this one included.

    A password that is wrong in the same way again (a saved one, sent by a device on its own) counts once in the
    window: `digest` is a keyed digest of it, "" where nothing is compared.
    """
    lock(connection, [(directory, unique_id)])
    user = and_(
        FAILURES.c.directory == directory, FAILURES.c.unique_id == unique_id, FAILURES.c.at > at - window_seconds
    )
    any_before = connection.execute(select(FAILURES.c.id).where(user).limit(1)).one_or_none() is not None
    counted = user & (FAILURES.c.kind == kind)
    same = select(FAILURES.c.id).where(counted, FAILURES.c.digest == digest).limit(1)
    if not digest or connection.execute(same).one_or_none() is None:
        values = {"directory": directory, "unique_id": unique_id, "station": station, "kind": kind}
        connection.execute(insert(FAILURES).values(**values, at=at, digest=digest))
        if not any_before:
            notices.tell(connection, "failures", notices.key_of(directory, unique_id))
    here = func.sum(case((FAILURES.c.station == station, 1), else_=0))
    at_station, anywhere = connection.execute(select(here, func.count()).where(counted)).one()
    return Failures(int(at_station or 0), anywhere)


def lock(connection: Connection, users: Sequence[tuple[str, str]]) -> None:
    """Until the transaction's end no other node counts failures or takes attempts of these users.

    They see one another, else each of them would be the first. In the order given: who locks several sorts them.
    """
    if connection.dialect.name == "postgresql":
        keys = func.unnest(cast([notices.key_of(*user) for user in users], ARRAY(Text))).column_valued("key")
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(keys, 0))))


def failures_of(
    connection: Connection, users: Sequence[tuple[str, str]], since: float
) -> dict[tuple[str, str], list[Failure]]:
    """Each user's failures after that time; users without any are not in it."""
    user = (FAILURES.c.directory, FAILURES.c.unique_id)
    statement = select(*user, *(FAILURES.c[name] for name in Failure._fields))
    found: dict[tuple[str, str], list[Failure]] = {}
    for directory, unique_id, *failure in connection.execute(
        statement.where(tuple_(*user).in_(users), FAILURES.c.at > since)
    ):
        found.setdefault((directory, unique_id), []).append(Failure._make(failure))
    return found


def active_of(
    connection: Connection, users: Sequence[tuple[str, str]], now: float
) -> dict[tuple[str, str], list[Block]]:
    """Each user's blocks in force; users without any are not in it."""
    found: dict[tuple[str, str], list[Block]] = {}
    of_them = tuple_(BLOCKS.c.directory, BLOCKS.c.unique_id).in_(users)
    for block in _read(connection, select(*COLUMNS).where(of_them, _in_force(now)).order_by(BLOCKS.c.id)):
        found.setdefault((block.directory, block.unique_id), []).append(block)
    return found


def forget_digests(connection: Connection, before: float, most: int) -> int:
    """Empties a slice of the digests that nothing is compared with any more; how many."""
    some = select(FAILURES.c.id).where(FAILURES.c.digest != "", FAILURES.c.at < before).limit(most)
    old = update(FAILURES).where(FAILURES.c.id.in_(some.scalar_subquery())).values(digest="")
    return connection.execute(old).rowcount


def forget_failures(connection: Connection, directory: str, unique_id: str, station: str | None = None) -> None:
    """After a success from that station; None: from all stations."""
    statement = delete(FAILURES).where(FAILURES.c.directory == directory, FAILURES.c.unique_id == unique_id)
    if station is not None:
        statement = statement.where(FAILURES.c.station == station)
    connection.execute(statement)


def users_with_failures(connection: Connection, since: float) -> set[tuple[str, str]]:
    """(directory, unique_id) of everybody with a failure after that time."""
    statement = select(FAILURES.c.directory, FAILURES.c.unique_id).where(FAILURES.c.at > since).distinct()
    return {(directory, unique_id) for directory, unique_id in connection.execute(statement)}


def stations_with_failures(connection: Connection, since: float) -> set[tuple[str, str, str]]:
    """(directory, unique_id, station) of every failure after that time."""
    columns = (FAILURES.c.directory, FAILURES.c.unique_id, FAILURES.c.station)
    statement = select(*columns).where(FAILURES.c.at > since).distinct()
    return {(directory, unique_id, station) for directory, unique_id, station in connection.execute(statement)}


def know_station(connection: Connection, directory: str, unique_id: str, station: str, at: float) -> None:
    """The user signed in from there."""
    values = {"directory": directory, "unique_id": unique_id, "station": station}
    statement = inserting(connection, KNOWN_STATIONS).values(**values, first_at=at, last_at=at)
    connection.execute(statement.on_conflict_do_update(index_elements=list(values), set_={"last_at": at}))


def knows_station(connection: Connection, directory: str, unique_id: str, station: str) -> bool:
    statement = select(KNOWN_STATIONS.c.station).where(
        KNOWN_STATIONS.c.directory == directory,
        KNOWN_STATIONS.c.unique_id == unique_id,
        KNOWN_STATIONS.c.station == station,
    )
    return connection.execute(statement).one_or_none() is not None


def stations_of(connection: Connection, directory: str, unique_id: str) -> list[Station]:
    """The one used last comes first."""
    statement = (
        select(KNOWN_STATIONS.c.station, KNOWN_STATIONS.c.first_at, KNOWN_STATIONS.c.last_at)
        .where(KNOWN_STATIONS.c.directory == directory, KNOWN_STATIONS.c.unique_id == unique_id)
        .order_by(KNOWN_STATIONS.c.last_at.desc())
    )
    return [Station._make(row) for row in connection.execute(statement)]


def _in_force(now: float) -> ColumnElement[bool]:
    return and_(BLOCKS.c.removed_at.is_(None), or_(BLOCKS.c.until.is_(None), BLOCKS.c.until > now))


def _read(connection: Connection, statement: Select[Any]) -> list[Block]:
    return [Block._make(row) for row in connection.execute(statement)]
