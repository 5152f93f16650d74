"""Running a coroutine at once, and as a task only where it has to wait for more than a commit.

A task costs some 10 µs before its first line runs, and as much again for each wait; most steps of a login wait for
nothing, or for what the store writes. (Python 3.12 has `asyncio.eager_task_factory` for the first of this.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, Protocol, TypeVar

from store.pending import Pending

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


class _Led(Generic[Result]):
    """A coroutine that waits for a commit, and goes on once it is told of it."""

    __slots__ = ("_coroutine", "_eager", "_pending", "_waiter")

    def __init__(self, eager: Eager, coroutine: Coroutine[Any, Any, Result], waiter: Waiter[Result]) -> None:
        self._eager = eager
        self._coroutine = coroutine
        self._waiter = waiter

    def wait(self, pending: Pending[Any]) -> None:
        pending._asyncio_future_blocking = False  # noqa: SLF001 - as a task says that it waits
        pending.follower = self._go_on
        self._pending = pending

    def leave(self) -> None:
        """On as a task."""
        self._pending.follower = None
        self._pending._asyncio_future_blocking = True  # noqa: SLF001 - as it was yielded
        self._eager.hand_over(self, self._coroutine, self._pending, self._waiter)

    def _go_on(self) -> None:
        try:
            yielded = self._coroutine.send(None)
        except StopIteration as stop:
            self._eager.led.discard(self)
            self._waiter.done(stop.value)
        except Exception as bug:  # noqa: BLE001 - the waiter's to see; the others go on
            self._eager.led.discard(self)
            self._waiter.failed(bug)
        else:
            if isinstance(yielded, Pending):
                self.wait(yielded)
            else:
                self._eager.hand_over(self, self._coroutine, yielded, self._waiter)


class Eager:
    """Runs coroutines, at most `limit` waiting ones at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tasks: set[asyncio.Task[Any]] = set()
        self.led: set[_Led[Any]] = set()

    def __len__(self) -> int:
        """How many are waiting."""
        return len(self._tasks) + len(self.led)

    @property
    def full(self) -> bool:
        """Whether no further one may be started."""
        return len(self._tasks) + len(self.led) >= self._limit

    def run(self, coroutine: Coroutine[Any, Any, Result], waiter: Waiter[Result]) -> None:
        """Tells the waiter what the coroutine returns: before this returns where it did not have to wait.

        Until it waits for something else than a commit it runs outside any task: nothing in it may ask for the
        current task.
        """
        try:
            yielded = coroutine.send(None)
        except StopIteration as stop:
            waiter.done(stop.value)
            return
        except Exception as bug:  # noqa: BLE001 - the waiter's to see; the others go on
            waiter.failed(bug)
            return
        if isinstance(yielded, Pending):
            led = _Led(self, coroutine, waiter)
            self.led.add(led)
            led.wait(yielded)
        else:
            self._as_task(coroutine, yielded, waiter)

    def hand_over(
        self, led: _Led[Result], coroutine: Coroutine[Any, Any, Result], yielded: Any, waiter: Waiter[Result]
    ) -> None:
        """What was led goes on as a task."""
        self.led.discard(led)
        self._as_task(coroutine, yielded, waiter)

    def _as_task(self, coroutine: Coroutine[Any, Any, Result], yielded: Any, waiter: Waiter[Result]) -> None:
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
        for led in tuple(self.led):
            led.leave()
        await asyncio.sleep(0)  # a task that is cancelled before its first step would not tell what it runs
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
