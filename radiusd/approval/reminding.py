"""Whether whoever was asked is reminded that somebody is back and still waits (D25)."""

from __future__ import annotations

from store import Connection, approvals, messages
from store.records import ApprovalRow, LinkRow

MOST_PER_APPROVER = 30  # messages an hour about all users; beyond, nobody is reminded


def due(connection: Connection, approval: ApprovalRow, kind: str, after: float, now: float) -> LinkRow | None:
    """The link whose recipient is reminded, the last one; None where nobody is.

    `kind` is that of the messages that ask. The wait before must have ended undecided, `after` seconds or more must have gone by since that link, and its
    recipient must not have had too many messages. Once a question.
    """
    if approval.held_until > now or approval.reminded_at is not None:
        return None
    sent = approvals.links_of(connection, approval.id)
    if not sent or now - sent[-1].at < after:
        return None
    last = sent[-1]
    had = messages.to_recipient(connection, kind, last.recipient, now - messages.HOUR)
    return last if had < MOST_PER_APPROVER else None
