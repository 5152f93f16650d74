"""The lock of a login, which is nearly always free."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any


class _NoWait:
    """What is awaited where nothing has to be waited for."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, None]:
        return iter(())  # type: ignore[return-value]  # a generator would be made for each


NO_WAIT = _NoWait()


class Lock(asyncio.Lock):
    """Nearly always free: then it is taken and given back without a coroutine for each.

    It is there while somebody has it or waits for it: of thousands of logins that wait, few are worked on.
    """

    _locked: bool

    def __init__(self, unlocked: Callable[[], None]) -> None:
        """`unlocked` is called once nobody has it and nobody waits for it."""
        super().__init__()
        self._unlocked = unlocked

    def __aenter__(self) -> Awaitable[None]:  # type: ignore[override]
        if self._locked or self._waiters:
            return super().__aenter__()
        self._locked = True
        return NO_WAIT

    def __aexit__(self, *_raised: object) -> Awaitable[None]:  # type: ignore[override]
        self.release()
        if not self._waiters:
            self._unlocked()
        return NO_WAIT
