"""Attempts that are under way at any node: what is being judged may fail, and counts until it has been.

For a database that several processes share. A process that is alone with its database knows its own in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, tuple_

from store import blocks
from store.records import Block, Failure
from store.tables import ATTEMPTS
from store.writing.joint import Form, Joint

TAKEN = tuple(column.name for column in ATTEMPTS.c)
User = tuple[str, str]  # directory and unique id


class Seen(NamedTuple):
    """What counts against a user's next attempt: failures in the window, attempts under way, blocks in force.

    `under_way` are (station, kind).
    """

    failures: Sequence[Failure]
    under_way: Sequence[tuple[str, str]]
    blocks: Sequence[Block]


class Take(Struct, frozen=True):
    """An attempt that is to begin at `at` and counts until `until`, if `decide` says None of what is `Seen`.

    Failures after `since` are looked at. `decide` is called by the thread that writes, perhaps more than once.
    """

    id: str
    directory: str
    unique_id: str
    station: str
    kind: str
    at: float
    until: float
    since: float
    decide: Callable[[Seen], str | None]


class End(Struct, frozen=True):
    """The attempt of that id is over, and was no failure."""

    id: str


def run(connection: Connection, items: Sequence[Take | End]) -> list[str | None]:
    """Ends some and begins others; of each what `decide` said, None where it is under way now (or has ended)."""
    ended = [item.id for item in items if isinstance(item, End)]
    if ended:
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.id.in_(ended)))
    takes = [item for item in items if isinstance(item, Take)]
    decided = iter(_take(connection, takes) if takes else ())
    return [None if isinstance(item, End) else next(decided) for item in items]


def _take(connection: Connection, takes: Sequence[Take]) -> list[str | None]:
    users = sorted({(take.directory, take.unique_id) for take in takes})
    blocks.lock(connection, users)
    now = min(take.at for take in takes)
    failures = blocks.failures_of(connection, users, min(take.since for take in takes))
    standing = blocks.active_of(connection, users, now)
    under_way: dict[User, list[tuple[str, str]]] = {user: [] for user in users}
    columns = (ATTEMPTS.c.directory, ATTEMPTS.c.unique_id, ATTEMPTS.c.station, ATTEMPTS.c.kind)
    for directory, unique_id, station, kind in connection.execute(
        select(*columns).where(tuple_(*columns[:2]).in_(users), ATTEMPTS.c.until > now)
    ):
        under_way[directory, unique_id].append((station, kind))
    decided, begun = [], []
    for take in takes:
        user = (take.directory, take.unique_id)
        why = take.decide(Seen(failures.get(user, ()), under_way[user], standing.get(user, ())))
        decided.append(why)
        if why is None:
            under_way[user].append((take.station, take.kind))
            begun.append({name: getattr(take, name) for name in TAKEN})
    if begun:
        connection.execute(insert(ATTEMPTS), begun)
    return decided


def end(connection: Connection, attempt: str) -> None:
    """The attempt is over, in the caller's transaction."""
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.id == attempt))


def under_way(connection: Connection) -> int:
    """How many rows there are."""
    return connection.execute(select(func.count()).select_from(ATTEMPTS)).scalar_one()


def prune(connection: Connection, now: float, most: int) -> int:
    """Removes a slice of the attempts of nodes that are gone; how many."""
    some = select(ATTEMPTS.c.id).where(ATTEMPTS.c.until <= now).limit(most)
    return connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.id.in_(some.scalar_subquery()))).rowcount


ENDED = Form(End, "DELETE FROM attempts WHERE id = ?", End, ("id",))
ATTEMPT: Joint[Take | End, str | None] = Joint(run, ENDED, None, lambda item: isinstance(item, End))
