"""Who is signed in to the pages. One that was ended is there no more; the audit tells of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from store.page_tables import PAGE_SESSIONS


class PageSession(Struct, frozen=True):
    """`digest` is keyed; the cookie itself is the browser's alone. `id` is for whoever ends it, and opens nothing.

    `role` is as it was at the beginning. `browser` is what it says of itself,
    `credential` the generation of the password that was proved. It is over at `until`, whatever it does.
    """

    digest: str
    id: str
    directory: str
    unique_id: str
    user_name: str
    role: str
    source: str
    browser: str
    credential: str
    begun_at: float
    seen_at: float
    until: float

    def __repr__(self) -> str:
        return f"PageSession(id={self.id!r}, user_name={self.user_name!r})"


COLUMNS = tuple(PAGE_SESSIONS.c[name] for name in PageSession.__struct_fields__)


def add(connection: Connection, session: PageSession) -> None:
    """From now on."""
    values = {name: getattr(session, name) for name in PageSession.__struct_fields__}
    connection.execute(insert(PAGE_SESSIONS).values(**values))


def find(connection: Connection, digests: Sequence[str], now: float, idle: float) -> PageSession | None:
    """The one of a cookie, whose digests under each key these are; None where it is over.

    It is over once nothing was asked by it for `idle` seconds.
    """
    of_cookie = PAGE_SESSIONS.c.digest.in_(digests)
    row = connection.execute(select(*COLUMNS).where(of_cookie, _alive(now, idle))).one_or_none()
    return None if row is None else PageSession(*row)


def seen(connection: Connection, digest: str, now: float) -> None:
    """Something was asked by it."""
    connection.execute(update(PAGE_SESSIONS).where(PAGE_SESSIONS.c.digest == digest).values(seen_at=now))


def listed(connection: Connection, now: float, idle: float) -> list[PageSession]:
    """Every one, oldest first."""
    statement = select(*COLUMNS).where(_alive(now, idle)).order_by(PAGE_SESSIONS.c.begun_at, PAGE_SESSIONS.c.id)
    return [PageSession(*row) for row in connection.execute(statement)]


def end(connection: Connection, number: str) -> PageSession | None:
    """The one of that id, which is over by this; None where there is none."""
    ended = delete(PAGE_SESSIONS).where(PAGE_SESSIONS.c.id == number).returning(*COLUMNS)
    row = connection.execute(ended).one_or_none()
    return None if row is None else PageSession(*row)


def prune(connection: Connection, now: float, most: int) -> int:
    """Removes a slice of those that are over, whatever they did; how many."""
    some = select(PAGE_SESSIONS.c.digest).where(PAGE_SESSIONS.c.until <= now).limit(most)
    return connection.execute(delete(PAGE_SESSIONS).where(PAGE_SESSIONS.c.digest.in_(some.scalar_subquery()))).rowcount


def _alive(now: float, idle: float) -> ColumnElement[bool]:
    return and_(PAGE_SESSIONS.c.until > now, PAGE_SESSIONS.c.seen_at > now - idle)
