"""Approvals that were given and have let nobody in end with a block, and with an account that is disabled or expired (D2).

In the transaction of what ends them, so that lifting it again revives none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Update, func, or_, select, update

from store import audit, notices
from store.databases.rows import Rows
from store.records import ApprovalRow, AuditRow, Block
from store.tables import APPROVALS, KNOWN_STATIONS, LINKS

SUBJECT = "approvals"  # of the notices; their key is the approval's id
ROWS = Rows(APPROVALS, numbered=False)
LINK_ROWS = Rows(LINKS, numbered=False)
COLUMNS = tuple(APPROVALS.c[name] for name in ApprovalRow._fields)
SPARE_SECONDS = 600.0  # after which one that has let nobody in in time is left as it is
AT_ONCE = 500  # users in one statement
GIVEN = (APPROVALS.c.status == "approved", APPROVALS.c.used_at.is_(None))


def is_any_given(connection: Connection, directory: str, unique_id: str) -> bool:
    """Whether anything was approved for that user that has let nobody in and was not ended."""
    of_them = (APPROVALS.c.directory == directory, APPROVALS.c.unique_id == unique_id)
    return connection.execute(select(APPROVALS.c.id).where(*of_them, *GIVEN).limit(1)).one_or_none() is not None


def by_account(
    connection: Connection,
    directory: str,
    unique_ids: Sequence[str],
    status: Literal["disabled", "expired"],
    now: float,
) -> int:
    """Ends what was approved for these users, whose account is that; how many ended."""
    ended, by = 0, "a disabled account" if status == "disabled" else "an expired account"
    for start in range(0, len(unique_ids), AT_ONCE):
        of_them = APPROVALS.c.unique_id.in_(unique_ids[start : start + AT_ONCE])
        ended += _end(connection, directory, [of_them], by, now)
    return ended


def by_new_password(connection: Connection, directory: str, unique_id: str, now: float) -> int:
    """Ends what was approved for that user, whose password is another one now; how many ended."""
    return _end(connection, directory, [APPROVALS.c.unique_id == unique_id], "a changed password", now)


def by_block(connection: Connection, block: Block, now: float) -> int:
    """Ends what was approved for sign-ins that the block covers (see rules/blocking.covers); how many ended."""
    covered = [APPROVALS.c.unique_id == block.unique_id]
    place = func.coalesce(func.nullif(APPROVALS.c.station, ""), APPROVALS.c.client)
    if block.scope == "station":
        covered.append(place == block.station)
    elif block.scope == "unknown_stations":
        known = select(KNOWN_STATIONS.c.station).where(
            KNOWN_STATIONS.c.directory == block.directory, KNOWN_STATIONS.c.unique_id == block.unique_id
        )
        covered.append(place.not_in(known))
    return _end(connection, block.directory, covered, "a block", now)


def told_of(connection: Connection, change: Update, what: str, source: str, now: float) -> int:
    """How many approvals were changed; the audit and whoever waits for them are told."""
    rows = connection.execute(change.returning(*COLUMNS)).all()
    for row in rows:
        approval = ApprovalRow._make(row)
        audit.insert(connection, told(approval, what, source, now)[:-1])
        notices.tell(connection, SUBJECT, approval.id)
    return len(rows)


def told(approval: ApprovalRow, what: str, source: str, now: float) -> AuditRow:
    """The audit's row of what was done with an approval, by somebody at `source`."""
    trail = [
        f"{what} from {source}" if source else what,
        f"asked at {approval.client} for application {approval.application}",
    ]
    return AuditRow(
        at=now,
        ref=None,
        login=approval.login,
        client=approval.client,
        application=approval.application,
        user_name=approval.user_name,
        directory=approval.directory,
        unique_id=approval.unique_id,
        station=approval.station,
        nas=approval.nas,
        source=source,
        profile=approval.profile,
        step="decision",
        outcome=approval.status,
        reason=what,
        detail=json.dumps({"trail": trail}, ensure_ascii=False),
    )


def _end(connection: Connection, directory: str, covered: Sequence[ColumnElement[bool]], by: str, now: float) -> int:
    counts = func.coalesce(APPROVALS.c.taken_back_at, APPROVALS.c.decided_at) + APPROVALS.c.late
    given = update(APPROVALS).where(
        APPROVALS.c.directory == directory,
        *covered,
        *GIVEN,
        or_(counts > now - SPARE_SECONDS, APPROVALS.c.held_until > now - SPARE_SECONDS),
    )
    revoked = given.values(status="revoked", revoked_at=now, revoked_by=by)
    return told_of(connection, revoked, f"revoked by {by}", "", now)
