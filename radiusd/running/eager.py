"""Running a coroutine at once, and as a task only where it has to wait for more than a commit or the others.

A task costs some 10 µs before its first line runs, and as much again for each wait; most steps of a login wait for
nothing but each other (radiusd/running/stages.py), or for what the store writes. (Python 3.12 has `asyncio.eager_task_factory`
for the first of this.)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, Protocol, TypeVar

from store.writing.pending import Pending

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
    """A coroutine that has waited, for a commit or at a stage, and has not been handed to a task."""

    __slots__ = ("_gather", "coroutine", "pending", "send", "waiter")

    def __init__(
        self, coroutine: Coroutine[Any, Any, Result], waiter: Waiter[Result], gather: Callable[[_Led[Any]], None]
    ) -> None:
        self.coroutine = coroutine
        self.send = coroutine.send
        self.waiter = waiter
        self.pending: Pending[Any] | None = None
        self._gather = gather

    def wait(self, pending: Pending[Any]) -> None:
        pending._asyncio_future_blocking = False  # noqa: SLF001 - as a task says that it waits
        pending.follower = self.go_on
        self.pending = pending

    def go_on(self) -> None:
        """What it waited for is there."""
        self.pending = None
        self._gather(self)


class Eager:
    """Runs coroutines, at most `limit` waiting ones at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tasks: set[asyncio.Task[Any]] = set()
        self._led: set[_Led[Any]] = set()
        self._gathered: deque[_Led[Any]] = deque()  # in their order: first those that are least far
        self._ended: deque[tuple[Waiter[Any], Any]] = deque()  # who is to be told, and what
        self._goes_on = False  # or is going to, in a moment

    def __len__(self) -> int:
        """How many are waiting."""
        return len(self._tasks) + len(self._led)

    @property
    def full(self) -> bool:
        """Whether no further one may be started."""
        return len(self._tasks) + len(self._led) >= self._limit

    def run(self, coroutine: Coroutine[Any, Any, Result], waiter: Waiter[Result]) -> None:
        """Tells the waiter what the coroutine returns: before this returns where it did not have to wait.

        Until it waits for something else than a commit or a stage it runs outside any task: nothing in it may ask for
        the current task.
        """
        try:
            yielded = coroutine.send(None)
        except StopIteration as stop:
            waiter.done(stop.value)
        except Exception as bug:  # noqa: BLE001 - the waiter's to see; the others go on
            waiter.failed(bug)
        else:
            led = _Led(coroutine, waiter, self._gather)
            self._led.add(led)
            if yielded is None:
                self._gather(led)
            else:
                self._wait(led, yielded)

    def go_on(self) -> None:
        """All go on that are at a stage, or whose wait is over; those behind first, until everybody waits or has ended.

        Then all that have ended are told of: answers that leave together find a NAS that is awake for the first of them.
        """
        gathered, ended = self._gathered, self._ended
        next_one, again = gathered.popleft, gathered.append
        self._goes_on = True
        try:
            while gathered:
                led = next_one()
                try:
                    yielded = led.send(None)
                except StopIteration as stop:
                    self._led.discard(led)
                    ended.append((led.waiter, stop.value))
                except Exception as bug:  # noqa: BLE001 - the waiter's to see; the others go on
                    self._led.discard(led)
                    led.waiter.failed(bug)
                else:
                    if yielded is None:
                        again(led)
                    else:
                        self._wait(led, yielded)
            while ended:
                waiter, result = ended.popleft()
                waiter.done(result)
        finally:
            # A bug in what one of them led to is not the others'.
            self._goes_on = bool(gathered or ended)
            if self._goes_on:
                asyncio.get_running_loop().call_soon(self.go_on)

    async def close(self) -> None:
        """Cancels what waits, and sees it end."""
        self.go_on()  # from here on nobody is at a stage
        for led in tuple(self._led):
            self._leave(led)
        await asyncio.sleep(0)  # a task that is cancelled before its first step would not tell what it runs
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _gather(self, led: _Led[Any]) -> None:
        """It waits until `go_on` is called: by the loop, if by nobody before."""
        self._gathered.append(led)
        if not self._goes_on:
            self._goes_on = True
            asyncio.get_running_loop().call_soon(self.go_on)

    def _wait(self, led: _Led[Any], yielded: Any) -> None:
        if isinstance(yielded, Pending):
            led.wait(yielded)
        else:
            self._as_task(led, yielded)

    def _leave(self, led: _Led[Any]) -> None:
        """On as a task."""
        pending = led.pending
        assert pending is not None  # noqa: S101 - it is gathered otherwise
        pending.follower = None
        pending._asyncio_future_blocking = True  # noqa: SLF001 - as it was yielded
        self._as_task(led, pending)

    def _as_task(self, led: _Led[Any], yielded: Any) -> None:
        self._led.discard(led)
        task = asyncio.get_running_loop().create_task(_finish(_Rest(led.coroutine, yielded)))
        self._tasks.add(task)
        waiter = led.waiter

        def finished(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                return
            bug = task.exception()
            if bug is None:
                waiter.done(task.result())
            elif isinstance(bug, Exception):
                waiter.failed(bug)

        task.add_done_callback(finished)
