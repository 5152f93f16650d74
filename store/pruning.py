"""Forgetting what is older than radius.yaml's `retention`, in slices that hold nobody up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Table, delete, func, select

from store import (
    approvals,
    attempts,
    authenticators,
    blocks,
    enrollments,
    invitations,
    logins,
    messages,
    page_sessions,
    password_resets,
    passwords_to_change,
    receipts,
)
from store.tables import ACCOUNTING, AUDIT, BLOCKS, FAILURES, KNOWN_STATIONS, NOTICES, RECEIPTS_AWAITED

if TYPE_CHECKING:
    from store.store import Store

SLICE = 1000  # rows in one commit
PAUSE_SECONDS = 0.05
FAILURES_SECONDS = 30 * 86400.0  # longer than any sensible blocking.window
UNPROVED_SECONDS = 30 * 86400.0  # for so long it is told why an authenticator app was never verified
NOTICES_SECONDS = 3600.0  # a node that is further behind forgets everything instead


class Retention(Protocol):
    """radius.yaml's `retention`."""

    @property
    def audit(self) -> timedelta: ...
    @property
    def accounting(self) -> timedelta: ...
    @property
    def logins(self) -> timedelta: ...
    @property
    def messages(self) -> timedelta: ...


async def prune(store: Store, retention: Retention, window_seconds: float, now: float) -> int:
    """Removes what is too old, and says how many rows that were. Raises Unavailable.

    `window_seconds`: for so long a failure is compared with those that follow it; then its digest goes.
    """
    audit = now - retention.audit.total_seconds()
    removed = 0
    for prune_slice in (
        lambda connection: older_rows(connection, AUDIT, audit),
        lambda connection: older_rows(connection, ACCOUNTING, now - retention.accounting.total_seconds()),
        lambda connection: older_rows(connection, FAILURES, now - FAILURES_SECONDS),
        lambda connection: blocks.forget_digests(connection, now - window_seconds, SLICE),
        lambda connection: attempts.prune(connection, now, SLICE),
        lambda connection: passwords_to_change.prune(connection, now),
        lambda connection: password_resets.prune(connection, now),
        lambda connection: older_notices(connection, now - NOTICES_SECONDS),
        lambda connection: ended_blocks(connection, audit),
        lambda connection: logins.prune(connection, now - retention.logins.total_seconds(), SLICE),
        lambda connection: messages.prune(connection, now - retention.messages.total_seconds(), SLICE),
        lambda connection: older_rows(connection, RECEIPTS_AWAITED, now - receipts.AWAITED_SECONDS),
        lambda connection: approvals.prune(connection, audit),
        lambda connection: enrollments.prune(connection, now, SLICE),
        lambda connection: authenticators.remove_unproved(connection, now - UNPROVED_SECONDS, SLICE),
        lambda connection: invitations.prune(connection, audit, SLICE),
        lambda connection: page_sessions.prune(connection, now, SLICE),
        lambda connection: unused_stations(connection, audit),
    ):
        removed += await _in_slices(store, prune_slice)
    return removed


async def _in_slices(store: Store, prune_slice: Callable[[Connection], int]) -> int:
    removed = 0
    while True:
        number = await store.write(prune_slice)
        removed += number
        if number < SLICE:
            return removed
        await asyncio.sleep(PAUSE_SECONDS)


def older_rows(connection: Connection, table: Table, before: float) -> int:
    """Removes a slice of the rows of a table whose rows are numbered as they come; how many."""
    oldest = select(table.c.id).order_by(table.c.id).limit(SLICE)
    return connection.execute(
        delete(table).where(table.c.id.in_(oldest.scalar_subquery()), table.c.at < before)
    ).rowcount


def older_notices(connection: Connection, before: float) -> int:
    """Removes a slice of the notices; how many."""
    oldest = select(NOTICES.c.generation).order_by(NOTICES.c.generation).limit(SLICE)
    statement = delete(NOTICES).where(NOTICES.c.generation.in_(oldest.scalar_subquery()), NOTICES.c.at < before)
    return connection.execute(statement).rowcount


def ended_blocks(connection: Connection, before: float) -> int:
    """Removes a slice of the blocks that ended before that time; how many."""
    ended = func.coalesce(BLOCKS.c.removed_at, BLOCKS.c.until) < before
    some = select(BLOCKS.c.id).where(ended).limit(SLICE)
    return connection.execute(delete(BLOCKS).where(BLOCKS.c.id.in_(some.scalar_subquery()))).rowcount


def unused_stations(connection: Connection, before: float) -> int:
    """Removes a slice of the stations that nobody signed in from since; how many."""
    key = (KNOWN_STATIONS.c.directory, KNOWN_STATIONS.c.unique_id, KNOWN_STATIONS.c.station)
    some = connection.execute(select(*key).where(KNOWN_STATIONS.c.last_at < before).limit(SLICE)).all()
    for directory, unique_id, station in some:
        connection.execute(
            delete(KNOWN_STATIONS).where(key[0] == directory, key[1] == unique_id, key[2] == station,
                                         KNOWN_STATIONS.c.last_at < before)
        )  # fmt: skip
    return len(some)
