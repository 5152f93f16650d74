"""From radius.yaml's `database` to a database that is there and up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from store import migrations
from store.databases.sqlite import Sqlite
from store.errors import StoreError, Unavailable, cause_of

if TYPE_CHECKING:
    from store.databases.postgres import Postgres

Database: TypeAlias = "Sqlite | Postgres"
LOCK_SECONDS = 60.0  # how long another process's migration is waited for


def opened(url: str, folder: Path) -> Database:
    """Raises StoreError."""
    database = _named(url, folder)
    try:
        if not _is_current(database):
            with database.preparing(LOCK_SECONDS) as connection:
                # Another process may have been faster.
                if not migrations.is_current(connection):
                    migrations.upgrade(connection)
    except (SQLAlchemyError, Unavailable, OSError, database.ERROR) as error:
        raise StoreError(f"the database {database.name} cannot be used: {cause_of(error)}") from None
    return database


def _is_current(database: Database) -> bool:
    if not database.exists():
        return False
    connection = database.connect()
    try:
        current = migrations.is_current(connection)
        if current and isinstance(database, Sqlite):
            database.use_wal(connection)
        return current
    finally:
        connection.close()


def _named(url: str, folder: Path) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("`database` is no URL; write sqlite:///radiusd.db or postgresql://user@host/name") from None
    match parsed.drivername:
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return Sqlite(folder / parsed.database)
        case "postgresql" | "postgresql+psycopg":
            from store.databases.postgres import Postgres  # psycopg takes a tenth of a second and 10 MiB

            return Postgres(parsed)
        case "sqlite":
            raise StoreError("`database` names no file; write sqlite:///radiusd.db")
        case other:
            raise StoreError(f"`database`: {other} is not known; write sqlite:///FILE or postgresql://user@host/name")
