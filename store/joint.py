"""Steps of one kind, which the writer runs together: one statement for many logins instead of one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

from store.recording import Statement

Item = TypeVar("Item")
Result = TypeVar("Result")


class Joint(Generic[Item, Result]):
    """A kind of step. `run` does many, in one transaction, and returns a result for each in their order.

    No two items of one call may be about the same row unless `run` says what comes of it. It may be called again with
    the same items, one by one too, where a transaction failed.

    `statements` are SQLite's for many items that `is_plain`, where `usual` comes of each; where anything else would,
    they fail as a whole, and the items are for `run`.
    """

    def __init__(
        self,
        run: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        statements: Callable[[Sequence[Item]], list[Statement]],
        usual: Result,
        is_plain: Callable[[Item], bool] = lambda _: True,
    ) -> None:
        self.run = run
        self.statements = statements
        self.usual = usual
        self.is_plain = is_plain
