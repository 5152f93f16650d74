"""Who is signed in to the pages: begun, looked at, ended, each with its audit row.

What takes a connection is a step of the store, as in `users`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Missing
from store import audit, page_sessions

if TYPE_CHECKING:
    from store import Connection
    from store.page_sessions import PageSession

WHOLE_SECONDS = 12 * 3600.0  # after which whoever is signed in signs in again, whatever they do
DOOR = "pages"


class NoSession(Missing):
    """Nobody is signed in to the pages by that."""

    def __init__(self, typed: str) -> None:
        super().__init__(f"there is no page session {typed}")


def begin(connection: Connection, session: PageSession) -> None:
    """Signed in from now on."""
    page_sessions.add(connection, session)
    by = Administrator(session.user_name, DOOR)
    _tell(connection, session, by, f"signed in to the pages as {session.role}", session.begun_at)


def listed(connection: Connection, now: float, idle: float) -> list[PageSession]:
    """Every one, oldest first. `idle`: after so many seconds without a request one is over."""
    return page_sessions.listed(connection, now, idle)


def end(connection: Connection, by: Administrator, number: str, now: float) -> PageSession:
    """The one that is over by this. Raises NoSession."""
    session = page_sessions.end(connection, number)
    if session is None:
        raise NoSession(number)
    _tell(connection, session, by, "page session ended", now)
    return session


def _tell(connection: Connection, session: PageSession, by: Administrator, what: str, now: float) -> None:
    person = (session.directory, session.unique_id)
    audit.insert(connection, audit_row(now, by, what, session.user_name, person=person, station=session.source))
