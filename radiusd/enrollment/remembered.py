"""Rows of some users, whole in memory: who has none costs one look, and nobody waits for the database."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import structlog

from radiusd.model.entry import Entry
from store import Connection, Store, Unavailable, notices

log = structlog.get_logger()

Key = tuple[str, str]  # directory and unique id


class OfUser(Protocol):
    """A row of a user."""

    @property
    def directory(self) -> str: ...
    @property
    def unique_id(self) -> str: ...


Row = TypeVar("Row", bound=OfUser)
Row_co = TypeVar("Row_co", bound=OfUser, covariant=True)


class Read(Protocol[Row_co]):
    """Reads rows of these users, or of all."""

    def __call__(self, connection: Connection, users: Sequence[Key] | None) -> Iterable[Row_co]: ...


class Remembered(Generic[Row]):
    """Follows one table, whose notices are of `subject` and name the user. `read` gives rows of these users, or of all."""

    def __init__(self, store: Store, subject: str, read: Read[Row]) -> None:
        self._store = store
        self._subject = subject
        self._read_rows = read
        self._rows: dict[Key, tuple[Row, ...]] = {}  # always this one: who looks often looks into it
        self._due: set[str] = set()
        self._following: list[Callable[[Key | None], None]] = []

    def of(self, entry: Entry) -> tuple[Row, ...]:
        """What the user has, () for nothing."""
        return self._rows.get((entry.directory, entry.unique_id), ())

    @property
    def by_user(self) -> Mapping[Key, tuple[Row, ...]]:
        """What each user has who has something, as it changes."""
        return self._rows

    def pretend(self, user: Key, rows: Sequence[Row]) -> None:
        """As if the user had these: for who asks what would be then. Of a memory that nobody else looks into."""
        self._take([user], rows)

    def follow(self, called: Callable[[Key | None], None]) -> None:
        """`called` gets whoever has other rows from now on; None where that may be anybody."""
        self._following.append(called)

    async def load(self) -> None:
        """Reads everything, once, for who looks once. Raises store.Unavailable."""
        self._take(None, await self._store.read(partial(self._read_rows, users=None)))

    async def begin(self, background: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Reads everything, and whatever is told of from now on. Raises store.Unavailable."""
        self._reading = True
        self._background = background
        # First: what another process changes while it is read is read again.
        self._store.subscribe(self._subject, self._changed)
        await self.load()
        self._reading = False
        self._read_due()

    def _changed(self, key: str) -> None:
        self._due.add(key)
        self._read_due()

    def _read_due(self) -> None:
        if self._due and not self._reading:
            self._reading = True
            self._background(self._read())

    async def _read(self) -> None:
        """Not twice at once: the older answer might come last."""
        try:
            while self._due:
                due, self._due = self._due, set()
                users = None if "" in due else [notices.user_of(key) for key in sorted(due)]
                rows = await self._store.read(partial(self._read_rows, users=users))
                self._take(users, rows)
        except Unavailable as gone:
            # What follows an outage is the notice that anything may have changed.
            log.warning("not read", what=self._subject, cause=gone.cause)
        finally:
            self._reading = False

    def _take(self, users: Sequence[Key] | None, rows: Iterable[Row]) -> None:
        found: dict[Key, tuple[Row, ...]] = {}
        for row in rows:
            key = (row.directory, row.unique_id)
            found[key] = (*found.get(key, ()), row)
        if users is None:
            self._rows.clear()
            self._rows.update(found)
        else:
            for user in users:
                self._rows.pop(user, None)
            self._rows.update(found)
        changed: Sequence[Key | None] = [None] if users is None else users
        for each in changed:
            for called in self._following:
                called(each)
