"""One attempt that is under way (see `attempts`), and what whoever has it may do with it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from radiusd.login.guard import Guard
from radiusd.login.standing import Counted
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Lock
from store import Connection

NO_ATTEMPT: AbstractContextManager[None] = nullcontext()


class Keeper(Protocol):
    """Who gave it out: what happens to an attempt is done there."""

    def digest(self, kind: str, against: str, answer: str) -> str: ...
    def was_wrong(self, taken: Taken) -> None: ...
    def was_right(self, taken: Taken) -> None: ...
    def fail(self, connection: Connection, taken: Taken) -> Counted: ...
    def failed(self, taken: Taken, counted: Counted) -> None: ...
    def fail_of_nobody(self, taken: Taken) -> None: ...
    def end(self, taken: Taken) -> None: ...


class Taken:
    """An attempt. Whoever has it ends it: by `fail` and, that committed, `failed`, or by `end`."""

    __slots__ = ("_attempts", "at", "digest", "entry", "guard", "id", "is_over", "kind", "station", "stranger", "user")

    def __init__(
        self, attempts: Keeper, entry: Entry, station: str, kind: str, at: float, guard: Guard | None, *,
        stranger: bool = False,
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self.entry = entry
        self.user = (entry.directory, entry.unique_id)
        self.station = station
        self.kind = kind
        self.at = at
        self.guard = guard
        self.digest = ""
        self.stranger = stranger
        self.id = ""  # of its row, where it has one
        self.is_over = False

    def __enter__(self) -> None:
        """However it goes on, it has ended at the end."""

    def __exit__(self, *_raised: object) -> None:
        self.end()

    @property
    def lock(self) -> Lock | None:
        """Of the user's directory, as far as it is known."""
        return None if self.guard is None else self.guard.lock

    def is_of(self, answer: str, against: str = "") -> None:
        """What is judged, and `against` which login and code ("" for passwords): the same again counts once."""
        self.digest = self._attempts.digest(self.kind, against, answer)

    def was_wrong(self, answer: str, against: str = "") -> None:
        """What was judged, as `is_of` has it. A password that may lock its account is not tried again for a while."""
        self.is_of(answer, against)
        self._attempts.was_wrong(self)

    def was_right(self) -> None:
        """The same at the same moment will be right as well; `end` must follow."""
        self._attempts.was_right(self)

    def fail(self, connection: Connection) -> Counted:
        """Counts it as a failure and ends it, in the caller's transaction; `failed` must follow."""
        return self._attempts.fail(connection, self)

    def failed(self, counted: Counted) -> None:
        """What `fail` counted is committed."""
        self._attempts.failed(self, counted)

    def failed_for_nobody(self, answer: str) -> None:
        """It was wrong, of course."""
        self.is_of(answer)
        self._attempts.fail_of_nobody(self)

    def end(self) -> None:
        """It was right, or not judged at all; without effect where it has ended."""
        self._attempts.end(self)
