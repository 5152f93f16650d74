"""Password hashes for many users: on all cores, behind the sign-ins of a server on the same machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
Item = TypeVar("Item")


def done(function: Callable[[Item], T], items: Sequence[Item]) -> Iterator[T]:
    """What the function returns for each item, in their order, as it is there."""
    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores, initializer=_give_way) as pool:
        try:
            yield from pool.map(function, items)
        except BaseException:
            pool.shutdown(cancel_futures=True)  # an interrupt is not kept waiting for all the others
            raise


def _give_way() -> None:
    """As the server's own threads that hash do: else they would get no core meanwhile, and nobody could sign in."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
