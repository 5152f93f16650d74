"""Links by which local users set another password: used once, and the newest of a user alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from store.enrollment_tables import PASSWORD_RESETS as RESETS

KEPT_SECONDS = 86400.0  # after its end, for who opens it late


class PasswordReset(NamedTuple):
    """`digest` is keyed, of the link; `recipient` the address that it was sent to. Times are seconds since the epoch."""

    digest: str
    unique_id: str
    user_name: str
    recipient: str
    at: float
    until: float
    created_by: str
    used_at: float | None = None


COLUMNS = tuple(RESETS.c[name] for name in PasswordReset._fields)


def add(connection: Connection, reset: PasswordReset) -> None:
    """Those before it of the same user are over."""
    end(connection, reset.unique_id, reset.at)
    connection.execute(insert(RESETS).values(**reset._asdict()))


def find(connection: Connection, digests: Sequence[str]) -> PasswordReset | None:
    """That with one of these digests."""
    row = connection.execute(select(*COLUMNS).where(RESETS.c.digest.in_(digests))).first()
    return None if row is None else PasswordReset._make(row)


def use(connection: Connection, digest: str, now: float) -> bool:
    """Whether it was good until now; it is no more."""
    used = update(RESETS).where(RESETS.c.digest == digest, RESETS.c.used_at.is_(None), RESETS.c.until > now)
    return connection.execute(used.values(used_at=now).returning(RESETS.c.digest)).one_or_none() is not None


def end(connection: Connection, unique_id: str, now: float) -> None:
    """Those of the user that were not used are over."""
    unused = (RESETS.c.unique_id == unique_id, RESETS.c.used_at.is_(None), RESETS.c.until > now)
    connection.execute(update(RESETS).where(*unused).values(until=now))


def prune(connection: Connection, now: float) -> int:
    """Removes what ended long enough ago; how many."""
    return connection.execute(delete(RESETS).where(RESETS.c.until < now - KEPT_SECONDS)).rowcount
