"""Steps of one kind, which the writer runs together: one statement for many logins instead of one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")


class Joint(Generic[Item, Result]):
    """A kind of step. `run` does many, in one transaction, and returns a result for each in their order.

    No two items of one call may be about the same row unless `run` says what comes of it. It may be called again with
    the same items, one by one too, where a transaction failed.
    """

    def __init__(self, run: Callable[[Connection, Sequence[Item]], Sequence[Result]]) -> None:
        self.run = run
