"""What waits for a decision, and deciding it in an approver's place.

What takes a connection is a step of the store, as in `users`.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Literal

from radiusd.administration.changes import Administrator
from radiusd.administration.faults import Conflict, Missing
from radiusd.rules.moments import moment
from store import approvals

if TYPE_CHECKING:
    from store import Connection
    from store.records import ApprovalRow, LinkRow

Decision = Literal["approved", "refused"]
LATEST = 100  # of all states that a list shows


class NoApproval(Missing):
    """There is no approval of that id."""

    def __init__(self, approval: str) -> None:
        super().__init__(f"there is no approval {approval}")


class Undecidable(Conflict):
    """It can not be decided so, or not any more."""


def listed(connection: Connection, now: float, *, every: bool = False) -> list[ApprovalRow]:
    """What can be decided, oldest first; or `every` kind and state, the last 100, newest first."""
    return approvals.latest(connection, LATEST) if every else approvals.open_ones(connection, now)


def find(connection: Connection, approval: str) -> tuple[ApprovalRow, list[LinkRow]]:
    """One approval and every link to it that was sent. Raises NoApproval."""
    row = approvals.get(connection, approval)
    if row is None:
        raise NoApproval(approval)
    return row, approvals.links_of(connection, approval)


def decide(
    connection: Connection, by: Administrator, approval: str, decision: Decision, now: float, zone: tzinfo | None
) -> ApprovalRow:
    """The approval as it is decided; running servers hear of it at once. `zone` is for words of times.

    Raises NoApproval, Undecidable.
    """
    counted = approvals.decide(
        connection, approval, decision, f"administrator ({by.door})", f"{by.door} of {by.name}", now
    )
    row = approvals.get(connection, approval)
    if row is None:
        raise NoApproval(approval)
    if not counted:
        raise Undecidable(f"the sign-in of {row.user_name} can not be {decision}: {why_not(row, now, zone)}")
    return row


def why_not(row: ApprovalRow, now: float, zone: tzinfo | None) -> str:
    """Why a decision about it does not count."""
    if row.kind != "approval":
        return "it is for information, and nothing is to be decided"
    if row.status in ("approved", "refused"):
        return f"it was {row.status} by {row.decided_by} at {moment(row.decided_at, zone)}"
    if row.status == "withdrawn":
        return "it was withdrawn"
    if now >= row.until:
        return f"it has expired at {moment(row.until, zone)}"
    return "nobody waits any more, and late_approval is 0s; the user must try again"
