"""What is written where somebody is told of a login apart from its answer: the message, and the audit."""

from __future__ import annotations

from collections.abc import Sequence

from radiusd.login.cases import Case
from store import Connection, audit, messages
from store.messages import Limit
from store.records import MessageRow

FAILURE, LATE = "failure", "late"  # the audit's step
INFORMING, UNINFORMED = "informing", "uninformed"  # what came of it
TOLD = {FAILURE: "is told of a failed sign-in", LATE: "is told to sign in again, since the approval came late"}
NOBODY = {FAILURE: "nobody is told of a failed sign-in", LATE: "nobody is told of the late approval"}


def told(
    case: Case, why_not: str, rows: Sequence[MessageRow], limits: tuple[Limit, ...], connection: Connection
) -> bool:
    """Whether there is room for it, and nobody was quicker; `case.step` is of what. Run in a transaction."""
    if not messages.allowed(connection, [limits])[0]:
        return False
    if rows and not messages.ROWS.insert_new(connection, rows):
        return False
    recipients = ", ".join(row.recipient for row in rows)
    reason = f"{recipients} {TOLD[case.step]}" if rows else f"{NOBODY[case.step]}: {why_not}"
    audit.insert(connection, case.row(INFORMING if rows else UNINFORMED, reason, ()))
    return True
