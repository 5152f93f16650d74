"""Who is kept from signing in by an administrator: looked up, blocked, let in again; each with its audit row.

What takes a connection is a step of the store, as in `users`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Missing
from radiusd.model.entry import Entry
from radiusd.rules.moments import span
from store import audit, blocks, identities

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.directories import Directory
    from store import Connection
    from store.records import Block

BECAUSE = "blocked by an administrator"  # where no reason is given


class NoBlock(Missing):
    """No block of that number is in force."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no block {number}")


def active(connection: Connection, now: float) -> list[Block]:
    """Every block in force, oldest first."""
    return blocks.active(connection, now)


def usual_seconds(settings: Settings) -> float | None:
    """How long a block lasts where nothing else is said; None: until somebody removes it."""
    duration = settings.blocking.duration
    return None if duration is None else duration.total_seconds()


def last_found(connection: Connection, name: str) -> tuple[str, str] | None:
    """Directory and unique id of whoever signed in with that name (in normal form) last; None where nobody has."""
    return identities.last_found(connection, name)


async def looked_up(directories: Iterable[Directory], typed: str, deadline: float) -> tuple[str, str] | None:
    """Directory and unique id of a name, from the first directory that has it. `deadline` is of the loop's clock."""
    for directory in directories:
        name = directory.normal(typed)
        if name is not None:
            entry = await directory.find(name, deadline)
            if isinstance(entry, Entry):
                return entry.directory, entry.unique_id
    return None


def add(
    connection: Connection,
    by: Administrator,
    person: tuple[str, str],
    name: str,
    now: float,
    *,
    seconds: float | None,
    station: str = "",
    why: str = "",
) -> Block:
    """Keeps somebody out, from that station or from anywhere; `seconds` of None: until the block is removed.

    `person` is directory and unique id.
    """
    block = blocks.add(
        connection, *person, name, station=station, scope="station" if station else "user",
        reason=why or BECAUSE, until=None if seconds is None else now + seconds, by=by.name, now=now,
    )  # fmt: skip
    what = f"blocked {'for ' + span(seconds) if seconds is not None else 'until somebody removes it'}"
    audit.insert(connection, audit_row(now, by, what, name, person=person, station=station, why=why))
    return block


def remove(connection: Connection, by: Administrator, number: int, now: float) -> Block:
    """The block that is over: the user can sign in at once. Raises NoBlock."""
    block = blocks.remove(connection, number, by.name, now)
    if block is None:
        raise NoBlock(number)
    person = (block.directory, block.unique_id)
    row = audit_row(now, by, "block removed", block.user_name, person=person, station=block.station)
    audit.insert(connection, row)
    return block
