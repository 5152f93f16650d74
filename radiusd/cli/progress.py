"""How far a long work is, for whoever looks at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from radiusd.administration import in_parallel

T = TypeVar("T")
Item = TypeVar("Item")


def in_parallel_shown(what: str, function: Callable[[Item], T], items: Sequence[Item]) -> list[T]:
    """What the function returns for each item, in their order, worked out on all cores."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with shown:
        return list(shown.track(in_parallel.done(function, items), total=len(items)))
