"""Migrations, each named by its number: what a database's version is, and bringing it up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from store.errors import StoreError

FOLDER = Path(__file__).parent


def known() -> list[str]:
    """The versions that this release knows, the newest last."""
    return sorted(path.stem.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def version_of(connection: Connection) -> str | None:
    """None for a database without our tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_current(connection: Connection) -> bool:
    """Raises StoreError for a database of a newer release."""
    version, versions = version_of(connection), known()
    if version is not None and version not in versions:
        raise StoreError(
            f"the database is of a newer release of radiusd (its version is {version}, this release knows up to "
            f"{versions[-1]}): run that release, or restore a backup of this one's database"
        )
    return version == versions[-1]


def upgrade(connection: Connection) -> None:
    """Brings the database up to date, in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
