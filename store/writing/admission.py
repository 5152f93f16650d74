"""What is limited is let in before it is written, where no other process writes.

Asking the database would take an index, which costs each sign-in a page of the disk, and the thread that writes: what
is let in here goes to the recording process like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from store.errors import OVERLOAD, Unavailable
from store.writing.joint import Joint, Limited
from store.writing.limits import HOUR, Limit, SentAt, SentLately
from store.writing.pending import Pending

T = TypeVar("T")
Item = TypeVar("Item")
MOST_WAITING = 20_000  # items


class Read(Protocol):
    """Store.read."""

    def __call__(self, function: Callable[[Connection], Iterable[SentAt]]) -> Awaitable[Iterable[SentAt]]: ...


class Write(Protocol):
    """Router.write_jointly."""

    def __call__(self, kind: Joint[Item, T], item: Item, result: Pending[T]) -> None: ...


class Counted(Pending[T]):
    """What came of an item, which counts only where that is the `usual`. Who does not wait for it leaves it counted."""

    lately: SentLately
    usual: T
    taken: Sequence[Limit] = ()

    def set_result(self, result: T) -> None:
        if result is not self.usual:
            self.lately.give_back(self.taken)
        super().set_result(result)

    def set_exception(self, exception: type | BaseException) -> None:
        self.lately.give_back(self.taken)
        super().set_exception(exception)


class Admission:
    """Everything is called in the loop."""

    def __init__(self, read: Read, write: Write) -> None:
        self._read = read
        self._write = write
        self._lately = SentLately()
        self._is_loaded = False
        self._waiting: list[tuple[Pending[Any], Callable[[], None]]] = []
        self._loading: asyncio.Task[None] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def write(self, kind: Joint[Item, T], limited: Limited[Item, T], item: Item, limits: Sequence[Limit]) -> Pending[T]:
        """What came of the item, which is limited."""
        result: Counted[T] = Counted(loop=self._loop)
        result.lately, result.usual = self._lately, kind.usual
        if self._is_loaded:
            self._admit(result, kind, limited, item, limits)
        elif len(self._waiting) >= MOST_WAITING:
            raise Unavailable(OVERLOAD, overload=True)
        else:
            # What was sent before this process began counts too. Nothing that is limited is written until that is known.
            self._waiting.append((result, partial(self._admit, result, kind, limited, item, limits)))
            if self._loading is None:
                self._loading = self._loop.create_task(self._load(limited.sent, limits[0].now - HOUR))
                self._loading.add_done_callback(self._loaded)
        return result

    def _admit(
        self, result: Counted[T], kind: Joint[Item, T], limited: Limited[Item, T], item: Item, limits: Sequence[Limit]
    ) -> None:
        if result.done():
            return
        if not self._lately.take(limits):
            result.set_result(limited.refused)
            return
        result.taken = limits
        try:
            self._write(kind, limited.unlimited(item), result)
        except Unavailable as refused:
            result.set_exception(refused)

    async def _load(self, sent: Callable[[Connection, float], Iterable[SentAt]], since: float) -> None:
        self._lately.load(await self._read(lambda connection: sent(connection, since)))

    def _loaded(self, loading: asyncio.Task[None]) -> None:
        failed: BaseException | None = Unavailable("the server is stopping")
        if not loading.cancelled():
            failed = loading.exception()
        self._is_loaded = failed is None
        self._loading = None
        waiting, self._waiting = self._waiting, []
        for result, admit in waiting:
            if failed is None:
                admit()
            elif not result.done():
                result.set_exception(failed)
