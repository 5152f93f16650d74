"""Steps of one kind, which the writer runs together: one statement for many logins instead of one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Connection

from store.databases.recording import OfItems

Item = TypeVar("Item")
Result = TypeVar("Result")


def places(of: type[Struct], *names: str) -> tuple[int, ...]:
    """Where those fields stand in what is encoded of it."""
    return tuple(of.__struct_fields__.index(name) for name in names)


class Joint(Generic[Item, Result]):
    """A kind of step. `run` does many, in one transaction, and returns a result for each in their order.

    No two items of one call may be about the same row unless `run` says what comes of it. It may be called again with
    the same items, one by one too, where a transaction failed.

    `recorded` is how SQLite's recording process writes many items that `is_plain`, where `usual` comes of each; where
    anything else would, it fails as a whole, and the items are for `run`.
    """

    def __init__(
        self,
        run: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        recorded: OfItems,
        usual: Result,
        is_plain: Callable[[Item], bool] = lambda _: True,
    ) -> None:
        self.run = run
        self.recorded = recorded
        self.usual = usual
        self.is_plain = is_plain
