"""Which person a typed name is (D21)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from radiusd.directories import Directory, Down
from radiusd.model.entry import Entry
from radiusd.running.stages import in_a_task
from store import Store, identities

REMEMBERED = 100_000  # names; beyond, the oldest are asked of the database again


class Unknown(NamedTuple):
    """No directory that could be asked has the name."""

    trail: tuple[str, ...]


class Outage(NamedTuple):
    """The directory that may have the name can not be asked."""

    down: Down
    trail: tuple[str, ...]


class Identities:
    """Finds the entry of a name, in the directories of an application in turn.

    A directory that is down is passed over, except for a name last found in it: else an outage of one directory
    would hand its users to the next one.
    """

    def __init__(self, store: Store, remember: Callable[[str, Entry], Awaitable[None]] | None) -> None:
        """`remember` writes down where a name was found; None: nobody does."""
        self._store = store
        self._write = remember
        self._last: dict[str, str] = {}  # name -> directory it was last found in, "" for none

    async def find(self, directories: Sequence[Directory], typed: str, deadline: float) -> Entry | Unknown | Outage:
        """The entry, from the first directory that has it. Does not suspend where memory has the answer."""
        passed_over: list[tuple[str, Down]] = []
        trail: list[str] = []
        for directory in directories:
            name = directory.normal(typed)
            if name is None:
                trail.append(f"{directory.name}: the name is not one of its forms")
                continue
            if not directory.immediate:
                await in_a_task()
            entry = await directory.find(typed, deadline)
            if isinstance(entry, Entry):
                if passed_over:
                    for lost, down in passed_over:
                        if await self._last_found(lost) == down.component:
                            return Outage(down, (*trail, f"the name was last found in {down.component}"))
                if len(directories) > 1 and self._last.get(name) != directory.name:
                    await self._remember(name, entry)
                return entry
            if isinstance(entry, Down):
                if entry.overload:
                    return Outage(entry, tuple(trail))
                trail.append(f"{directory.name}: passed over, {entry.cause}")
                passed_over.append((name, entry))
            else:
                trail.append(f"{directory.name}: no such user")
        if passed_over:
            return Outage(passed_over[0][1], tuple(trail))
        return Unknown(tuple(trail))

    async def _last_found(self, name: str) -> str:
        last = self._last.get(name)
        if last is None:
            found = await self._store.read(lambda connection: identities.last_found(connection, name))
            last = found[0] if found else ""
            self._keep(name, last)
        return last

    async def _remember(self, name: str, entry: Entry) -> None:
        if self._write is not None and await self._last_found(name) != entry.directory:
            await self._write(name, entry)
            self._keep(name, entry.directory)

    def _keep(self, name: str, directory: str) -> None:
        if len(self._last) >= REMEMBERED:
            del self._last[next(iter(self._last))]
        self._last[name] = directory
