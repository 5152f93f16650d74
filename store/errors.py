"""What a database can do to its callers."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

OVERLOAD = "too much waits for it"
LOST = "it is not known whether it was written"
LENGTH = 200
REPEATABLE = {"40001", "40P01"}  # SQLSTATE: serialization failure, deadlock
ABORTED = "25P02"  # SQLSTATE: an earlier statement of the transaction failed
# The driver's errors by the names that PEP 249 gives them: each driver has classes of its own.
STATEMENTS = {"DataError", "IntegrityError", "NotSupportedError", "ProgrammingError"}
DATABASES = {"DatabaseError", "InterfaceError"}


class StoreError(Exception):
    """The database cannot be opened or brought up to date. The message says what to do."""


class Unavailable(Exception):
    """The database is gone, or what was written may not be there. `cause` carries no secret.

    `overload`: it is there, and has too much to do.
    """

    def __init__(self, cause: str, *, overload: bool = False) -> None:
        super().__init__(f"the database is not available: {cause}")
        self.cause = cause
        self.overload = overload


def is_lost(error: BaseException) -> bool:
    """Whether the database failed, rather than a statement or the code that made it."""
    if isinstance(error, Unavailable):
        return True
    original = _original(error)
    names = {kind.__name__ for kind in type(original).__mro__}
    if not names & DATABASES or names & STATEMENTS or getattr(original, "sqlstate", None) == ABORTED:
        return False
    if type(original).__module__ == "sqlite3":
        # InterfaceError is said of a value that cannot be bound, OperationalError also of a column that there is not.
        return "InterfaceError" not in names and getattr(original, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    return True


def is_repeatable(error: BaseException) -> bool:
    """Whether nothing was done, because of what other transactions did at the same time."""
    return getattr(_original(error), "sqlstate", None) in REPEATABLE


def cause_of(error: BaseException) -> str:
    """One line without statements or their values."""
    if isinstance(error, Unavailable):
        return error.cause
    original = _original(error)
    lines = str(original).strip().splitlines()
    return (lines[0] if lines else type(original).__name__)[:LENGTH]


def _original(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
