"""What keeps somebody from signing in, whoever approves it: so that a page never promises what will not be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import Enum

from radiusd.directories import Directory, Down
from radiusd.rules.blocking import covers
from store import Connection, Store, blocks
from store.records import ApprovalRow, Block

LOOK_UP_SECONDS = 2.0  # that a page waits for a directory; one that is down says nothing of anybody


class Hindrance(Enum):
    """Why an approval lets nobody in."""

    BLOCKED = "blocked"
    DISABLED = "disabled"
    EXPIRED = "expired"
    GONE = "gone"  # the directory has them no more


class People:
    """Looks them up. `blocking`: whether blocks that failures led to hold; those of an administrator always do."""

    def __init__(self, store: Store, directories: Mapping[str, Directory], *, blocking: bool) -> None:
        self._store = store
        self._directories = directories
        self._blocking = blocking

    async def hindrance(self, approval: ApprovalRow, at: float) -> Hindrance | None:
        """What keeps its user out at that time, None where nothing is known to. Raises store.Unavailable."""
        user = (approval.directory, approval.unique_id)

        def read(connection: Connection) -> tuple[list[Block], bool]:
            return (
                [block for block in blocks.active(connection, at) if (block.directory, block.unique_id) == user],
                blocks.knows_station(connection, *user, approval.station or approval.client),
            )

        found, known = await self._store.read(read)
        if any((block.created_by or self._blocking) and covers(block, approval.station, known, at) for block in found):
            return Hindrance.BLOCKED
        return await self._in_directory(approval, at)

    async def _in_directory(self, approval: ApprovalRow, at: float) -> Hindrance | None:
        directory = self._directories.get(approval.directory)
        if directory is None:
            return Hindrance.GONE
        name = directory.normal(approval.user_name)
        if name is None:
            return None
        entry = await directory.find(name, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
        if isinstance(entry, Down):
            return None
        if entry is None or entry.unique_id != approval.unique_id:
            return Hindrance.GONE
        if not entry.enabled:
            return Hindrance.DISABLED
        return Hindrance.EXPIRED if entry.expires_at is not None and entry.expires_at <= at else None
