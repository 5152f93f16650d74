"""What keeps somebody from signing in, whoever approves it: so that a page never promises what will not be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import Enum

from radiusd.directories import Directory, Down
from radiusd.model.entry import Entry
from radiusd.rules.blocking import covers
from store import Connection, Store, blocks, users
from store.records import ApprovalRow, LocalUser

LOOK_UP_SECONDS = 2.0  # that a page waits for a directory; one that is down says nothing of anybody


class Hindrance(Enum):
    """Why an approval lets nobody in."""

    BLOCKED = "blocked"
    DISABLED = "disabled"
    EXPIRED = "expired"
    GONE = "gone"  # the directory has them no more


def is_blocked(connection: Connection, approval: ApprovalRow, at: float, *, blocking: bool) -> bool:
    """Whether its user is kept out where they asked from.

    `blocking`: whether blocks that failures led to hold; those of an administrator always do.
    """
    user = (approval.directory, approval.unique_id)
    found = [block for block in blocks.active(connection, at) if (block.directory, block.unique_id) == user]
    known = bool(found) and blocks.knows_station(connection, *user, approval.station or approval.client)
    return any((block.created_by or blocking) and covers(block, approval.station, known, at) for block in found)


def of_local(connection: Connection, approval: ApprovalRow, at: float) -> Hindrance | None:
    """What keeps a user of the database out, but for blocks."""
    user = users.find(connection, approval.user_name)
    if user is None or user.unique_id != approval.unique_id:
        return Hindrance.GONE
    return _of(user, at)


def _of(person: Entry | LocalUser, at: float) -> Hindrance | None:
    if not person.enabled:
        return Hindrance.DISABLED
    return Hindrance.EXPIRED if person.expires_at is not None and person.expires_at <= at else None


class People:
    """Looks them up. `blocking` as for `is_blocked`."""

    def __init__(self, store: Store, directories: Mapping[str, Directory], *, blocking: bool) -> None:
        self._store = store
        self._directories = directories
        self._blocking = blocking

    async def hindrance(self, approval: ApprovalRow, at: float) -> Hindrance | None:
        """What keeps its user out at that time, None where nothing is known to. Raises store.Unavailable."""
        if await self._store.read(lambda connection: is_blocked(connection, approval, at, blocking=self._blocking)):
            return Hindrance.BLOCKED
        return await self._in_directory(approval, at)

    async def _in_directory(self, approval: ApprovalRow, at: float) -> Hindrance | None:
        directory = self._directories.get(approval.directory)
        if directory is None:
            return Hindrance.GONE
        if directory.normal(approval.user_name) is None:
            return None
        entry = await directory.find(approval.user_name, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
        if isinstance(entry, Down):
            return None
        if entry is None or entry.unique_id != approval.unique_id:
            return Hindrance.GONE
        return _of(entry, at)
