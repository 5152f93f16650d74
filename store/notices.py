"""Notices: what tells other parts, and other processes, that something changed.

A notice is a hint, the row it is about is the truth. Generations are counted in one row that every writer of notices
locks, so they are committed in their order and without gaps; who misses some knows it and forgets everything.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from store.tables import GENERATION, NOTICES

CHANNEL = "radiusd"  # of PostgreSQL's NOTIFY: look at the table
TOLD = "notices told"
MOST = 1000  # read at once; whoever is further behind forgets everything


class Notice(NamedTuple):
    """`key` of "": anything of the subject may have changed."""

    subject: str
    key: str


def key_of(directory: str, unique_id: str) -> str:
    """A user as the key of a notice."""
    return f"{directory}\x1f{unique_id}"


def user_of(key: str) -> tuple[str, str]:
    """Directory and unique id of such a key."""
    directory, _, unique_id = key.partition("\x1f")
    return directory, unique_id


def tell(connection: Connection, subject: str, key: str) -> None:
    """Within the transaction that makes the change; it is heard once that is committed."""
    counted = update(GENERATION).values(value=GENERATION.c.value + 1).returning(GENERATION.c.value)
    generation = connection.execute(counted).scalar_one()
    node = connection.info.get("node", "")
    connection.execute(
        insert(NOTICES).values(generation=generation, subject=subject, key=key, at=time.time(), node=node)
    )
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))
    connection.info.setdefault(TOLD, []).append(Notice(subject, key))


def count(connection: Connection) -> int:
    """How many the transaction has told so far."""
    return len(connection.info.get(TOLD, ()))


def take(connection: Connection, first: int = 0) -> list[Notice]:
    """What the transaction has told from the `first` on; the connection forgets it."""
    told: list[Notice] = connection.info.get(TOLD, [])
    taken = told[first:]
    del told[first:]
    return taken


def generation(connection: Connection) -> int:
    """How many notices there ever were."""
    return int(connection.execute(select(GENERATION.c.value)).scalar_one())


def since(connection: Connection, last: int, node: str) -> tuple[int, list[Notice] | None]:
    """The generation that was read to, and the notices of other nodes after `last`; None where some are missing."""
    newest = generation(connection)
    if newest == last:
        return last, []
    rows = connection.execute(
        select(NOTICES.c.generation, NOTICES.c.subject, NOTICES.c.key, NOTICES.c.node)
        .where(NOTICES.c.generation > last)
        .order_by(NOTICES.c.generation)
        .limit(MOST)
    ).all()
    if not rows or rows[-1][0] != last + len(rows):
        return newest, None
    return rows[-1][0], [Notice(subject, key) for _, subject, key, other in rows if other != node]
