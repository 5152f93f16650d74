"""What ends with a password, in the transaction that records its change: whatever the old one had opened."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from store import approvals, passwords_to_change, revoking
from store.tables import LOGINS

__all__ = ["Connection", "after_new_password"]


def after_new_password(connection: Connection, directory: str, unique_id: str, but: str, now: float) -> bool:
    """Ends the user's open logins with their States, but that of the change (`but`, "" for none), what was asked of approvers
    for them, and what was approved and has let nobody in (D2). True, as a verdict's `writes` say it.

    Nodes that have a login in memory find out when they write: its step is another one. Of a question to an approver they
    are told, and whoever has a request waiting for it refuses it.
    """
    of_them = (LOGINS.c.directory == directory, LOGINS.c.unique_id == unique_id, LOGINS.c.id != but)
    # `joins` has an index of the open ones alone.
    still_open = select(LOGINS.c.id, LOGINS.c.approval).where(LOGINS.c.joins.is_not(None), *of_them)
    for login, approval in connection.execute(still_open.order_by(LOGINS.c.id)).all():
        if approval is not None:
            approvals.withdraw(connection, approval, now)
            continue
        values = {"status": "ended", "joins": None, "states": "", "memory": "", "until": now}
        ended = update(LOGINS).where(LOGINS.c.id == login, LOGINS.c.status == "open", LOGINS.c.approval.is_(None))
        connection.execute(ended.values(**values, step=LOGINS.c.step + 1))
    revoking.by_new_password(connection, directory, unique_id, now)
    passwords_to_change.forget(connection, directory, unique_id)
    return True
