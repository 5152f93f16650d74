"""What whoever decides about a sign-in can judge it by: how often the user came from there before."""

from __future__ import annotations

from sqlalchemy import Connection, case, func, select

from store.records import Before
from store.tables import APPROVALS, KNOWN_STATIONS


def before(
    connection: Connection, directory: str, unique_id: str, station: str, client: str, at: float
) -> Before:  # fmt: skip
    """Of that user, from that station (where the NAS names none: at that client), before that time."""
    of_user = (APPROVALS.c.directory == directory, APPROVALS.c.unique_id == unique_id, APPROVALS.c.at < at)
    decided = select(
        func.count(APPROVALS.c.used_at),
        func.count(case((APPROVALS.c.status == "refused", 1))),
    ).where(*of_user, APPROVALS.c.kind == "approval", APPROVALS.c.station == station)
    if not station:
        decided = decided.where(APPROVALS.c.client == client)
    approved, refused = connection.execute(decided).one()
    place = select(KNOWN_STATIONS.c.first_at, KNOWN_STATIONS.c.last_at).where(
        KNOWN_STATIONS.c.directory == directory,
        KNOWN_STATIONS.c.unique_id == unique_id,
        KNOWN_STATIONS.c.station == (station or client),
        KNOWN_STATIONS.c.first_at < at,
    )
    known = connection.execute(place).one_or_none()
    if known is None:
        return Before(None, None, approved, refused)
    return Before(known.first_at, known.last_at, approved, refused)
