"""Attempts: taken before a password is hashed or bound, or a code judged, so that no more are judged than may fail.

A limit that is looked at after the work lets through all that came at once. So what is being judged counts like a
failure until it has ended, and whatever would exceed the limit waits until then: it is judged where the others were
right, and refused where they were not. What needs no work, such as a password remembered as right, takes none.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable
from functools import partial
from typing import Protocol

from radiusd.login.failures import SharedFailures
from radiusd.login.guard import AS_BEFORE, Guard, KnownWrong, Looked
from radiusd.login.lines import LATE, Lines, until
from radiusd.login.standing import Counted, Standing
from radiusd.login.strangers import Strangers
from radiusd.login.taken import Taken
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Attempt, room_for
from store import Connection, attempts
from store.attempts import End, Seen, Take

POLL_SECONDS = 0.1  # after which it is looked again whether those of other nodes have ended
SPARE_SECONDS = 5.0  # for so long after its request's deadline an attempt counts whose node has gone

Key = tuple[str, str]


class Table(Protocol):
    """What the nodes of a database have under way."""

    def take(self, attempt: Take) -> Awaitable[str | None]:
        """Why it may not begin, None where it does. Raises store.Unavailable."""

    def end(self, attempt: End) -> None:
        """It is over, and was no failure."""


class _User:
    """What is under way of one user here, and who waits."""

    __slots__ = ("asking", "changed", "failures", "lines", "looking", "right", "shared", "under_way")

    def __init__(self) -> None:
        self.under_way: list[Taken] = []  # few: no more than a limit
        self.asking: list[Taken] = []  # what the other nodes are asked about
        self.lines = Lines()
        self.failures = 0  # counted since this object was made
        self.looking: tuple[int, asyncio.Future[Looked]] | None = None  # at the directory, after so many failures
        self.right: set[str] = set()  # digests of passwords that were right since then
        self.changed: asyncio.Future[None] | None = None
        self.shared = SharedFailures()


class Attempts:
    """Takes attempts of known users, and of names that nobody has.

    In memory, where no other process judges; else in the table as well.
    """

    def __init__(self, standing: Standing, table: Table | None) -> None:
        """`table` is what the nodes share; None: no other process judges."""
        self._table = table
        self._standing = standing
        self._strangers = Strangers()
        self._users: dict[Key, _User] = {}
        self._wrong = KnownWrong()
        self._key = secrets.token_bytes(32)  # of what failed; it dies with the process, and nobody can try with it

    def __len__(self) -> int:
        """How many are under way here."""
        return sum(len(user.under_way) for user in self._users.values())

    def is_free(self, entry: Entry) -> bool:
        """Whether nobody else tries as this user, and nothing has failed, so that an attempt begins at once."""
        watched = self._standing.is_watched(entry)
        return not watched and self._table is None and (entry.directory, entry.unique_id) not in self._users

    async def take(
        self,
        entry: Entry,
        station: str,
        kind: str,
        *,
        at: float,
        deadline: float,
        guard: Guard | None = None,
        answer: str = "",
    ) -> Taken | str:
        """An attempt that is now under way, or why it may not be. `at` is seconds since the epoch.

        Waits until `deadline` (the loop's clock) for others whose end decides it. `guard` is of a directory that locks users
        out, for a password, the `answer`. Does not suspend where nobody else tries and nothing has failed, but for a rule
        of the directory that is not known yet. Raises store.Unavailable.
        """
        taken = Taken(self, entry, station, kind, at, guard)
        if guard is not None:
            taken.is_of(answer)
            await guard.begin()
            if self._is_known(taken):
                return AS_BEFORE
        if self.is_free(entry) and (taken.lock is None or not taken.lock.counted):
            self._begin(taken)
            return taken
        return await self._in_line(taken, deadline)

    async def take_of_nobody(self, name: str, station: str, *, at: float, deadline: float) -> Taken | str:
        """The same for a password of a name that no directory has: it takes the course of one that somebody has."""
        taken = Taken(self, self._strangers.entry_of(name), station, "password", at, None, stranger=True)
        return await self._in_line(taken, deadline)

    def fail(self, connection: Connection, taken: Taken) -> Counted:
        """As Taken says."""
        window = None if taken.lock is None else taken.lock.window
        counted = self._standing.fail(
            connection, taken.entry, taken.station, taken.kind, taken.digest, taken.at, window
        )
        if taken.id:
            attempts.end(connection, taken.id)
        return counted

    def failed(self, taken: Taken, counted: Counted) -> None:
        """As Taken says."""
        self._standing.failed(taken.entry, taken.station, counted)
        self._over(taken, 1)

    def was_wrong(self, taken: Taken) -> None:
        """As Taken says."""
        if taken.lock is not None:
            self._wrong.add(taken.entry, taken.lock, taken.digest, taken.at)

    def was_right(self, taken: Taken) -> None:
        """As Taken says."""
        if taken.guard is not None:
            self._users[taken.user].right.add(taken.digest)
            taken.guard.was_right(self._standing)

    def fail_of_nobody(self, taken: Taken) -> None:
        """What was judged for a name that nobody has was wrong."""
        self._strangers.fail(self._standing.limits, taken.entry, taken.station, taken.digest, taken.at)
        self._over(taken, 1)

    def end(self, taken: Taken) -> None:
        """As Taken says."""
        if taken.is_over:
            return
        if taken.id and self._table is not None:
            self._table.end(End(taken.id))
        self._over(taken, 0)

    def digest(self, kind: str, against: str, answer: str) -> str:
        """By which what was wrong is known again: while this process lives, and by nobody else."""
        text = f"{kind}\0{against}\0{answer}"
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).hexdigest()

    def _begin(self, taken: Taken) -> None:
        user = self._users.get(taken.user)
        if user is None:
            user = self._users[taken.user] = _User()
        user.under_way.append(taken)

    def _over(self, taken: Taken, failures: int) -> None:
        taken.is_over = True
        user = self._users[taken.user]
        user.under_way.remove(taken)
        user.failures += failures
        if user.changed is not None:
            user.changed.set_result(None)
            user.changed = None
        if not user.under_way and not user.lines:
            del self._users[taken.user]

    async def _in_line(self, taken: Taken, deadline: float) -> Taken | str:
        user = self._users.setdefault(taken.user, _User())
        user.shared.reach(self._since(taken))
        try:
            return await user.lines.wait(
                (taken.station, taken.kind), partial(self._first, taken, user, deadline), deadline
            )
        finally:
            if not user.under_way and not user.lines:
                del self._users[taken.user]

    async def _first(self, taken: Taken, user: _User, deadline: float) -> Taken | str:
        """The first one of its line: looks until it may begin, or never."""
        table = None if taken.stranger else self._table
        while True:
            known = await self._standing.knows(taken.entry, taken.station)  # of a stranger too: it takes its time
            why = self._blocked(taken, known=known) or self._same(taken, user)
            if why is None and table is None:
                why = await self._look(taken, user, known=known)
            elif why is None and table is not None:
                why = await self._ask(taken, user, table, deadline, known=known)
            if taken.guard is not None:
                taken.guard.tell(self._standing)
            if why is None:
                self._begin(taken)
                return taken
            if why:
                return why
            if user.changed is None:
                user.changed = asyncio.get_running_loop().create_future()
            now = asyncio.get_running_loop().time()
            if now >= deadline:
                return LATE
            await until(user.changed, deadline if table is None else min(deadline, now + POLL_SECONDS))

    async def _look(self, taken: Taken, user: _User, *, known: bool) -> str | None:
        """As `_decide` says, of what is known here."""
        while True:
            failures = user.failures
            seen = await self._seen(taken, user)
            await self._look_at_lock(taken, user)
            # What failed while the database was read may be missing in it, and is under way no more.
            if user.failures == failures:
                break
        if (why := self._same(taken, user)) is not None:
            return why
        under_way = [(each.station, each.kind) for each in user.under_way if each.digest not in user.right]
        # A block that was made meanwhile is looked at here, with nothing waited for after it.
        return self._blocked(taken, known=known) or self._decide(taken, known, seen._replace(under_way=under_way))

    async def _seen(self, taken: Taken, user: _User) -> Seen:
        if taken.stranger:
            return self._strangers.seen(self._standing.limits, taken.entry, taken.at)
        if not self._standing.is_watched(taken.entry):
            return Seen((), (), ())
        return Seen(await user.shared.read(self._standing, taken.entry, user.failures), (), ())

    def _same(self, taken: Taken, user: _User) -> str | None:
        """What the same password tells: that this one is wrong, or "" while it is being judged; None where there is none."""
        if taken.guard is None or taken.digest in user.right:
            return None
        if self._is_known(taken):
            return AS_BEFORE
        others = (*user.under_way, *user.asking)
        return "" if any(each.digest == taken.digest and each is not taken for each in others) else None

    async def _look_at_lock(self, taken: Taken, user: _User) -> None:
        """Of many who look at the same moment one asks: but never before the last failure that was counted here."""
        if taken.guard is None:
            return
        looking = user.looking
        if looking is None or looking[0] != user.failures or looking[1].done():
            since = None if self._table is None else self._since(taken)
            looking = user.looking = (user.failures, asyncio.ensure_future(taken.guard.look(self._standing, since)))
        taken.guard.saw(await asyncio.shield(looking[1]))

    async def _ask(self, taken: Taken, user: _User, table: Table, deadline: float, *, known: bool) -> str | None:
        """The same, of what all nodes know; where it may begin, it has a row."""
        await self._look_at_lock(taken, user)
        if (why := self._same(taken, user)) is not None:
            return why
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        key = secrets.token_hex(12)
        user.asking.append(taken)
        try:
            why = await table.take(
                Take(
                    key, *taken.user, taken.station, taken.kind, taken.at, taken.at + left + SPARE_SECONDS,
                    self._since(taken), partial(self._decide, taken, known),
                )
            )  # fmt: skip
        finally:
            user.asking.remove(taken)
        if why is None:
            taken.id = key
        return why

    def _since(self, taken: Taken) -> float:
        """When the failures begin that count."""
        return taken.at - max(self._standing.limits.window, taken.lock.window if taken.lock else 0.0)

    def _is_known(self, taken: Taken) -> bool:
        """Whether the password is known to be wrong."""
        return taken.lock is not None and self._wrong.has(taken.entry, taken.lock, taken.digest, taken.at)

    def _blocked(self, taken: Taken, *, known: bool) -> str | None:
        block = self._standing.block_of(taken.entry, taken.station, known, taken.at)
        return None if block is None else f"blocked: {block.reason}"

    def _decide(self, taken: Taken, known: bool, seen: Seen) -> str | None:
        """None: it may begin. "": others must end before. Else why it may not."""
        block = self._standing.covering(seen.blocks, taken.station, known=known, now=taken.at)
        if block is not None:
            return f"blocked: {block.reason}"
        attempt = Attempt(taken.station, taken.kind, taken.at, known)
        lock = None if taken.guard is None else taken.guard.now(seen.failures)
        return room_for(attempt, self._standing.limits, lock, seen.failures, seen.under_way)
