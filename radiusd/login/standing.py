"""A user's standing: blocks, counted failures and the stations they are known to sign in from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from radiusd.model.access import AccessRequest
from radiusd.model.audit import Row, row_about
from radiusd.model.entry import Entry
from radiusd.rules.blocking import GUARD, Due, Limits, blocks_due, covers
from radiusd.rules.moments import span
from store import Connection, Store, audit, blocks, revoking
from store.records import Block, Failure

STATIONS_AT_ONCE = 200  # in one step of the writer, which others wait for
STATIONS_KEPT = 200_000  # (user, station) pairs; beyond, the oldest are asked of the database again
GUARDS_UNWRITTEN = 10_000  # users; what is beyond, the list does not say
LONGEST_WINDOW = 86_400.0  # seconds back that failures are known of, for windows of directories

Key = tuple[str, str]
UNCOUNTED = Limits({}, 600.0, None)  # where blocking is off: failures still guard the directory's own lock


class Counted(NamedTuple):
    """What a counted failure led to: how many there are now, and the blocks made of them."""

    at_station: int
    anywhere: int
    blocks: tuple[Block, ...]

    def told(self) -> tuple[str, ...]:
        """For the audit."""
        counts = f"failures counted: {self.at_station} from this station, {self.anywhere} from anywhere"
        return (counts, *(f"blocked: {block.reason}" for block in self.blocks))


class Guarded(NamedTuple):
    """Whose directory is not asked, and for how long; `due` None: it is again. `at` is seconds since the epoch."""

    user_name: str
    due: Due | None
    at: float


class Standing:
    """Follows the tables of store/blocks: blocks and failing stations are in memory, whole; known stations as they come."""

    def __init__(self, store: Store, limits: Limits | None) -> None:
        self.use(limits)
        self._store = store
        self._blocks: dict[Key, tuple[Block, ...]] = {}
        self._failing: dict[Key, set[str]] = {}
        self._stations: dict[tuple[str, str, str], bool] = {}
        self._unwritten: dict[tuple[str, str, str], float] = {}
        self._guards: dict[Key, Guarded] = {}  # not written yet
        self._loading = False
        self._meanwhile: list[Callable[[], None]] = []  # what was committed while `load` reads

    def use(self, limits: Limits | None) -> None:
        """Takes other settings of `blocking` into use; None where it is off."""
        self.limits = UNCOUNTED if limits is None else limits

    async def load(self, now: float) -> None:
        """Reads blocks and failures, at the start and when another process changed them. Raises store.Unavailable.

        Not twice at once. What this process commits meanwhile may be missing in what is read, and counts all the same.
        """

        def read(connection: Connection) -> tuple[list[Block], set[tuple[str, str, str]]]:
            since = now - max(LONGEST_WINDOW, self.limits.window)
            return blocks.active(connection, now), blocks.stations_with_failures(connection, since)

        self._loading, self._meanwhile = True, []
        try:
            active, failing = await self._store.read(read)
        finally:
            self._loading = False
        by_user: dict[Key, tuple[Block, ...]] = {}
        for block in active:
            key = (block.directory, block.unique_id)
            by_user[key] = (*by_user.get(key, ()), block)
        stations: dict[Key, set[str]] = {}
        for directory, unique_id, station in failing:
            stations.setdefault((directory, unique_id), set()).add(station)
        self._blocks, self._failing = by_user, stations
        for again in self._meanwhile:
            again()

    def has_blocks(self, entry: Entry) -> bool:
        """Whether any block of this user is in memory, in force or not."""
        return (entry.directory, entry.unique_id) in self._blocks

    def block_of(self, entry: Entry, station: str, known: bool, now: float) -> Block | None:
        """The block that keeps this user from signing in from that station now.

        With blocking switched off, those that an administrator made still hold.
        """
        return self.covering(self._blocks.get((entry.directory, entry.unique_id), ()), station, known=known, now=now)

    def covering(self, blocks: Sequence[Block], station: str, *, known: bool, now: float) -> Block | None:
        """The first of these blocks of a user that keeps them from signing in from that station."""
        for block in blocks:
            if self._holds(block) and covers(block, station, known, now):
                return block
        return None

    async def refusal(self, request: AccessRequest, entry: Entry) -> str:
        """Why somebody may not sign in at all at the moment, "" where they may. Raises store.Unavailable."""
        if self.has_blocks(entry):
            place = request.station or request.client
            block = self.block_of(entry, place, await self.knows(entry, place), request.at)
            if block is not None:
                return f"blocked: {block.reason}"
        if not entry.enabled:
            return "the user is disabled"
        if entry.expires_at is not None and entry.expires_at <= request.at:
            return "the user's account has expired"
        return ""

    def end_approvals(self, connection: Connection, entry: Entry, now: float) -> None:
        """Ends what was approved for somebody who may not sign in, in the caller's transaction (D2)."""
        key = (entry.directory, entry.unique_id)
        if not entry.enabled:
            revoking.by_account(connection, key[0], key[1:], "disabled", now)
        if entry.expires_at is not None and entry.expires_at <= now:
            revoking.by_account(connection, key[0], key[1:], "expired", now)
        for block in self._blocks.get(key, ()):
            if self._holds(block) and (block.until is None or block.until > now):
                revoking.by_block(connection, block, now)

    def _holds(self, block: Block) -> bool:
        """With blocking switched off, those that an administrator made still do."""
        return block.scope != GUARD and (bool(block.created_by) or self.limits is not UNCOUNTED)

    def is_watched(self, entry: Entry) -> bool:
        """Whether the user has failures that are counted, from any station, or blocks, in force or not."""
        key = (entry.directory, entry.unique_id)
        return key in self._failing or key in self._blocks

    def failing(self, entry: Entry) -> object:
        """Another object once failures of this user may have been forgotten; the same one while they only grow."""
        return self._failing.get((entry.directory, entry.unique_id))

    def ends_failures(self, entry: Entry, station: str) -> bool:
        """Whether there are failures of this user that a success from that station ends."""
        failing = self._failing.get((entry.directory, entry.unique_id))
        return failing is not None and (self.limits.scope == "user" or station in failing)

    async def failures(self, entry: Entry, since: float) -> Sequence[Failure]:
        """The user's failures after that time, from anywhere. Raises store.Unavailable."""
        key = (entry.directory, entry.unique_id)
        return (await self._store.read(lambda connection: blocks.failures_of(connection, [key], since))).get(key, ())

    def met(self, entry: Entry, station: str, now: float) -> None:
        """The user signed in from that station, which is known from now on; see `unwritten`."""
        key = (entry.directory, entry.unique_id, station)
        if not self._stations.get(key):
            self._keep(key, known=True)
            self._unwritten[key] = now

    def unwritten(self) -> dict[tuple[str, str, str], float]:
        """Stations that were met and are not in the database, with when; as many as may be written in one step.

        Not with each sign-in: what a station is known for, blocks that spare it, can do without the last second.
        """
        return dict(islice(self._unwritten.items(), STATIONS_AT_ONCE))

    def wrote(self, stations: Iterable[tuple[str, str, str]]) -> None:
        """They are in the database."""
        for key in stations:
            del self._unwritten[key]

    def guard(self, entry: Entry, due: Due | None, now: float) -> None:
        """Whether the directory is asked on behalf of this user, for who reads the list; see `unwritten_guards`."""
        key = (entry.directory, entry.unique_id)
        of_them = [block for block in self._blocks.get(key, ()) if block.scope == GUARD]
        told = [
            (block.reason, block.until) for block in of_them
        ]  # also what is over, which nobody need look at any more
        if told == ([] if due is None else [(due.reason, due.until)]):
            self._guards.pop(key, None)
        elif len(self._guards) < GUARDS_UNWRITTEN:
            self._guards[key] = Guarded(entry.username, due, now)

    def unwritten_guards(self) -> dict[Key, Guarded]:
        """What the list does not say yet, as much as may be written in one step."""
        return dict(islice(self._guards.items(), STATIONS_AT_ONCE))

    def wrote_guards(self, written: Mapping[Key, Guarded], made: Iterable[Block]) -> None:
        """It does, by these blocks."""
        new = {(block.directory, block.unique_id): block for block in made}
        self._apply(partial(self._take_guards, (*written,), new))
        for key, guarded in written.items():
            if self._guards.get(key) is guarded:
                del self._guards[key]

    async def let_try_again(self, entry: Entry, since: float) -> float:
        """When an administrator let the user try again, 0.0 where none did after that time. Raises store.Unavailable."""
        key = (entry.directory, entry.unique_id)
        return await self._store.read(lambda connection: blocks.let_try_again(connection, *key, since))

    async def knows(self, entry: Entry, station: str) -> bool:
        """Whether the user has signed in from that station before. Raises store.Unavailable."""
        key = (entry.directory, entry.unique_id, station)
        known = self._stations.get(key)
        if known is None:
            read = await self._store.read(lambda connection: blocks.knows_station(connection, *key))
            known = self._stations.get(key)
            if known is None:  # not met meanwhile
                known = read
                self._keep(key, known)
        return known

    def fail(
        self,
        connection: Connection,
        entry: Entry,
        station: str,
        kind: str,
        digest: str,
        now: float,
        window: float | None = None,
    ) -> Counted:
        """Counts one failure, in the caller's transaction. `window`: seconds, of the directory's own rule, if it has one."""
        key = (entry.directory, entry.unique_id)
        if window is None or self.limits is not UNCOUNTED:
            window = self.limits.window
        count = blocks.fail(connection, *key, station, kind, digest, now, window)
        made = tuple(
            blocks.add(
                connection, *key, entry.username,
                station=due.station, scope=due.scope, reason=due.reason, until=due.until, now=now,
            )
            for due in blocks_due(self.limits, kind, count.at_station, count.anywhere, station, now)
        )  # fmt: skip
        for block in made:
            audit.insert(connection, _told(block, now))
        return Counted(count.at_station, count.anywhere, made)

    def failed(self, entry: Entry, station: str, counted: Counted) -> None:
        """What `fail` counted is committed."""
        self._apply(partial(self._add_failure, (entry.directory, entry.unique_id), station, counted))

    def succeed(self, connection: Connection, entry: Entry, station: str) -> None:
        """A login succeeded: failures before it are forgotten, in the caller's transaction."""
        ended = None if self.limits.scope == "user" else station
        blocks.forget_failures(connection, entry.directory, entry.unique_id, ended)

    def succeeded(self, entry: Entry, station: str) -> None:
        """What `succeed` wrote is committed."""
        self._apply(partial(self._end_failures, (entry.directory, entry.unique_id), station))

    def _apply(self, change: Callable[[], None]) -> None:
        change()
        if self._loading:
            self._meanwhile.append(change)

    def _add_failure(self, key: Key, station: str, counted: Counted) -> None:
        self._failing.setdefault(key, set()).add(station)
        blocks = self._blocks.get(key, ())
        more = tuple(block for block in counted.blocks if block not in blocks)
        if more:
            self._blocks[key] = (*blocks, *more)

    def _take_guards(self, keys: Sequence[Key], made: Mapping[Key, Block]) -> None:
        for key in keys:
            others = tuple(block for block in self._blocks.get(key, ()) if block.scope != GUARD)
            now = (*others, made[key]) if key in made else others
            if now:
                self._blocks[key] = now
            else:
                self._blocks.pop(key, None)

    def _end_failures(self, key: Key, station: str) -> None:
        left = self._failing.get(key, set()) - {station}
        if left and self.limits.scope != "user":
            self._failing[key] = left
        else:
            self._failing.pop(key, None)

    def _keep(self, key: tuple[str, str, str], known: bool) -> None:
        if len(self._stations) >= STATIONS_KEPT and key not in self._stations:
            del self._stations[next(iter(self._stations))]
        self._stations[key] = known


def _told(block: Block, now: float) -> Row:
    """The audit's row of a block that failures led to."""
    end = "until it is removed" if block.until is None else f"for {span(block.until - now)}"
    return row_about(
        now, "blocked", f"blocked {end}: {block.reason}", block.user_name, (block.directory, block.unique_id),
        station=block.station,
    )  # fmt: skip
