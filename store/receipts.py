"""Of which messages it is not known yet whether the phone got them, and what their carrier told (see delivery.Receipt).

They are in the database, so that it does not matter which node is told, nor whether it was started anew meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, func, select

from store import audit
from store.databases.rows import Rows
from store.records import AuditRow
from store.tables import LOGINS, MESSAGES, RECEIPTS_AWAITED

ROWS = Rows(RECEIPTS_AWAITED)
AWAITED_SECONDS = 3 * 86400.0  # networks give up on a phone that is off after two days or less
SAME_DIGITS = 7  # at the end of two numbers that are written otherwise
STEP = "receipt"
DELIVERED, UNDELIVERED = "delivered", "undelivered"  # outcomes
LOOKED_AT = 10_000  # of all users
# Of the message, and of the login that it was sent for, where that is recorded still.
OF_MESSAGE = ("login", "kind", "profile", "directory", "unique_id", "recipient")
OF_LOGIN = ("client", "application", "user_name", "station", "nas", "source")


def told(
    connection: Connection,
    carrier: str,
    names: Sequence[str],
    recipient: str,
    now: float,
    what: Callable[[str, str], str],
    *,
    delivered: bool,
) -> bool:
    """Writes into the audit what became of a message; False where none of these names is awaited.

    All names but the first are only guessed, and count where the message went to `recipient`. `what(kind, recipient)`
    says it.
    """
    awaited = RECEIPTS_AWAITED.c
    columns = (
        awaited.id, awaited.name, *(MESSAGES.c[name] for name in OF_MESSAGE),
        *(func.coalesce(LOGINS.c[name], "").label(f"login_{name}") for name in OF_LOGIN),
    )  # fmt: skip
    joined = RECEIPTS_AWAITED.join(MESSAGES, MESSAGES.c.id == awaited.message).outerjoin(
        LOGINS, LOGINS.c.id == MESSAGES.c.login
    )
    fits = (awaited.carrier == carrier, awaited.name.in_(names))
    statement = select(*columns).select_from(joined).where(*fits).order_by(awaited.id.desc())
    found = connection.execute(statement).mappings().all()
    # The newest of the likeliest name: a carrier may begin to count anew.
    found = sorted(found, key=lambda row: names.index(row["name"]))
    row = next((each for each in found if each["name"] == names[0] or _same(each["recipient"], recipient)), None)
    if row is None:
        return False
    connection.execute(delete(RECEIPTS_AWAITED).where(awaited.id == row["id"]))
    outcome, reason = DELIVERED if delivered else UNDELIVERED, what(row["kind"], row["recipient"])
    of_login = {name: row[f"login_{name}"] for name in OF_LOGIN}
    of_message = {name: row[name] for name in ("login", "profile", "directory", "unique_id")}
    told = AuditRow(at=now, ref=None, step=STEP, outcome=outcome, reason=reason, detail="", **of_login, **of_message)
    audit.insert(connection, told[:-1])
    return True


def last_failed(connection: Connection, directory: str, unique_id: str, since: float) -> AuditRow | None:
    """The last message of a user's that did not reach the phone, after that time."""
    failed = audit.find(connection, outcome=UNDELIVERED, since=since, limit=LOOKED_AT)
    return next((row for row in failed if (row.directory, row.unique_id) == (directory, unique_id)), None)


def _same(number: str, other: str) -> bool:
    """Whether two numbers are the same one, written with more or fewer digits in front."""
    mine, theirs = ("".join(filter(str.isdigit, each)) for each in (number, other))
    return len(theirs) >= SAME_DIGITS and mine.endswith(theirs[-SAME_DIGITS:])
