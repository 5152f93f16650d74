"""A database in one SQLite file."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from store.databases.recording import AT_ONCE
from store.databases.rows import Row, Rows
from store.errors import StoreError, Unavailable
from store.tables import GENERATION

OLDEST = (3, 35)  # the first with RETURNING
PATIENCE_SECONDS = 2.0  # how long another process's write is waited for
STATEMENTS = 256  # kept compiled on each connection
WAL_LIMIT = 64 * 1024 * 1024  # octets that the -wal file keeps after a checkpoint
PRAGMAS = (
    # Of a file that is made now; twice SQLite's own saves a tenth of what a group of audit rows costs.
    "page_size = 8192",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"journal_size_limit = {WAL_LIMIT}",
)
GENERATION_NOW = f"SELECT value FROM {GENERATION.name}"  # noqa: S608 - a name of ours

File = tuple[int, int]


class Sqlite:
    """One writer at a time, in WAL mode; a commit is on the disk when it returns (synchronous=FULL)."""

    BEGIN = "BEGIN IMMEDIATE"
    ERROR = sqlite3.Error

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        # mode=rw: a file that is gone must not come back as an empty one.
        self.uri = f"file:{quote(str(path))}?mode=rw"
        self._engine = create_engine(
            "sqlite://", creator=self._connect, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.uri,
            uri=True,
            timeout=PATIENCE_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def connect(self) -> Connection:
        """A connection to the file that is there now. Raises DBAPIError, or Unavailable."""
        before = self._file()
        connection = self._engine.connect()
        if before is None or self._file() != before:
            connection.close()
            raise Unavailable("the database file was moved")
        connection.info["file"] = before
        return connection

    def is_there(self, connection: Connection) -> bool:
        """False where the file was deleted, moved or replaced: what is written goes nowhere then."""
        return bool(self._file() == connection.info["file"])

    def _file(self) -> File | None:
        try:
            found = os.stat(self.name)  # noqa: PTH116 - for every commit, and twenty times a second
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def preparing(self, seconds: float) -> Iterator[Connection]:
        """A connection in a transaction of its own, alone among all processes. The file is made where it is missing.

        The lock is the folder's: a lock file would stay behind, and closing any other handle of the database file
        would end SQLite's own locks.
        """
        if sqlite3.sqlite_version_info < OLDEST:
            raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; radiusd needs 3.35 or newer")
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _lock(folder, time.monotonic() + seconds)
            self._create()
            connection = self.connect()
            try:
                self.use_wal(connection)
                connection.exec_driver_sql(self.BEGIN)
                yield connection
                connection.exec_driver_sql("COMMIT")
            finally:
                connection.close()
        finally:
            os.close(folder)

    @staticmethod
    def use_wal(connection: Connection) -> None:
        """The file remembers it. A backup may be without; not done to a file that may be somebody else's."""
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")

    def _create(self) -> None:
        """Nobody else may read it; SQLite gives the files beside it the same permissions."""
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            return

    def exists(self) -> bool:
        """Raises StoreError where something else has its name."""
        if self.path.exists() and not self.path.is_file():
            raise StoreError(f"{self.path} is no file; change `database` in radius.yaml")
        return self.path.exists() and self.path.stat().st_size > 0

    @staticmethod
    def is_sound(driver: Any) -> bool:
        """Whether the transaction can be committed: some errors, of a full disk for one, end it."""
        return bool(driver.in_transaction)

    @staticmethod
    def is_one_statement(values: Sequence[Row]) -> bool:
        """Whether `insert` is a transaction by itself."""
        return len(values) <= AT_ONCE

    @staticmethod
    def insert(driver: Any, rows: Rows, values: Sequence[Row]) -> None:
        for statement, chunk in rows.chunks(values):
            driver.execute(statement, chunk)

    @staticmethod
    def generation(driver: Any) -> int:
        """Of the notices."""
        found: tuple[int] = driver.execute(GENERATION_NOW).fetchone()
        return found[0]

    @staticmethod
    def cut(driver: Any) -> None:
        """Ends what the connection does at the moment. From any thread."""
        driver.interrupt()

    @staticmethod
    def be_patient(driver: Any, seconds: float) -> None:
        """How long a lock is waited for."""
        driver.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _lock(folder: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise StoreError("another process is bringing the database up to date; try again later") from None
            time.sleep(0.05)
        else:
            return
