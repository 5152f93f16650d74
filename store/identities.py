"""Where a name was last found: with that directory down, nobody else's user of the same name takes its place (D21)."""

from __future__ import annotations

import time

from sqlalchemy import Connection, delete, select

from store.inserting import inserting
from store.tables import IDENTITIES


def last_found(connection: Connection, name: str) -> tuple[str, str] | None:
    """(directory, unique_id)."""
    statement = select(IDENTITIES.c.directory, IDENTITIES.c.unique_id).where(IDENTITIES.c.name == name)
    row = connection.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1])


def remember(connection: Connection, name: str, directory: str, unique_id: str, at: float | None = None) -> None:
    """`at` of None is now."""
    values = {"directory": directory, "unique_id": unique_id, "at": time.time() if at is None else at}
    statement = inserting(connection, IDENTITIES).values(name=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def forget(connection: Connection, name: str) -> None:
    connection.execute(delete(IDENTITIES).where(IDENTITIES.c.name == name))
