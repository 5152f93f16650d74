"""The guard of a directory's own lock (B11): what was wrong is not tried again, and what may be one too many is not tried.

An account that the directory locks is locked everywhere, and it counts the same wrong password each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

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


class Looked(NamedTuple):
    """A lock as it was read, after so many failures were `before` in the database; None where no other node counts."""

    lock: Lock | None
    before: int | None


class Guard:
    """Of one attempt: the lock as it is known. `at` is when the request came, in seconds since the epoch."""

    __slots__ = ("_at", "_before", "_deadline", "_directory", "_entry", "_told", "lock")

    def __init__(self, directory: LocksOut, entry: Entry, at: float, deadline: float) -> None:
        self._directory = directory
        self._entry = entry
        self._at = at
        self._deadline = deadline
        self._before: int | None = None
        self._told: tuple[Due | None, ...] = ()
        self.lock: Lock | None = None

    async def begin(self) -> None:
        """Takes the lock as it was when the user was found. Waits only where the rule is not known."""
        self.lock = await self._directory.lock(self._entry, self._deadline, fresh=False)

    async def look(self, standing: Standing, since: float | None) -> Looked:
        """The lock as it is now, with what an administrator has forgiven. Raises store.Unavailable.

        Where other nodes count too, `since` is when the failures begin that count.
        """
        before = None if since is None else _passwords(await standing.failures(self._entry, since))
        lock = await self._directory.lock(self._entry, self._deadline, fresh=True)
        if lock is not None:
            forgiven = await standing.let_try_again(self._entry, self._at - lock.window)
            lock = lock._replace(since=max(lock.since, forgiven))
        return Looked(lock, before)

    def saw(self, looked: Looked) -> None:
        """Somebody looked."""
        self.lock, self._before = looked

    def now(self, failures: Sequence[Failure]) -> Lock | None:
        """The lock with what other nodes have counted since it was read. Any thread may ask."""
        lock = self.lock
        if lock is not None and lock.counted is not None and self._before is not None:
            missed = _passwords(failures) - self._before
            if missed > 0:
                lock = lock._replace(counted=lock.counted + missed, counted_at=self._at)
        self._told = (None if lock is None else guarded(self._at, lock, failures),)
        return lock

    def tell(self, standing: Standing) -> None:
        """Tells who reads the list whether the directory is asked, as `now` found it last."""
        for due in self._told:
            standing.guard(self._entry, due, self._at)

    def was_right(self, standing: Standing) -> None:
        """The directory counts anew, where it is known to count."""
        if self.lock is not None and self.lock.counted is not None:
            standing.guard(self._entry, None, self._at)


def _passwords(failures: Sequence[Failure]) -> int:
    return sum(failure.kind == "password" for failure in failures)
