"""Messages that were sent, or are to be: to whom and when, never what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select

from store.databases.rows import Rows
from store.records import MessageRow
from store.tables import MESSAGES
from store.writing import limits as writing_limits
from store.writing.joint import Form, Joint

ROWS = Rows(MESSAGES, numbered=False)
HOUR = writing_limits.HOUR
AT_ONCE = 64
COLUMNS = tuple(MESSAGES.c[name] for name in MessageRow._fields)


class Sent(Struct, frozen=True, array_like=True):
    """What came of a message. `at` of None: nobody took it, for that cause."""

    id: str
    at: float | None
    carrier: str
    cause: str
    until: float


Limit = writing_limits.Limit
SentAt = writing_limits.SentAt
MARKED = Form(
    Sent,
    "UPDATE messages SET sent_at = ?, carrier = ?, cause = ?, until = ? WHERE id = ?",
    Sent,
    ("at", "carrier", "cause", "until", "id"),
)


def allowed(connection: Connection, wanted: Sequence[tuple[Limit, ...]]) -> list[bool]:
    """For each group of limits, whether one more message may go to each of them. Those allowed before it count.

    It counts what is in the database: of every node on PostgreSQL. On SQLite the store counts, see store.writing.limits.
    """
    users = list(dict.fromkeys((limit.directory, limit.unique_id) for limits in wanted for limit in limits))
    if not users:
        return [True] * len(wanted)
    from_then = min(limit.now for limits in wanted for limit in limits) - HOUR
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for start in range(0, len(users), AT_ONCE):
        part = users[start : start + AT_ONCE]
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        values = ", ".join([f"({mark}, {mark})"] * len(part))
        statement = (
            f"WITH v(d, u) AS (VALUES {values}) SELECT v.d, v.u, m.kind, m.recipient, count(*) FROM v"  # noqa: S608
            f" CROSS JOIN messages AS m WHERE m.directory = v.d AND m.unique_id = v.u AND m.at > {mark}"
            " GROUP BY v.d, v.u, m.kind, m.recipient"
        )
        parameters = (*(value for user in part for value in user), from_then)
        for directory, unique_id, kind, recipient, number in connection.exec_driver_sql(statement, parameters):
            counts[directory, unique_id, kind, recipient] += number
            counts[directory, unique_id, kind, ""] += number
    verdicts = []
    for limits in wanted:
        keys = [(limit.directory, limit.unique_id, limit.kind, limit.recipient) for limit in limits]
        may = all(counts[key] < limit.most for key, limit in zip(keys, limits, strict=True))
        verdicts.append(may)
        if may:
            counts.update(keys)
    return verdicts


def mark_all(connection: Connection, sent: Sequence[Sent]) -> list[None]:
    """Writes down what came of each message."""
    # In one order at every node: two of them must not wait for each other.
    MARKED.execute(connection, sorted(sent, key=attrgetter("id")))
    return [None] * len(sent)


MARK: Joint[Sent, None] = Joint(mark_all, MARKED, None)


def since(connection: Connection, at: float) -> list[SentAt]:
    """Those that were written after that time, in order."""
    statement = select(*(MESSAGES.c[name] for name in SentAt._fields)).where(MESSAGES.c.at > at)
    return [SentAt._make(row) for row in connection.execute(statement.order_by(MESSAGES.c.at))]


def unsent(connection: Connection, now: float) -> list[MessageRow]:
    """Messages that nobody has taken yet and whose time is not up."""
    statement = select(*COLUMNS).where(MESSAGES.c.sent_at.is_(None), MESSAGES.c.until > now).order_by(MESSAGES.c.at)
    return [MessageRow._make(row) for row in connection.execute(statement)]


def of_login(connection: Connection, login: str, at: float) -> list[MessageRow]:
    """Every message of a login that began at that time or later, oldest first."""
    statement = select(*COLUMNS).where(MESSAGES.c.at >= at, MESSAGES.c.login == login).order_by(MESSAGES.c.at)
    return [MessageRow._make(row) for row in connection.execute(statement)]


def to_recipient(connection: Connection, kind: str, recipient: str, since: float) -> int:
    """How many of a kind went to one recipient after that time, whoever they are about. It looks at all of that time."""
    fits = (MESSAGES.c.at > since, MESSAGES.c.kind == kind, MESSAGES.c.recipient == recipient)
    return connection.execute(select(func.count()).where(*fits)).scalar_one()


def prune(connection: Connection, before: float, most: int) -> int:
    """Removes a slice of the messages that are older; how many."""
    some = select(MESSAGES.c.id).where(MESSAGES.c.at < before).limit(most)
    return connection.execute(delete(MESSAGES).where(MESSAGES.c.id.in_(some.scalar_subquery()))).rowcount
