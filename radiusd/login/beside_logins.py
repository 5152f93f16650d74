"""What parts of the engine keep in the database beside logins: attempts, what came of messages, where a name was found.

Each is handed in where it is used, which then knows no store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from radiusd.model.entry import Entry
from store import Store, approvals, identities, messages, receipts
from store.attempts import ATTEMPT, End, Take


class SharedAttempts:
    """The attempts of all nodes, in the database (see attempts.Table)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, attempt: Take) -> Awaitable[str | None]:
        return self._store.write_jointly(ATTEMPT, attempt)

    def end(self, attempt: End) -> None:
        self._store.write_later(ATTEMPT, attempt)


class MessageOutcomes:
    """What came of messages, in the database (see sending.Outcomes)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mark(self, sent: messages.Sent) -> None:
        self._store.write_later(messages.MARK, sent)

    def awaits(self, key: str, carrier: str, ids: Sequence[str], now: float) -> None:
        for name in ids:
            self._store.append(receipts.ROWS, (now, carrier, name, key), _unheard)

    async def informed(self, key: str, cause: str, now: float) -> None:
        await self._store.write(partial(approvals.informed, message=key, cause=cause, now=now))


def _unheard(_written: bool) -> None:
    """What is not written is not waited for."""


def remembering(store: Store) -> Callable[[str, Entry], Awaitable[None]]:
    """Writes down in which directory a name was found."""

    async def remember(name: str, entry: Entry) -> None:
        await store.write(partial(identities.remember, name=name, directory=entry.directory, unique_id=entry.unique_id))

    return remember
