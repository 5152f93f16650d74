"""Messages that were sent, or are to be: to whom and when, never what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select

from store.databases.rows import Rows
from store.records import MessageRow
from store.tables import LOGINS, MESSAGES
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


CLIENT, STATION = writing_limits.CLIENT, writing_limits.STATION
LINK = "link"  # the kind of message that is counted by station and client as well
Key = writing_limits.Key
Limit = writing_limits.Limit
limit_key = writing_limits.key_of
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
    if not any(wanted):
        return [True] * len(wanted)
    from_then = min(limit.now for limits in wanted for limit in limits) - HOUR
    counts = _to_users(connection, [limit for limits in wanted for limit in limits if not limit.of], from_then)
    places = {limit_key(limit): limit for limits in wanted for limit in limits if limit.of}
    for key, limit in places.items():
        counts[key] = _from_place(connection, limit, from_then)
    verdicts = []
    for limits in wanted:
        keys = [limit_key(limit) for limit in limits]
        may = all(counts[key] < limit.most for key, limit in zip(keys, limits, strict=True))
        verdicts.append(may)
        if may:
            counts.update(keys)
    return verdicts


def _to_users(connection: Connection, limits: Sequence[Limit], from_then: float) -> Counter[Key]:
    """How many of each kind went to the users of these limits."""
    users = list(dict.fromkeys((limit.directory, limit.unique_id) for limit in limits))
    counts: Counter[Key] = Counter()
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
    return counts


def _from_place(connection: Connection, limit: Limit, from_then: float) -> int:
    """How many of a kind were asked for from a station or client, to one user where the limit has one."""
    place = LOGINS.c.station if limit.of == STATION else LOGINS.c.client
    fits = [MESSAGES.c.at > from_then, MESSAGES.c.kind == limit.kind, place == limit.recipient]
    if limit.directory:
        fits += [MESSAGES.c.directory == limit.directory, MESSAGES.c.unique_id == limit.unique_id]
    counted = select(func.count()).select_from(MESSAGES.join(LOGINS, LOGINS.c.id == MESSAGES.c.login))
    return connection.execute(counted.where(*fits)).scalar_one()


def mark_all(connection: Connection, sent: Sequence[Sent]) -> list[None]:
    """Writes down what came of each message."""
    # In one order at every node: two of them must not wait for each other.
    MARKED.execute(connection, sorted(sent, key=attrgetter("id")))
    return [None] * len(sent)


MARK: Joint[Sent, None] = Joint(mark_all, MARKED, None)


def since(connection: Connection, at: float) -> list[SentAt]:
    """Those that were written after that time, in order."""
    asked = (MESSAGES.c.kind == LINK) & (LOGINS.c.id == MESSAGES.c.login)
    columns = (*(MESSAGES.c[name] for name in SentAt._fields[:5]), LOGINS.c.station, LOGINS.c.client)
    statement = select(*columns).select_from(MESSAGES.outerjoin(LOGINS, asked)).where(MESSAGES.c.at > at)
    rows = connection.execute(statement.order_by(MESSAGES.c.at))
    return [SentAt._make((*row[:5], row[5] or "", row[6] or "")) for row in rows]


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
