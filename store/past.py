"""What whoever decides about a sign-in can judge it by: how often the user came from there before."""

from __future__ import annotations

from sqlalchemy import Connection

from store.records import Before
from store.text import storable

# Text, since it is asked before each question to an approver: to have it made takes longer than to run it.
FROM_STATION = """\
WITH here AS (
    SELECT first_at, last_at FROM known_stations
    WHERE directory = ? AND unique_id = ? AND station = ? AND first_at < ?
)
SELECT (SELECT first_at FROM here), (SELECT last_at FROM here),
    count(used_at), count(CASE WHEN status = 'refused' THEN 1 END)
FROM approvals
WHERE directory = ? AND unique_id = ? AND at < ? AND kind = 'approval' AND station = ?"""
AT_CLIENT = f"{FROM_STATION} AND client = ?"


def before(
    connection: Connection, directory: str, unique_id: str, station: str, client: str, at: float
) -> Before:  # fmt: skip
    """Of that user, from that station (where the NAS names none: at that client), before that time."""
    user = (storable(directory), storable(unique_id))
    place, station, client = storable(station or client), storable(station), storable(client)
    values: tuple[str | float, ...] = (*user, place, at, *user, at, station)
    text, values = (FROM_STATION, values) if station else (AT_CLIENT, (*values, client))
    if connection.dialect.name == "postgresql":
        text = text.replace("?", "%s")
    return Before._make(connection.exec_driver_sql(text, values).one())
