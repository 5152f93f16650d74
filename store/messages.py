"""Messages that were sent, or are to be: to whom and when, never what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, delete, select

from store.databases.joint import Joint, places
from store.databases.rows import Rows
from store.records import MessageRow
from store.tables import MESSAGES

if TYPE_CHECKING:
    from store.logins import Limit

ROWS = Rows(MESSAGES, numbered=False)
HOUR = 3600.0
AT_ONCE = 64
MARKED = "UPDATE messages SET sent_at = ?, carrier = ?, cause = ?, until = ? WHERE id = ?"
MARKS = ("at", "carrier", "cause", "until", "id")
COLUMNS = tuple(MESSAGES.c[name] for name in MessageRow._fields)


class Sent(Struct, frozen=True, array_like=True):
    """What came of a message. `at` of None: nobody took it, for that cause."""

    id: str
    at: float | None
    carrier: str
    cause: str
    until: float


class SentAt(NamedTuple):
    """A message as limits count it."""

    directory: str
    unique_id: str
    kind: str
    recipient: str
    at: float


def allowed(connection: Connection, wanted: Sequence[tuple[Limit, ...]]) -> list[bool]:
    """For each group of limits, whether one more message may go to each of them. Those allowed before it count.

    On SQLite it looks at every message of the hour.
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
    text = MARKED if connection.dialect.name == "sqlite" else MARKED.replace("?", "%s")
    connection.exec_driver_sql(text, list(map(attrgetter(*MARKS), sorted(sent, key=attrgetter("id")))))
    return [None] * len(sent)


MARK: Joint[Sent, None] = Joint(mark_all, (MARKED, None, places(Sent, *MARKS), ()), None)


def since(connection: Connection, at: float) -> list[SentAt]:
    """Those that were written after that time, in order."""
    statement = select(*(MESSAGES.c[name] for name in SentAt._fields)).where(MESSAGES.c.at > at)
    return [SentAt._make(row) for row in connection.execute(statement.order_by(MESSAGES.c.at))]


def unsent(connection: Connection, now: float) -> list[MessageRow]:
    """Messages that nobody has taken yet and whose time is not up."""
    statement = select(*COLUMNS).where(MESSAGES.c.sent_at.is_(None), MESSAGES.c.until > now).order_by(MESSAGES.c.at)
    return [MessageRow._make(row) for row in connection.execute(statement)]


def unsent_of(connection: Connection, login: str, now: float) -> list[MessageRow]:
    """Those of one login."""
    return [row for row in unsent(connection, now) if row.login == login]


def prune(connection: Connection, before: float, most: int) -> int:
    """Removes a slice of the messages that are older; how many."""
    some = select(MESSAGES.c.id).where(MESSAGES.c.at < before).limit(most)
    return connection.execute(delete(MESSAGES).where(MESSAGES.c.id.in_(some.scalar_subquery()))).rowcount
