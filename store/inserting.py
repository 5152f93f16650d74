"""INSERT ... ON CONFLICT, which both databases have and SQLAlchemy keeps with each of them."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def inserting(connection: Connection, table: Table) -> postgresql.Insert:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if connection.dialect.name == "sqlite":
        # The two are different classes with the same methods.
        return sqlite.insert(table)  # type: ignore[return-value]
    return postgresql.insert(table)
