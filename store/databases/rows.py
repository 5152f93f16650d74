"""Rows that are written as they are, many in one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table

from store.databases.recording import OfRows, chunks, inserting
from store.text import StorableText, is_storable, storable

Row = tuple[Any, ...]
MOST = 2**63 - 1  # both databases' integers end here


class Rows:
    """The plain rows of one table, each a tuple of all its columns, but `id` where the database numbers the rows."""

    def __init__(self, table: Table, *, numbered: bool = True) -> None:
        self.table = table
        self.columns = tuple(column.name for column in table.columns if not (numbered and column.name == "id"))
        texts = [
            place for place, name in enumerate(self.columns)
            if isinstance(table.c[name].type, StorableText) and not table.c[name].nullable
        ]  # fmt: skip
        self._texts = itemgetter(*texts)
        # COPY costs a seventh of what INSERT does with psycopg.
        self.copy = f"COPY {table.name} ({', '.join(self.columns)}) FROM STDIN"
        self._into = f"INSERT INTO {table.name} ({', '.join(self.columns)}) VALUES "  # noqa: S608 - names of ours
        self.one = inserting(self._into, len(self.columns), 1)
        # How SQLite's recording process writes them.
        self.recorded: OfRows = (self._into, len(self.columns))

    def storable(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows with their text made storable. One check for all: it is done for every sign-in."""
        if is_storable("".join(chain.from_iterable(map(self._texts, rows)))):
            return rows
        return [self.mended(row) for row in rows]

    def mended(self, row: Row) -> Row:
        """The row with every value such that a database takes it."""
        return tuple(map(_mended, row))

    def chunks(self, rows: Sequence[Row]) -> Iterator[tuple[str, list[Any]]]:
        """SQLite's statements for the rows, each with its values."""
        return chunks(self.recorded, rows)

    def insert(self, connection: Connection, row: Row) -> None:
        """One row within a step's transaction."""
        statement = self.one
        if connection.dialect.name == "postgresql":
            statement = statement.replace("?", "%s")
        connection.exec_driver_sql(statement, self.mended(row))

    def insert_all(self, connection: Connection, rows: Sequence[Row]) -> None:
        """As many rows as there are, within a step's transaction."""
        if not rows:
            return
        plain = self.storable(rows)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(self.one.replace("?", "%s"), list(plain))
        else:
            for statement, values in self.chunks(plain):
                connection.exec_driver_sql(statement, tuple(values))

    def insert_new(self, connection: Connection, rows: Sequence[Row]) -> set[Any]:
        """Those of the rows that clash with none that is there; their ids. The table has `id` as its first column."""
        added: set[Any] = set()
        for statement, values in self.chunks(self.storable(rows)):
            text = f"{statement} ON CONFLICT DO NOTHING RETURNING id"
            if connection.dialect.name == "postgresql":
                text = text.replace("?", "%s")
            added.update(row[0] for row in connection.exec_driver_sql(text, tuple(values)))
        return added


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    return min(value, MOST) if isinstance(value, int) else value
