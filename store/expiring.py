"""Accounts that end soon, and which of the notices of it are done: each once, whichever node sends it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from store.tables import USERS


class Ending(NamedTuple):
    """A user whose account ends. Notices that were due until `noticed_until` are done."""

    id: str
    username: str
    shown_name: str
    first_name: str
    last_name: str
    email: str
    phone: str
    language: str
    sponsor_name: str
    sponsor_email: str
    expires_at: float
    noticed_until: float | None


COLUMNS = tuple(USERS.c[name] for name in Ending._fields)


def between(connection: Connection, now: float, until: float) -> list[Ending]:
    """Enabled users whose account ends after `now`, by then, soonest first."""
    fits = (USERS.c.enabled, ~USERS.c.demo, USERS.c.expires_at > now, USERS.c.expires_at <= until)
    rows = connection.execute(select(*COLUMNS).where(*fits).order_by(USERS.c.expires_at, USERS.c.id))
    return [Ending._make(row) for row in rows]


def take(connection: Connection, wanted: Iterable[Ending], now: float) -> list[Ending]:
    """Those whose notices until `now` are done by whoever asks: not those that changed, or that somebody else took."""
    return [each for each in wanted if _set(connection, each, each.noticed_until, now)]


def give_back(connection: Connection, taken: Iterable[Ending], now: float) -> None:
    """Nobody could be told: whoever looks next takes them again. `now` as for `take`."""
    for each in taken:
        _set(connection, each, now, each.noticed_until)


def _set(connection: Connection, ending: Ending, before: float | None, after: float | None) -> bool:
    same = (
        USERS.c.id == ending.id,
        USERS.c.expires_at == ending.expires_at,
        USERS.c.enabled,
        USERS.c.noticed_until.is_not_distinct_from(before),
    )
    changed = update(USERS).where(*same).values(noticed_until=after).returning(USERS.c.id)
    return connection.execute(changed).one_or_none() is not None
