"""What whoever decides about a sign-in can judge it by: how often the user came from there before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, select

from store.records import Before
from store.tables import APPROVALS, KNOWN_STATIONS


def _statement(*further: ColumnElement[bool]) -> Select[Any]:
    """Made once: it is asked before each question to an approver, and to make it takes as long as to run it."""
    asked, known = APPROVALS.c, KNOWN_STATIONS.c
    here = (
        known.directory == bindparam("directory"),
        known.unique_id == bindparam("unique_id"),
        known.station == bindparam("place"),
        known.first_at < bindparam("at"),
    )
    return select(
        select(known.first_at).where(*here).scalar_subquery(),
        select(known.last_at).where(*here).scalar_subquery(),
        func.count(asked.used_at),
        func.count(case((asked.status == "refused", 1))),
    ).where(
        asked.directory == bindparam("directory"),
        asked.unique_id == bindparam("unique_id"),
        asked.at < bindparam("at"),
        asked.kind == "approval",
        asked.station == bindparam("station"),
        *further,
    )


FROM_STATION = _statement()
AT_CLIENT = _statement(APPROVALS.c.client == bindparam("client"))


def before(
    connection: Connection, directory: str, unique_id: str, station: str, client: str, at: float
) -> Before:  # fmt: skip
    """Of that user, from that station (where the NAS names none: at that client), before that time."""
    values = {"directory": directory, "unique_id": unique_id, "station": station, "place": station or client, "at": at}
    if station:
        return Before._make(connection.execute(FROM_STATION, values).one())
    return Before._make(connection.execute(AT_CLIENT, values | {"client": client}).one())
