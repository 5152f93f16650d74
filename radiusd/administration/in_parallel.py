"""Password hashes for many users: on all cores, behind the sign-ins of a server on the same machine, with progress."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
Item = TypeVar("Item")


def done(what: str, function: Callable[[Item], T], items: Sequence[Item]) -> list[T]:
    """What the function returns for each item, in their order. A terminal is shown how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores, initializer=_give_way) as pool, shown:
        try:
            return list(shown.track(pool.map(function, items), total=len(items)))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # an interrupt is not kept waiting for all the others
            raise


def _give_way() -> None:
    """As the server's own threads that hash do: else they would get no core meanwhile, and nobody could sign in."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
