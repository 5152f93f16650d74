"""Of which sign-ins a manager is informed."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Literal

from radiusd.model.turn import Turn
from store import Store, approvals, blocks

Notify = Literal["every", "first_of_day", "new_station", "daily"]


async def spared(store: Store, notify: Notify, turn: Turn, profile: str, time_zone: tzinfo) -> str:
    """Why `notify` wants no message of this sign-in; "" where it wants one. Raises store.Unavailable."""
    entry = turn.entry
    if notify == "first_of_day":
        local = datetime.fromtimestamp(turn.at, time_zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        if await store.read(lambda c: approvals.told_since(c, entry.directory, entry.unique_id, profile, midnight)):
            return "the manager was informed today already"
    elif notify == "new_station":
        # As the engine writes down the stations that a user has signed in from.
        place = turn.station or turn.client
        if await store.read(lambda c: blocks.knows_station(c, entry.directory, entry.unique_id, place)):
            return f"the manager is informed of new stations alone, and {place} is known"
    return ""
