"""Steps of one kind, which the writer runs together: one statement for many logins instead of one for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Connection

from store.databases.recording import OfItems
from store.databases.rows import Rows
from store.writing.limits import Limit, SentAt

Item = TypeVar("Item")
Result = TypeVar("Result")


class Form:
    """How an item is written: a statement for it, and rows of other tables beside it.

    The recording process has it as `recorded`; what runs in a transaction of ours takes the same from here.
    """

    def __init__(
        self,
        item: type[Struct],
        statement: str,
        row: type[Struct],
        values: Sequence[str],
        beside: Mapping[str, Rows] | None = None,
        once: Mapping[str, str] | None = None,
    ) -> None:
        """`values` are the fields of `row` that the statement takes; `row` is the item's type, or that of its first field.

        `beside`: which fields of the item are further rows, and of which table. `once`: which have the values, several
        times, of a statement that changes one row each time, and none where somebody else was first.
        """
        self.statement = statement
        self._values = attrgetter(*values)
        self._beside = {} if beside is None else beside
        self._once = {} if once is None else once
        place = item.__struct_fields__.index
        self.recorded: OfItems = (
            statement,
            None if row is item else 0,
            tuple(map(row.__struct_fields__.index, values)),
            tuple((place(name), *rows.recorded) for name, rows in self._beside.items()),
            tuple((place(name), text) for name, text in self._once.items()),
        )

    def execute(self, connection: Connection, rows: Iterable[Any]) -> None:
        """Runs the statement for each row."""
        text = self.statement if connection.dialect.name == "sqlite" else self.statement.replace("?", "%s")
        connection.exec_driver_sql(text, list(map(self._values, rows)))

    def is_first(self, connection: Connection, item: Any) -> bool:
        """Whether all that the item does once is done by it, and nobody was faster."""
        for name, text in self._once.items():
            statement = text if connection.dialect.name == "sqlite" else text.replace("?", "%s")
            for values in getattr(item, name):
                if connection.exec_driver_sql(statement, values).rowcount != 1:
                    return False
        return True

    def insert_beside(self, connection: Connection, items: Sequence[Any]) -> None:
        """Adds what is beside the items."""
        for name, rows in self._beside.items():
            rows.insert_all(connection, list(chain.from_iterable(map(attrgetter(name), items))))


@dataclass(frozen=True)
class Limited(Generic[Item, Result]):
    """What limits there are on items of a kind, and what comes of one that has no room.

    `sent` is what counts since a time, oldest first; `unlimited` is the item without its limits.
    """

    limits: Callable[[Item], Sequence[Limit]]
    unlimited: Callable[[Item], Item]
    refused: Result
    sent: Callable[[Connection, float], Iterable[SentAt]]


class Joint(Generic[Item, Result]):
    """A kind of step. `run` does many, in one transaction, and returns a result for each in their order.

    No two items of one call may be about the same row unless `run` says what comes of it. It may be called again with
    the same items, one by one too, where a transaction failed.

    `form` is how SQLite's recording process writes many items that `is_plain`, where `usual` comes of each; where
    anything else would, it fails as a whole, and the items are for `run`.

    `limited`: where no other process writes, limits are counted before the item is written, and `run` sees none; else
    they are for `run`.
    """

    def __init__(
        self,
        run: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        form: Form,
        usual: Result,
        is_plain: Callable[[Item], bool] = lambda _: True,
        limited: Limited[Item, Result] | None = None,
    ) -> None:
        self.run = run
        self.recorded = form.recorded
        self.usual = usual
        self.is_plain = is_plain
        self.limited = limited
