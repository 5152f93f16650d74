"""Who is kept from signing in by an administrator: looked up, blocked, let in again; each with its audit row.

What takes a connection is a step of the store, as in `users`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Conflict, Missing
from radiusd.model.entry import Entry
from radiusd.rules.moments import span
from radiusd.rules.names import normal_form
from store import audit, blocks, identities, users

if TYPE_CHECKING:
    from radiusd.directories import Directory
    from store import Connection
    from store.records import Block

PAGE = 50  # blocks read at once for somebody who looks
BECAUSE = "blocked by an administrator"  # where no reason is given


class NoBlock(Missing):
    """No block of that number, or of that user, is in force."""

    def __init__(self, typed: str) -> None:
        super().__init__(f"there is no block {typed}" if _is_number(typed) else f"{typed} is not blocked")


class NumberOrName(Conflict):
    """What was typed is the number of somebody's block, and also the name of another user who is blocked."""

    def __init__(self, number: str, owner: str) -> None:
        super().__init__(f"{number} is the number of a block of {owner}, and the name of a user who is blocked too")


def active(connection: Connection, now: float) -> list[Block]:
    """Every block in force, oldest first."""
    return blocks.active(connection, now)


def page(connection: Connection, now: float, *, after: int = 0, name: str = "", limit: int = PAGE) -> list[Block]:
    """Some of them: those behind the one of that id, of users in whose names that text is."""
    return blocks.page(connection, now, after=after, name=normal_form(name) or name.strip(), limit=limit)


def one(connection: Connection, number: int, now: float) -> Block:
    """The block of that number, which is in force. Raises NoBlock."""
    found = blocks.page(connection, now, after=number - 1, name="", limit=1)
    if not found or found[0].id != number:
        raise NoBlock(str(number))
    return found[0]


def last_found(connection: Connection, name: str) -> tuple[str, str] | None:
    """Directory and unique id of whoever signed in with that name (in normal form) last; None where nobody has."""
    return identities.last_found(connection, name)


async def looked_up(directories: Iterable[Directory], typed: str, deadline: float) -> tuple[str, str] | None:
    """Directory and unique id of a name, from the first directory that has it. `deadline` is of the loop's clock."""
    for directory in directories:
        entry = await directory.find(typed, deadline)
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


def of(connection: Connection, typed: str, now: float, *, is_name: bool = False) -> list[Block]:
    """The blocks in force that were meant: the one of that number, or all of the user of that name.

    `is_name`: also where it could be a number. Raises NoBlock, NumberOrName.
    """
    there = active(connection, now)
    numbered = [] if is_name else [block for block in there if _is_number(typed) and block.id == int(typed)]
    name = normal_form(typed)
    person = None if name is None else last_found(connection, name)
    user = None if name is None else users.find(connection, name)
    named = [
        block
        for block in there
        if name == normal_form(block.user_name)
        or (block.directory, block.unique_id) == person
        or (user is not None and block.unique_id == user.unique_id)  # renamed since
    ]
    if numbered and any(block not in numbered for block in named):
        raise NumberOrName(typed, numbered[0].user_name)
    if not (numbered or named):
        raise NoBlock(typed)
    return numbered or named


def remove(connection: Connection, by: Administrator, meant: Sequence[Block], now: float) -> list[Block]:
    """Those of the blocks that are over by this; their users can sign in at once. The others ended meanwhile."""
    over = [block for each in meant if (block := blocks.remove(connection, each.id, by.name, now)) is not None]
    for block in over:
        person = (block.directory, block.unique_id)
        row = audit_row(now, by, "block removed", block.user_name, person=person, station=block.station)
        audit.insert(connection, row)
    return over


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit()
