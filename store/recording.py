"""The program that store.recorder starts. It is run by its path and without packages: it starts fast and stays small."""

from __future__ import annotations

import marshal
import os
import signal
import socket
import sqlite3
import sys
import time
from contextlib import suppress
from itertools import chain

LARGEST = 1 << 20  # octets of a group
STATEMENTS = 256  # kept compiled
WRITTEN, SLOWLY, NOT_WRITTEN = b"+", b"~", b"-"
SLOW_SECONDS = 0.003  # for a group: most of it is the disk's

Value = float | str | None
# With its values; or with several rows of them, for each of which it is run, and how many rows it changes or finds in all.
Statement = tuple[str, list[Value]] | tuple[str, list[tuple[Value, ...]], int]


class Otherwise(Exception):
    """A statement changed or found what it was not to: who gave it must look why."""


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
    if text.startswith("SELECT"):
        found = sum(connection.execute(text, row).fetchone() is not None for row in rows)
    else:
        found = connection.executemany(text, rows).rowcount
    if found != number:
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
    room = bytearray(LARGEST)
    view = memoryview(room)
    server.sendall(WRITTEN)
    while size := server.recv_into(room):
        begin = time.perf_counter()
        group = marshal.loads(view[:size])  # noqa: S302 - of the process that started this one
        try:
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
        serve(opened, sys.argv[2], sys.argv[3], sys.argv[4:])
