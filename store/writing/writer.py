"""The thread that writes: groups of rows and steps, one commit for each group."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from sqlalchemy import Connection

from store import notices
from store.databases.health import NO_ANSWER, STUCK_SECONDS, Health
from store.databases.kept import Kept, savepoint
from store.databases.rows import Row, Rows
from store.errors import LOST, Unavailable, cause_of, is_lost, is_repeatable
from store.notices import Notice
from store.writing.joint import Joint
from store.writing.pending import Pending
from store.writing.scheduling import Politeness
from store.writing.telling import Call

log = structlog.get_logger()

LARGEST = 1024  # rows and steps in one commit
RETRY_SECONDS = 0.25
ENTRY_OCTETS = 1024  # somewhat more than most take
LEAST_PROBED = 65_536  # octets, more than a sign-in writes: on a full disk the last page may be had while no row fits
MOST_PROBED = 262_144

Step = Callable[[Connection], Any]
Result = Pending[Any]
# Rows, a row and whom to tell whether it is written; or a kind of joint steps, or None for a step of no kind, what is to
# be done, and the future of its result.
Entry = tuple[Rows, Row, Callable[[bool], None]] | tuple[Joint[Any, Any], Any, Result] | tuple[None, Step, Result]
Done = tuple[list[Notice], list[Call]]
TRUE, FALSE = (True,), (False,)


class Writer:
    """`waiting` is filled by the loop, `bell` rung after.

    `hand_out` takes calls that are to be made in the loop; `free` is called, by the thread, when all is written.
    """

    def __init__(
        self,
        connect: Callable[[], Kept],
        health: Health,
        hand_out: Callable[[Sequence[Notice], Iterable[Call]], None],
        free: Callable[[], None],
    ) -> None:
        self.waiting: deque[Entry] = deque()
        self.bell: SimpleQueue[bool] = SimpleQueue()
        self._group = _Group(())  # that is being written
        self._refused_entries = 0  # since the database was there
        self.kept: Kept | None = None
        self.busy = False
        self._connect = connect
        self._health = health
        self._hand_out = hand_out
        self._free = free
        self._refused = ""  # why the last row was, in this group

    def begin(self) -> None:
        """Connects. Raises Unavailable."""
        self.kept = self._connect()

    def watch(self, awake: float, now: float) -> None:
        """From the loop, which has had its turns since `awake`: a database that never answers is down."""
        since = None if self.kept is None else self.kept.busy_since
        if since is not None and now - max(since, awake) > STUCK_SECONDS:
            self._health.lost(NO_ANSWER)

    def abandon(self) -> None:
        """From the loop: who waits is refused at once, whatever holds the thread up. What it does may still be committed."""
        self._hand_out([], _refusals(self._group.take(), LOST))
        while entries := self._taken():
            self._hand_out([], _refusals(entries, self._health.cause))

    def run(self) -> None:
        """Until the bell rings with False and everything that waits is written or refused."""
        politeness = Politeness()
        going = True
        while going:
            with suppress(Empty):
                going = self.bell.get(timeout=RETRY_SECONDS if self._health.since is not None else None)
            if self._health.since is not None:
                self._write_all(politeness)
                self._recover()
            self.busy = True
            self._write_all(politeness)
            self.busy = False
            self._free()
        self._drop()

    def _write_all(self, politeness: Politeness) -> None:
        while self.waiting:
            entries = self._taken()
            politeness.after(len(entries))
            self._write(entries)

    def _taken(self) -> list[Entry]:
        waiting = self.waiting
        taken: list[Entry] = []
        try:
            taken.extend(waiting.popleft() for _ in range(min(len(waiting), LARGEST)))
        except IndexError:  # thread and loop take at the same time
            return taken
        return taken

    def _recover(self) -> None:
        """Back to service where the database takes what is written."""
        self._drop()
        try:
            self.kept = self._connect()
            self.kept.probe(min(MOST_PROBED, LEAST_PROBED + self._refused_entries * ENTRY_OCTETS))
        except Unavailable as gone:
            self._drop()
            self._health.lost(gone.cause)
        else:
            self._refused_entries = 0
            self._health.back()

    def _drop(self) -> None:
        if self.kept is not None:
            self.kept.close()
            self.kept = None

    def _write(self, entries: list[Entry]) -> None:
        """One commit for all. What fails is tried again in smaller parts: see `_together` and `_in_savepoints`."""
        kept = self.kept
        self._group = group = _Group(entries)
        if kept is None or self._health.since is not None:
            self._hand_out([], _refusals(group.take(), self._health.cause))
            return
        way, repeated = self._together, False
        while True:
            try:
                with kept.busy():
                    told, calls = way(kept, entries)
            except BaseException as error:  # noqa: BLE001 - a step is others' code; a thread that dies writes nothing
                if is_repeatable(error) and not repeated:
                    repeated = True
                elif is_repeatable(error) and len(entries) > 1:
                    for entry in entries:
                        self._write([entry])
                    return
                elif is_lost(error) or way == self._in_savepoints:
                    self._refused_entries = max(self._refused_entries, len(entries))
                    refused = group.take()  # before the loop hears of it, and tells them less
                    self._health.lost(cause_of(error))
                    self._hand_out([], _refusals(refused, cause_of(error)))
                    return
                else:
                    way = self._in_savepoints
            else:
                self._hand_out(told, group.told(calls))
                return

    def _together(self, kept: Kept, group: list[Entry]) -> Done:
        """Without savepoints, which cost more than most steps do; so whatever a row or a step raises ends it all."""
        calls: list[Call] = []
        rows: dict[Rows, list[Row]] = {}
        steps: list[tuple[Step, Result]] = []
        joint: dict[Joint[Any, Any], list[tuple[Any, Result]]] = {}
        for entry in group:
            if isinstance(entry[0], Rows):
                rows.setdefault(entry[0], []).append(entry[1])
                calls.append((entry[2], TRUE))
            elif entry[0] is None:
                steps.append((entry[1], entry[2]))
            else:
                joint.setdefault(entry[0], []).append((entry[1], entry[2]))
        if len(rows) == 1 and not steps and not joint:
            kind, plain = next(iter(rows.items()))
            if kept.database.is_one_statement(plain):
                kept.database.insert(kept.driver, kind, kind.storable(plain))
                kept.require_there()
                return [], calls
        with kept.transaction():
            for kind, plain in rows.items():
                kept.database.insert(kept.driver, kind, kind.storable(plain))
            for together, items in joint.items():
                values = together.run(kept.connection, [item for item, _ in items])
                calls += [(_resolve, (result, value)) for (_, result), value in zip(items, values, strict=True)]
            calls += [(_resolve, (result, step(kept.connection))) for step, result in steps]
            told = notices.take(kept.connection)
        return told, calls

    def _in_savepoints(self, kept: Kept, group: list[Entry]) -> Done:
        """Each step in a savepoint of its own. A row that the database does not take is refused alone."""
        calls: list[Call] = []
        rows: dict[Rows, list[tuple[Row, Callable[[bool], None]]]] = {}
        self._refused = ""
        with kept.transaction():
            for entry in group:
                if isinstance(entry[0], Rows):
                    rows.setdefault(entry[0], []).append((entry[0].mended(entry[1]), entry[2]))
                elif entry[0] is None:
                    calls.append(self._alone(kept, entry[1], entry[2]))
                else:
                    calls.append(self._alone(kept, partial(_one, entry[0], entry[1]), entry[2]))
            for kind, plain in rows.items():
                calls += self._halved(kept, kind, plain)
            told = notices.take(kept.connection)
        if self._refused:
            log.error("rows refused by the database", cause=self._refused)
        return told, calls

    @staticmethod
    def _alone(kept: Kept, step: Step, result: Result) -> Call:
        try:
            with savepoint(kept.connection):
                return _resolve, (result, step(kept.connection))
        except BaseException as error:
            if is_lost(error):
                raise
            return _raise, (result, error)

    def _halved(self, kept: Kept, kind: Rows, plain: list[tuple[Row, Callable[[bool], None]]]) -> list[Call]:
        try:
            with savepoint(kept.connection):
                kept.database.insert(kept.driver, kind, [row for row, _ in plain])
        except BaseException as error:
            if is_lost(error):
                raise
            if len(plain) == 1:
                self._refused = cause_of(error)
                return [(plain[0][1], FALSE)]
            half = len(plain) // 2
            return self._halved(kept, kind, plain[:half]) + self._halved(kept, kind, plain[half:])
        return [(done, TRUE) for _, done in plain]


class _Group:
    """Entries that are written together, for whoever takes them first to tell what came of them: thread or loop."""

    __slots__ = ("_untold",)

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._untold = [entries]

    def take(self) -> Sequence[Entry]:
        """None, where somebody else has."""
        try:
            return self._untold.pop()
        except IndexError:
            return ()

    def told(self, calls: list[Call]) -> Iterator[Call]:
        """The calls, once the loop comes to them, unless somebody else has taken the entries."""
        if self.take():
            yield from calls


def _refusals(entries: Sequence[Entry], cause: str) -> list[Call]:
    return [(e[2], FALSE) if isinstance(e[0], Rows) else (_raise, (e[2], Unavailable(cause))) for e in entries]


def _one(kind: Joint[Any, Any], item: Any, connection: Connection) -> Any:
    return kind.run(connection, (item,))[0]


def _resolve(result: Result, value: Any) -> None:
    if not result.done():
        result.set_result(value)


def _raise(result: Result, error: BaseException) -> None:
    if not result.done():
        result.set_exception(error)
