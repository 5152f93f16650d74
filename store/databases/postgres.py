"""A database in PostgreSQL, by psycopg 3."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.pool import NullPool

from store.databases.rows import Row, Rows
from store.errors import Unavailable, cause_of

LOCK = 0x7261646975736400  # "radiusd": of bringing the database up to date
CONNECT: dict[str, Any] = {
    "application_name": "radiusd",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
# Nothing may wait for ever; a server that answers nothing at all is cut off by store.Store.
LIMITS = "SET lock_timeout = '2s'; SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '15s'"


class Postgres:
    """READ COMMITTED; whoever needs more locks rows."""

    BEGIN = "BEGIN"
    ERROR = psycopg.Error

    def __init__(self, url: URL) -> None:
        self.name = f"{url.database} at {url.host or 'the local socket'}"
        arguments = {name: value for name, value in CONNECT.items() if name not in url.query}
        self._engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args=arguments,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )

    def connect(self) -> Connection:
        """Raises DBAPIError."""
        connection = self._engine.connect()
        connection.exec_driver_sql(LIMITS)
        return connection

    @staticmethod
    def is_there(connection: Connection) -> bool:  # noqa: ARG004 - a server that is gone says so itself
        return True

    @staticmethod
    def exists() -> bool:
        return True

    @contextmanager
    def preparing(self, seconds: float) -> Iterator[Connection]:
        """A connection in a transaction of its own, alone among all processes."""
        connection = self.connect()
        try:
            connection.exec_driver_sql(self.BEGIN)
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(seconds * 1000)}")
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            yield connection
            connection.exec_driver_sql("COMMIT")
        finally:
            connection.close()

    @staticmethod
    def is_sound(driver: Any) -> bool:
        """Whether the transaction can be committed: PostgreSQL takes COMMIT after a failed statement as ROLLBACK."""
        return bool(driver.info.transaction_status == TransactionStatus.INTRANS)

    @staticmethod
    def is_one_statement(values: Sequence[Row]) -> bool:  # noqa: ARG004 - COPY takes any number
        """Whether `insert` is a transaction by itself."""
        return True

    @staticmethod
    def insert(driver: Any, rows: Rows, values: Sequence[Row]) -> None:
        with driver.cursor() as cursor, cursor.copy(rows.copy) as copy:
            for row in values:
                copy.write_row(row)

    @staticmethod
    def wait(driver: Any, seconds: float) -> None:
        """Until somebody announces a notice, at most so long. Raises Unavailable."""
        try:
            for _ in driver.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.Error as error:
            raise Unavailable(cause_of(error)) from None

    @staticmethod
    def cut(driver: Any) -> None:
        """Ends what the connection waits for at the moment. From any thread.

        psycopg has no time limit on an answer; a socket that was shut down reads as closed by the server.
        """
        try:
            with socket.socket(fileno=os.dup(driver.fileno())) as other:
                other.shutdown(socket.SHUT_RDWR)
        except (OSError, psycopg.Error):  # closed already
            return

    @staticmethod
    def be_patient(driver: Any, seconds: float) -> None:
        """How long a lock is waited for."""
        driver.execute(f"SET lock_timeout = {int(seconds * 1000)}")
