"""What a database is, apart from what is in it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from store.inserting import inserting
from store.tables import SETTINGS

KEY_ID = "key_id"


def check_key(connection: Connection, key_id: str) -> bool:
    """Whether the database's digests are made with this key; the first key that comes is."""
    connection.execute(inserting(connection, SETTINGS).values(name=KEY_ID, value=key_id).on_conflict_do_nothing())
    stored = connection.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == KEY_ID)).scalar_one()
    return bool(stored == key_id)
