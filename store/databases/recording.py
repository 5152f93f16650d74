"""The program that store.writing.recorder starts. It is run by its path, and with one package: it starts fast and stays small.

A group is what waits to be written, as the server has it: making statements of it is left to this process, since the
server's loop is what everybody waits for.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

LARGEST = 1 << 20  # octets of a group
AT_ONCE = 64  # rows in one statement, and no transaction around it
MOST_ROWS = 256  # in one statement; 16 columns of them are 4,096 of SQLite's 32,766 values
STATEMENTS = 256  # kept compiled
WRITTEN, SLOWLY, NOT_WRITTEN = b"+", b"~", b"-"
SLOW_SECONDS = 0.003  # for a group: most of it is the disk's

Value = float | str | None
# With its values; or with several rows of them, for each of which it is run, and how many rows it changes in all.
Statement = tuple[str, list[Value]] | tuple[str, list[tuple[Value, ...]], int]

# What of a kind is written. Of rows: the beginning of their INSERT, and how many columns they have.
OfRows = tuple[str, int]
# Of items: a statement for each, where in the item the row of its values is (None: the item is the row), where in that
# the values are; where in the item further rows are, with what OfRows has of them; and where in it are the values of what
# can be done once, with a statement that changes one row for each of them, or is too late.
OfItems = tuple[str, int | None, tuple[int, ...], tuple[tuple[int, str, int], ...], tuple[tuple[int, str], ...]]


class Otherwise(Exception):
    """A statement did not change what it was to: who gave it must look why."""


@lru_cache
def inserting(into: str, columns: int, rows: int) -> str:
    """The INSERT of so many rows."""
    one = f"({', '.join('?' * columns)})"
    return into + ", ".join([one] * rows)


def chunks(of: OfRows, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """SQLite's statements for the rows, each with its values.

    One statement of many rows, not executemany: that gives the interpreter's lock away and takes it again for every
    row. Few sizes, so that the statements stay compiled (1.5 KB a row).
    """
    start = 0
    while start < len(rows):
        left = len(rows) - start
        size = left if left <= AT_ONCE else min(MOST_ROWS, left - left % AT_ONCE)
        yield inserting(*of, size), list(chain.from_iterable(rows[start : start + size]))
        start += size


def statements(kinds: dict[int, OfRows | OfItems], group: list[tuple[int, Any]]) -> list[Statement]:
    """What writes the group, each of whose items comes with the number of its kind."""
    items: dict[int, list[Any]] = {}
    for number, item in group:
        items.setdefault(number, []).append(item)
    made: list[Statement] = []
    rows: dict[OfRows, list[Any]] = {}
    for number, of_kind in items.items():
        kind = kinds[number]
        if len(kind) == 2:
            rows.setdefault((kind[0], kind[1]), []).extend(of_kind)
            continue
        text, place, values, further, once = kind
        changed = of_kind if place is None else [item[place] for item in of_kind]
        made.append((text, list(map(itemgetter(*values), changed)), len(changed)))
        for at, change in once:
            all_of_them = list(chain.from_iterable(item[at] for item in of_kind))
            if all_of_them:
                made.append((change, all_of_them, len(all_of_them)))
        for at, into, columns in further:
            rows.setdefault((into, columns), []).extend(chain.from_iterable(item[at] for item in of_kind))
    for of_rows, plain in rows.items():
        made += chunks(of_rows, plain)
    return made


def is_storable(group: list[Statement]) -> bool:
    """Whether no text has a NUL. Other text that is not for a database is refused by the driver."""
    for statement in group:
        values = statement[1] if len(statement) == 2 else chain.from_iterable(statement[1])
        if "\0" in "".join(each for each in values if isinstance(each, str)):
            return False
    return True


def run(connection: sqlite3.Connection, statement: Statement) -> None:
    """Raises what the database says, or Otherwise."""
    if len(statement) == 2:
        connection.execute(*statement)
        return
    text, rows, number = statement
    if connection.executemany(text, rows).rowcount != number:
        raise Otherwise


def write(connection: sqlite3.Connection, group: list[Statement]) -> None:
    """Commits all, or raises and commits nothing."""
    if len(group) == 1 and len(group[0]) == 2:
        run(connection, group[0])
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in group:
            run(connection, statement)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def file_of(path: str) -> tuple[int, int] | None:
    """What has that name now."""
    try:
        found = os.stat(path)  # noqa: PTH116 - pathlib takes longer to import than all the rest
    except OSError:
        return None
    return found.st_dev, found.st_ino


def serve(server: socket.socket, path: str, uri: str, pragmas: list[str]) -> None:
    """Until the server closes its end: also by being killed."""
    before = file_of(path)
    # No waiting for somebody else's lock: the server's writing thread does that.
    connection = sqlite3.connect(uri, uri=True, timeout=0.0, isolation_level=None, cached_statements=STATEMENTS)
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    if before is None or file_of(path) != before:
        return
    from msgspec.msgpack import Decoder

    decode = Decoder().decode
    kinds: dict[int, OfRows | OfItems] = {}
    room = bytearray(LARGEST)
    view = memoryview(room)
    server.sendall(WRITTEN)
    while size := server.recv_into(room):
        begin = time.perf_counter()
        new, waiting = decode(view[:size])
        kinds.update(new)
        try:
            group = statements(kinds, waiting)
            written = is_storable(group)
            if written:
                write(connection, group)
                written = file_of(path) == before
        except (sqlite3.Error, Otherwise, ValueError, OverflowError):
            written = False
        if not written:
            server.sendall(NOT_WRITTEN)
        else:
            server.sendall(WRITTEN if time.perf_counter() - begin < SLOW_SECONDS else SLOWLY)


if __name__ == "__main__":
    # The server decides when it ends, whoever else gets its signals.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # A server that has ended meanwhile is no news.
    with suppress(BrokenPipeError, ConnectionResetError), socket.socket(fileno=int(sys.argv[1])) as opened:
        sys.path.append(sys.argv[2])
        serve(opened, sys.argv[3], sys.argv[4], sys.argv[5:])
