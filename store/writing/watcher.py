"""The thread that follows the database: notices of other processes, and whether it is still there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from store import notices
from store.databases.health import NO_ANSWER, SILENT_SECONDS, Health
from store.databases.kept import Kept
from store.databases.sqlite import Sqlite
from store.errors import Unavailable, cause_of
from store.notices import Notice

POLL_SECONDS = 0.05  # of SQLite, and between tries to connect
HEARTBEAT_SECONDS = 0.5  # of PostgreSQL: the notices are looked at even if none was announced
EVERYTHING = [Notice("", "")]


class Watcher:
    """`heard` is when (time.monotonic) the database was asked whose news were delivered last."""

    def __init__(
        self,
        connect: Callable[[], Kept],
        health: Health,
        node: str,
        deliver: Callable[[Sequence[Notice]], None],
    ) -> None:
        """`deliver` takes notices, `EVERYTHING` where some may have been missed."""
        self.heard = 0.0
        self.kept: Kept | None = None
        self._connect = connect
        self._health = health
        self._node = node
        self._deliver = deliver
        self._stopping = False
        self._last = 0

    def begin(self) -> None:
        """Connects; what is committed from now on is heard. Raises Unavailable."""
        self.kept = kept = self._connect()
        if not isinstance(kept.database, Sqlite):
            kept.read(lambda connection: connection.exec_driver_sql(f"LISTEN {notices.CHANNEL}"))
        self._last = kept.read(notices.generation)
        self.heard = time.monotonic()

    def run(self) -> None:
        """Until `stop`."""
        while not self._stopping:
            try:
                if self.kept is None:
                    self.begin()
                    self._deliver(EVERYTHING)
                else:
                    self._look(self.kept)
            except (Unavailable, DBAPIError, Sqlite.ERROR) as error:
                self._end()
                if not self._stopping:
                    self._health.lost(cause_of(error))
                time.sleep(POLL_SECONDS)
        self._end()

    def watch(self, awake: float, now: float) -> None:
        """From the loop, which has had its turns since `awake`: a database that gives no sign of life is down."""
        since = None if self.kept is None else self.kept.busy_since
        if since is not None and now - max(since, awake) > SILENT_SECONDS:
            self._health.lost(NO_ANSWER, self.heard)

    def stop(self) -> None:
        """From any thread."""
        self._stopping = True
        if self.kept is not None:
            self.kept.cut()

    def _end(self) -> None:
        if self.kept is not None:
            self.kept.close()
            self.kept = None

    def _look(self, kept: Kept) -> None:
        """Waits for news, or for the time of a heartbeat."""
        if isinstance(kept.database, Sqlite):
            time.sleep(POLL_SECONDS)
            if not kept.database.is_there(kept.connection):
                raise Unavailable("the database file was deleted, moved or replaced")
            # Past SQLAlchemy: it is asked twenty times a second, beside threads that hash.
            kept.busy_since = began = time.monotonic()
            generation = kept.database.generation(kept.driver)
            kept.busy_since = None
            if generation == self._last:
                self.heard = began
                return
        else:
            kept.database.wait(kept.driver, HEARTBEAT_SECONDS)
            began = time.monotonic()
        self._last, news = kept.read(lambda connection: notices.since(connection, self._last, self._node))
        if news is None or news:
            self._deliver(EVERYTHING if news is None else news)
        # After the delivery: who relies on `heard` has the notices too.
        self.heard = began
