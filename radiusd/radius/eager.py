"""Running a coroutine at once, and as a task only where it has to wait.

A task costs some 10 µs before its first line runs; most steps of a login never wait. (Python 3.12 has
`asyncio.eager_task_factory` for this; here it works on 3.11 too.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, Protocol, TypeVar

Result = TypeVar("Result")
Told_contra = TypeVar("Told_contra", contravariant=True)


class _Rest(Generic[Result]):
    """What is left of a coroutine that has already yielded once."""

    __slots__ = ("_coroutine", "_yielded")

    def __init__(self, coroutine: Coroutine[Any, Any, Result], yielded: Any) -> None:
        self._coroutine = coroutine
        self._yielded = yielded

    def __await__(self) -> Generator[Any, Any, Result]:
        yielded = self._yielded
        following: Callable[[Any], Any]
        argument: Any
        while True:
            try:
                sent = yield yielded
            except BaseException as raised:  # noqa: BLE001 - a cancellation is the coroutine's to see
                following, argument = self._coroutine.throw, raised
            else:
                following, argument = self._coroutine.send, sent
            try:
                yielded = following(argument)
            except StopIteration as stop:
                result: Result = stop.value
                return result


async def _finish(rest: _Rest[Result]) -> Result:
    return await rest


class Waiter(Protocol[Told_contra]):
    """Who wants to know what came of a coroutine. One of the two is called, once."""

    def done(self, result: Told_contra) -> None:
        """It returned."""

    def failed(self, bug: Exception) -> None:
        """It raised."""


class Eager:
    """Runs coroutines, at most `limit` waiting ones at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """How many are waiting."""
        return len(self._tasks)

    @property
    def full(self) -> bool:
        """Whether no further one may be started."""
        return len(self._tasks) >= self._limit

    def run(self, coroutine: Coroutine[Any, Any, Result], waiter: Waiter[Result]) -> None:
        """Tells the waiter what the coroutine returns: before this returns where it did not have to wait.

        The part before the first wait runs outside any task: nothing in it may ask for the current task.
        """
        try:
            yielded = coroutine.send(None)
        except StopIteration as stop:
            waiter.done(stop.value)
            return
        except Exception as bug:  # noqa: BLE001 - the waiter's to see; the others go on
            waiter.failed(bug)
            return
        task = asyncio.get_running_loop().create_task(_finish(_Rest(coroutine, yielded)))
        self._tasks.add(task)

        def finished(task: asyncio.Task[Result]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                return
            bug = task.exception()
            if bug is None:
                waiter.done(task.result())
            elif isinstance(bug, Exception):
                waiter.failed(bug)

        task.add_done_callback(finished)

    async def close(self) -> None:
        """Cancels what waits, and sees it end."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
