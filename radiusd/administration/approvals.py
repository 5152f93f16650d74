"""What waits for a decision, and deciding it in an approver's place.

What takes a connection is a step of the store, as in `users`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Literal

from radiusd.administration.changes import Administrator, called
from radiusd.administration.faults import Conflict, Missing
from radiusd.approval.people import Hindrance, is_blocked, of_local
from radiusd.rules.links import LinkState, state_of
from radiusd.rules.moments import moment
from store import approvals, messages

if TYPE_CHECKING:
    from store import Connection
    from store.records import ApprovalRow, LinkRow, MessageRow

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


def asked(connection: Connection, rows: Sequence[ApprovalRow]) -> dict[str, list[LinkRow]]:
    """The links by which somebody was asked, oldest first, by approval; those that nobody was asked by are not in it."""
    return approvals.links_of_all(connection, [row.id for row in rows])


def decide(
    connection: Connection, by: Administrator, approval: str, decision: Decision, now: float, zone: tzinfo | None
) -> ApprovalRow:
    """The approval as it is decided; running servers hear of it at once. `zone` is for words of times.

    Raises NoApproval, Undecidable.
    """
    counted = approvals.decide(connection, approval, decision, called(by), f"the {by.door}", now)
    row = approvals.get(connection, approval)
    if row is None:
        raise NoApproval(approval)
    if not counted:
        raise Undecidable(f"the sign-in of {row.user_name} can not be {said(decision)}: {why_not(row, now, zone)}")
    return row


def revoke(connection: Connection, by: Administrator, approval: str, now: float, zone: tzinfo | None) -> ApprovalRow:
    """The approval as it is revoked, before it has let anybody in. Raises NoApproval, Undecidable."""
    counted = approvals.revoke(connection, approval, called(by), f"the {by.door}", now)
    row = approvals.get(connection, approval)
    if row is None:
        raise NoApproval(approval)
    if not counted:
        raise Undecidable(f"the approval of {row.user_name} can not be revoked: {_why_not_revoked(row, zone)}")
    return row


def hindrance(connection: Connection, row: ApprovalRow, now: float, *, blocking: bool, local: bool) -> Hindrance | None:
    """What keeps its user out whatever was decided, as far as the database knows; None of one that is over.

    `blocking`: whether blocks that failures led to hold. `local`: whether its directory is the database's users.
    """
    if state_of(row, now) not in {LinkState.OPEN, LinkState.GRANT, LinkState.APPROVED}:
        return None
    if is_blocked(connection, row, now, blocking=blocking):
        return Hindrance.BLOCKED
    return of_local(connection, row, now) if local else None


def sent(connection: Connection, row: ApprovalRow) -> list[MessageRow]:
    """The messages that brought its links, oldest first, as long as they are known."""
    return [each for each in messages.of_login(connection, row.login, row.at - 1) if each.kind == row.kind]


def _why_not_revoked(row: ApprovalRow, zone: tzinfo | None) -> str:
    if row.used_at is not None:
        return f"{row.user_name} signed in with it at {moment(row.used_at, zone)}"
    if row.status == "revoked":
        return f"it was revoked by {row.revoked_by} at {moment(row.revoked_at, zone)}"
    return "it was not approved"


def said(status: str) -> str:
    """The word that people read for how an approval stands: they press Approve or Reject."""
    return "rejected" if status == "refused" else status


def why_not(row: ApprovalRow, now: float, zone: tzinfo | None) -> str:
    """Why a decision about it does not count."""
    if row.kind != "approval":
        return "it is for information, and nothing is to be decided"
    if row.status in ("approved", "refused"):
        return f"it was {said(row.status)} by {row.decided_by} at {moment(row.decided_at, zone)}"
    if row.status == "withdrawn":
        return "it was withdrawn"
    if row.status == "revoked":
        return f"it was revoked by {row.revoked_by} at {moment(row.revoked_at, zone)}"
    if now >= row.until:
        return f"it has expired at {moment(row.until, zone)}"
    return "nobody waits any more, and late_approval is 0s; the user must try again"
