"""A connection that is kept for many uses, and the transactions on it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import DBAPIError

from store import migrations, notices
from store.errors import Unavailable, cause_of, is_lost, is_repeatable
from store.inserting import inserting
from store.tables import GENERATION, SETTINGS

if TYPE_CHECKING:
    from store.databases.postgres import Postgres
    from store.databases.sqlite import Sqlite

T = TypeVar("T")
PATIENCE_SECONDS = 2.0  # how long a lock of somebody else is waited for
PROBE_SECONDS = 0.1  # the same while the database is down anyway


class Aborted(Exception):
    """A step went on after a statement of its own had ended the transaction."""


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Keeps what is done in it, or nothing of it, within the transaction."""
    told = notices.count(connection)
    # Past SQLAlchemy, whose own savepoints need its own transactions.
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT step")
    try:
        yield
        driver.execute("RELEASE SAVEPOINT step")
    except BaseException:
        notices.take(connection, told)
        driver.execute("ROLLBACK TO SAVEPOINT step")
        # Else one around it would not be the last of its name.
        driver.execute("RELEASE SAVEPOINT step")
        raise


class Kept:
    """One connection, in the thread that uses it.

    Transactions are begun and ended by the driver: SQLAlchemy's own cost 60 µs for each group of rows, more than ten
    rows do. What a step does goes through SQLAlchemy all the same.
    """

    def __init__(
        self, database: Sqlite | Postgres, node: str = "", watched: Callable[[Kept], None] = lambda _: None
    ) -> None:
        """`node` is whose notices are told already; `watched` is told of it before it waits for an answer.

        Raises Unavailable.
        """
        self.database = database
        self.busy_since: float | None = None
        try:
            self.connection: Connection = database.connect()
        except DBAPIError as error:
            raise Unavailable(cause_of(error)) from None
        self.connection.info["node"] = node
        self.driver: Any = self.connection.connection.driver_connection
        watched(self)
        try:
            version = self.read(migrations.version_of)
        except BaseException:
            self.close()
            raise
        if version is None:
            # An empty or foreign database in the place of ours does not go into service.
            self.close()
            raise Unavailable("the database that is there is not one of radiusd")

    def close(self) -> None:
        """Whatever became of it."""
        if not self.connection.closed:
            self.connection.invalidate()
            self.connection.close()

    def cut(self) -> None:
        """Ends what it waits for. From any thread."""
        self.database.cut(self.driver)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """It is watched, so that it does not wait for ever."""
        self.busy_since = time.monotonic()
        try:
            yield
        finally:
            self.busy_since = None

    def read(self, function: Callable[[Connection], T]) -> T:
        """Without a transaction around it. Raises Unavailable, or what the function raised."""
        try:
            with self.busy():
                return function(self.connection)
        except DBAPIError as error:
            if is_lost(error):
                raise Unavailable(cause_of(error)) from None
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits what is done in it, or nothing of it.

        Raises Unavailable where the commit failed or its end is not known; what was done may be there then or not.
        """
        self.driver.execute(self.database.BEGIN)
        try:
            yield
            self._require_sound()
        except BaseException:
            notices.take(self.connection)
            self.driver.rollback()
            raise
        try:
            self.driver.commit()
        except self.database.ERROR as error:
            raise Unavailable(f"commit failed: {cause_of(error)}") from None
        self.require_there()

    def require_there(self) -> None:
        """Raises Unavailable where a commit went into a file that is not the database any more."""
        if not self.database.is_there(self.connection):
            raise Unavailable("the database file was deleted, moved or replaced")

    def _require_sound(self) -> None:
        if not self.database.is_sound(self.driver):
            raise Aborted("a statement failed, and the step that made it went on")

    def probe(self, octets: int) -> None:
        """Writes that many octets, and takes them out again. Raises Unavailable where the database does not."""
        name = f"probe {self.connection.info['node']}"
        # At random: PostgreSQL would compress anything else.
        row = inserting(self.connection, SETTINGS).values(name=name, value=secrets.token_hex(octets // 2))
        try:
            with self.busy():
                self.database.be_patient(self.driver, PROBE_SECONDS)
                with self.transaction():
                    self.connection.execute(update(GENERATION).values(value=GENERATION.c.value))
                    self.connection.execute(row.on_conflict_do_nothing())
                with self.transaction():
                    self.connection.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
                self.database.be_patient(self.driver, PATIENCE_SECONDS)
        except (DBAPIError, self.database.ERROR) as error:
            raise Unavailable(cause_of(error)) from None

    def write(self, step: Callable[[Connection], T]) -> T:
        """The step in a transaction of its own, done again once where it clashed with others.

        Raises Unavailable, or what the step raised.
        """
        again = True
        while True:
            try:
                with self.busy(), self.transaction():
                    value = step(self.connection)
                    notices.take(self.connection)
            except (DBAPIError, self.database.ERROR) as error:
                if again and is_repeatable(error):
                    again = False
                elif is_lost(error):
                    raise Unavailable(cause_of(error)) from None
                else:
                    raise
            else:
                return value
