"""The connections of a started store."""

from __future__ import annotations

from store.databases.kept import Kept
from store.databases.opening import Database

HUNG_SECONDS = 10.0  # a connection that hears nothing for so long is cut off


class Connections:
    """Makes them, for any thread, and watches them, in the loop."""

    def __init__(self, database: Database, node: str) -> None:
        """`node` is whose notices are told already."""
        self._database = database
        self._node = node
        self._made: set[Kept] = set()

    def connect(self) -> Kept:
        """Raises Unavailable."""
        return Kept(self._database, self._node, self._made.add)

    def watch(self, now: float) -> None:
        """Called now and then: cuts off who waits for a database that takes a request and never answers."""
        for kept in list(self._made):
            if kept.connection.closed:
                self._made.discard(kept)
            since = kept.busy_since
            if since is not None and now - since > HUNG_SECONDS:
                kept.cut()

    def cut(self) -> None:
        """Cuts off everybody who waits: the database does not answer."""
        for kept in list(self._made):
            if kept.busy_since is not None:
                kept.cut()

    def close(self) -> None:
        """Ends those that nobody uses at this moment: SQLite crashes where one is closed under a statement."""
        for kept in list(self._made):
            if kept.busy_since is None:
                kept.close()
