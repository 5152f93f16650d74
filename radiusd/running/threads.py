"""A bounded pool of threads for calls that block: one for each kind of call, so that none starves another."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Overloaded(Exception):
    """As many calls are waiting for a thread as may."""


class Call(Generic[T]):
    """One call on its way through the pool. `abandoned`: nobody waits any more, so it is not begun."""

    __slots__ = ("abandoned", "function", "loop", "then")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        function: Callable[[], T],
        then: Callable[[T | None, BaseException | None], None],
    ) -> None:
        self.loop = loop
        self.function = function
        self.then = then
        self.abandoned = False


class Pool:
    """Daemon threads, started with the first call. All methods are the loop's thread's.

    A call that has begun cannot be stopped: the thread is lost to the pool until it comes back. So whoever gives
    it something that may hang gives it a time-out of its own too.
    """

    def __init__(
        self, name: str, threads: int, *, waiting: int = 1024, gives_way: bool = False, together: int = 1
    ) -> None:
        """`waiting` calls may wait for a thread. `gives_way`: the threads run while nobody else wants the core.

        `together`: while calls wait for a thread, what came of others is told for so many at a time. For calls that
        all take about as long.
        """
        self.name = name
        self.threads = threads
        self._limit = threads + waiting
        self._gives_way = gives_way
        self._together = together
        self._ended: deque[tuple[Call[object], object, BaseException | None]] = deque()  # and not told yet
        self._pending = 0
        self._calls: SimpleQueue[Call[object] | None] = SimpleQueue()
        self._started: list[threading.Thread] = []
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether a call would raise Overloaded."""
        return self._closed or self._pending >= self._limit

    def cpu_seconds(self) -> float:
        """How long the threads have had a core so far, all together. Not once the pool is closed."""
        clocks = (time.pthread_getcpuclockid(thread.ident) for thread in self._started if thread.ident is not None)
        return sum(map(time.clock_gettime, clocks))

    async def run(self, function: Callable[[*Ts], T], *args: *Ts, deadline: float) -> T:
        """What the function returns or raises. `deadline` is of the loop's clock.

        Raises TimeoutError when it has passed, Overloaded when too many wait.
        """
        loop = asyncio.get_running_loop()
        if deadline <= loop.time():
            raise TimeoutError
        future: asyncio.Future[T] = loop.create_future()

        def then(result: T | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type] # None is T's own here

        call = self.call(then, lambda: function(*args))
        # Not asyncio.timeout_at: a login's first steps run outside of any task.
        timer = loop.call_at(deadline, then, None, TimeoutError())
        try:
            return await future
        finally:
            timer.cancel()
            call.abandoned = True

    def call(self, then: Callable[[T | None, BaseException | None], None], function: Callable[[], T]) -> Call[T]:
        """Has the function called in a thread, then `then(result, error)` in the loop. Raises Overloaded.

        An abandoned call ends in `then(None, None)`.
        """
        if self.full:
            raise Overloaded(self.name)
        if not self._started:
            self._start()

        def ended(result: T | None, error: BaseException | None) -> None:
            self._pending -= 1
            then(result, error)

        call = Call(asyncio.get_running_loop(), function, ended)
        self._pending += 1
        self._calls.put(call)  # type: ignore[arg-type] # T stays with the call
        return call

    def close(self) -> None:
        """Ends the threads once what was given to them is done. Further calls raise Overloaded."""
        self._closed = True
        for _ in self._started:
            self._calls.put(None)

    def _start(self) -> None:
        for number in range(self.threads):
            thread = threading.Thread(target=self._serve, name=f"{self.name}-{number}", daemon=True)
            self._started.append(thread)
            thread.start()

    def _serve(self) -> None:
        if self._gives_way and sys.platform == "linux":  # elsewhere it would be the whole process's
            # Not niceness: a nice thread keeps the core for the rest of its turn, though others have woken up.
            with contextlib.suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        call = self._calls.get()
        while call is not None:
            result: object = None
            error: BaseException | None = None
            if not call.abandoned:
                try:
                    result = call.function()
                except BaseException as raised:  # noqa: BLE001 - raised again where the result is awaited
                    error = raised
            self._ended.append((call, result, error))
            loop = call.loop
            del call, result, error  # what they hold must not live on while the thread waits
            try:
                following = self._calls.get_nowait()
            except Empty:
                self._tell(loop)
                call = self._calls.get()
            else:
                if following is None or len(self._ended) >= self._together:
                    self._tell(loop)
                call = following

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(self._told)

    def _told(self) -> None:
        """Tells everybody, also where one raises: the loop reports it."""
        try:
            while self._ended:
                call, result, error = self._ended.popleft()
                call.then(result, error)
        finally:
            if self._ended:
                asyncio.get_running_loop().call_soon(self._told)
