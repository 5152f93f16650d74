"""The guard of a directory's own lock (B11): what was wrong is not tried again, and what may be one too many is not tried.

An account that the directory locks is locked everywhere, and it counts the same wrong password each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from radiusd.login.standing import Standing
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Due, Lock, guarded
from store.records import Failure

AS_BEFORE = "password wrong, as before: the directory was not asked again"
USERS_KEPT = 10_000  # beyond, the one whose password was wrong first is forgotten
PASSWORDS_KEPT = 32  # of one user and one generation; the guard lets fewer be wrong

Generation = tuple[str, str, str]  # directory, unique id, and which password of theirs, see Lock.generation


class LocksOut(Protocol):
    """A directory with a rule by which it locks accounts (see directories.Directory)."""

    async def lock(self, entry: Entry, deadline: float, *, fresh: bool) -> Lock | None: ...


class KnownWrong:
    """Passwords that a directory called wrong, by their digests, for as long as it may count them.

    In memory alone. Another node, or this one after a restart, has each judged once more, which its count shows.
    """

    def __init__(self) -> None:
        self._users: dict[Generation, dict[str, float]] = {}

    def __len__(self) -> int:
        return len(self._users)

    def add(self, entry: Entry, lock: Lock, digest: str, now: float) -> None:
        """It was wrong just now (seconds since the epoch). Where nobody knows when it may be right it is not kept."""
        if not lock.generation:
            return
        key = (entry.directory, entry.unique_id, lock.generation)
        passwords = self._users.get(key)
        if passwords is None:
            if len(self._users) >= USERS_KEPT:
                del self._users[next(iter(self._users))]
            passwords = self._users[key] = {}
        elif len(passwords) >= PASSWORDS_KEPT:
            del passwords[next(iter(passwords))]
        passwords[digest] = now + lock.window

    def has(self, entry: Entry, lock: Lock, digest: str, now: float) -> bool:
        """Whether that password is known to be wrong."""
        key = (entry.directory, entry.unique_id, lock.generation)
        passwords = self._users.get(key)
        if passwords is None or digest not in passwords:
            return False
        if passwords[digest] > now:
            return True
        del passwords[digest]
        if not passwords:
            del self._users[key]
        return False


class Guard:
    """Of one attempt: the lock as it is known. `at` is when the request came, in seconds since the epoch."""

    __slots__ = ("_at", "_before", "_deadline", "_directory", "_entry", "_forgiven", "lock")

    def __init__(self, directory: LocksOut, entry: Entry, at: float, deadline: float) -> None:
        self._directory = directory
        self._entry = entry
        self._at = at
        self._deadline = deadline
        self._before = 0
        self._forgiven = 0.0
        self.lock: Lock | None = None

    async def begin(self) -> None:
        """Takes the lock as it was when the user was found. Waits only where the rule is not known."""
        self.lock = await self._directory.lock(self._entry, self._deadline, fresh=False)

    async def look(self, failures: Sequence[Failure]) -> None:
        """Takes the lock as it is now. `failures` are the user's that are known before."""
        self._before = _passwords(failures)
        self.lock = await self._directory.lock(self._entry, self._deadline, fresh=True)
        self._forgive()

    def now(self, failures: Sequence[Failure]) -> Lock | None:
        """The lock with what other nodes have counted since it was looked at."""
        lock = self.lock
        if lock is None or lock.counted is None:
            return lock
        missed = _passwords(failures) - self._before
        return lock if missed <= 0 else lock._replace(counted=lock.counted + missed, counted_at=self._at)

    async def tell(self, standing: Standing, failures: Sequence[Failure]) -> None:
        """Tells who reads the list whether the directory is asked, unless an administrator let the user try again.

        Raises store.Unavailable.
        """
        due = self._due(failures)
        if due is not None and self.lock is not None:
            self._forgiven = await standing.let_try_again(self._entry, self._at - self.lock.window)
            self._forgive()
            due = self._due(failures)
        standing.guard(self._entry, due, self._at)

    def was_right(self, standing: Standing) -> None:
        """The directory counts anew, where it is known to count."""
        if self.lock is not None and self.lock.counted is not None:
            standing.guard(self._entry, None, self._at)

    def _due(self, failures: Sequence[Failure]) -> Due | None:
        return None if self.lock is None else guarded(self._at, self.lock, failures)

    def _forgive(self) -> None:
        if self.lock is not None and self._forgiven > self.lock.since:
            self.lock = self.lock._replace(since=self._forgiven)


def _passwords(failures: Sequence[Failure]) -> int:
    return sum(failure.kind == "password" for failure in failures)
