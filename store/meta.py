"""What a database is, apart from what is in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, select, update

from store.inserting import inserting
from store.tables import SETTINGS

KEY_ID = "key_id"


def key_id(connection: Connection) -> str | None:
    """The id of the key that new digests are made with; None where no server has begun to."""
    return connection.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == KEY_ID)).scalar_one_or_none()


def key_id_in(file: Path) -> str | None:
    """The same of an SQLite file that is not opened for anything else; None also where it can not be read."""
    try:
        connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)
        try:
            query = f"SELECT {SETTINGS.c.value.name} FROM {SETTINGS.name} WHERE {SETTINGS.c.name.name} = ?"  # noqa: S608 - ours
            found = connection.execute(query, (KEY_ID,)).fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return None
    return str(found[0]) if found else None


def check_key(connection: Connection, key_ids: Sequence[str]) -> bool:
    """Whether the database's digests are made with one of these keys; from now on they are, with the first.

    The first key that comes is the database's.
    """
    row = inserting(connection, SETTINGS).values(name=KEY_ID, value=key_ids[0])
    connection.execute(row.on_conflict_do_nothing())
    is_key = SETTINGS.c.name == KEY_ID
    if connection.execute(select(SETTINGS.c.value).where(is_key)).scalar_one() not in key_ids:
        return False
    connection.execute(update(SETTINGS).where(is_key).values(value=key_ids[0]))
    return True
