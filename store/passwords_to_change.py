"""Passwords that were right and must be changed, sealed, while their owners are asked for another one.

The directory wants the old one beside the new one. It is kept until it was changed, an hour at the most.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from store.enrollment_tables import PASSWORDS_TO_CHANGE as KEPT
from store.inserting import inserting

KEPT_SECONDS = 3600.0


def keep(connection: Connection, directory: str, unique_id: str, sealed: str, now: float) -> bool:
    """In the place of what was kept of that user before. True, as a verdict's `writes` say it."""
    values = {"sealed": sealed, "until": now + KEPT_SECONDS}
    kept = inserting(connection, KEPT).values(directory=directory, unique_id=unique_id, **values)
    connection.execute(kept.on_conflict_do_update(index_elements=("directory", "unique_id"), set_=values))
    return True


def find(connection: Connection, directory: str, unique_id: str, now: float) -> str | None:
    """What is kept of that user, None where nothing is, or no more."""
    of_them = (KEPT.c.directory == directory, KEPT.c.unique_id == unique_id, KEPT.c.until > now)
    return connection.execute(select(KEPT.c.sealed).where(*of_them)).scalar_one_or_none()


def forget(connection: Connection, directory: str, unique_id: str) -> None:
    connection.execute(delete(KEPT).where(KEPT.c.directory == directory, KEPT.c.unique_id == unique_id))


def prune(connection: Connection, now: float) -> int:
    """Removes what was kept for long enough; how many."""
    return connection.execute(delete(KEPT).where(KEPT.c.until <= now)).rowcount
