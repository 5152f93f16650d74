"""The queue in which logins wait for their passwords to be hashed.

A hash takes some 20 ms of a core: it is the limit of local logins. So the queue keeps every core hashing, beside the
loop's thread and never before it; it is short, because a NAS does not wait; and it is fair, so that whoever
floods it delays themselves.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import structlog

from radiusd.passwords import hashing
from radiusd.running.threads import Call, Pool
from store.writing.pending import Pending

log = structlog.get_logger()

WAITING = 512  # logins that may wait for each thread: 10 s of it, longer than nearly every NAS waits
# Threads that give way to everybody may get no core at all, where another program wants every one of them. So a hash
# whose threads have had less than that share of a core for so long is begun anew beside the others, not after them; and
# so are those of the next minute.
LOOKED_AFTER_SECONDS = 0.2
STARVED_SHARE = 0.25
HURRIED_SECONDS = 60.0
STATION_SHARE = 4  # one station may fill a fourth of the queue: whoever floods it leaves room for the others


class _Job:
    """One hash to be made. `turns` is where it waits, `calls` are what the pools were given of it."""

    __slots__ = ("calls", "function", "future", "station", "timer", "turns", "user")

    def __init__(self, function: Callable[[], object], future: Pending[Any], user: Hashable, station: str) -> None:
        self.function = function
        self.future = future
        self.user = user
        self.station = station
        self.timer: asyncio.TimerHandle | None = None
        self.turns: _Turns | None = None
        self.calls: list[Call[object]] = []


class _Turns:
    """Jobs that wait: the stations in turn, each one's jobs as they came."""

    __slots__ = ("_stations",)

    def __init__(self) -> None:
        self._stations: OrderedDict[str, OrderedDict[_Job, None]] = OrderedDict()

    def push(self, job: _Job) -> None:
        self._stations.setdefault(job.station, OrderedDict())[job] = None
        job.turns = self

    def pop(self) -> _Job | None:
        if not self._stations:
            return None
        station, jobs = self._stations.popitem(last=False)
        job, _ = jobs.popitem(last=False)
        if jobs:
            self._stations[station] = jobs
        job.turns = None
        return job

    def remove(self, job: _Job) -> None:
        jobs = self._stations[job.station]
        del jobs[job]
        if not jobs:
            del self._stations[job.station]
        job.turns = None


class HashQueue:
    """Hashes made on all cores, one at a time for each user. Used from one loop; its methods are that loop's.

    Every future it gives may be None: the queue or the station's share of it was full, or the job had waited until
    `queue_until` (the loop's clock). Nothing was judged then, and the packet is dropped. `user` is whoever is hashed
    for one at a time, None where that is nobody; the stations of those who wait are served in turn.
    """

    def __init__(self, threads: int | None = None, *, waiting: int | None = None) -> None:
        """`threads`: as many as this process has cores, unless told. `waiting`: how many jobs may wait in all."""
        threads = threads or len(os.sched_getaffinity(0))
        # Twice as many jobs as threads are with the pool: each thread finds its next one without asking the loop.
        self._with_pool_limit = 2 * threads
        # The loop's and the writers' threads get a core at once when they want it. While hashes wait, what came of some
        # is told at once: the loop wakes up once for them, and one commit records them, which leaves two hundredths
        # more of the cores for the hashes.
        self._polite = Pool("hash", threads, waiting=threads, gives_way=True, together=self._with_pool_limit)
        # For when others take all the cores. Its threads begin with its first hash.
        self._hurried = Pool("hash-now", threads, waiting=threads, together=self._with_pool_limit)
        self._hurried_until = 0.0
        self._waiting_limit = WAITING * threads if waiting is None else waiting
        self._station_limit = -(-self._waiting_limit // STATION_SHARE)
        self._waiting = 0
        self._waiting_by_station: dict[str, int] = {}
        self._with_pool = 0
        self._turns = _Turns()
        self._busy: dict[Hashable, _Turns] = {}  # users with a job in `_turns` or with the pool, and their further ones
        self._closed = False

    def verify(
        self, stored: str, password: str, *, user: Hashable | None, station: str, queue_until: float
    ) -> Pending[bool | None]:
        """Whether the hash is this password's."""
        return self._submit(functools.partial(hashing.verify, stored, password), user, station, queue_until)

    def make(self, password: str, *, user: Hashable | None, station: str, queue_until: float) -> Pending[str | None]:
        """A new hash."""
        return self._submit(functools.partial(hashing.make, password), user, station, queue_until)

    def close(self) -> None:
        """Whoever still waits is told None; the threads end."""
        self._closed = True
        for turns in (self._turns, *self._busy.values()):
            while (job := turns.pop()) is not None:
                self._taken(job)
                _tell(job, None, None)
        self._polite.close()
        self._hurried.close()

    @property
    def waiting(self) -> int:
        """How many wait, for the metrics."""
        return self._waiting

    def _submit(
        self, function: Callable[[], object], user: Hashable | None, station: str, queue_until: float
    ) -> Pending[Any]:
        loop = asyncio.get_running_loop()
        future: Pending[Any] = Pending(loop=loop)
        if self._is_full(station) or queue_until <= loop.time():
            future.set_result(None)
            return future
        job = _Job(function, future, user, station)
        job.timer = loop.call_at(queue_until, self._give_up, job)
        self._waiting += 1
        self._waiting_by_station[station] = self._waiting_by_station.get(station, 0) + 1
        if user in self._busy:
            self._busy[user].push(job)
        else:
            if user is not None:
                self._busy[user] = _Turns()
            self._turns.push(job)
            self._feed()
        return future

    def _feed(self) -> None:
        while self._with_pool < self._with_pool_limit:
            pool = self._pool()
            job = None if pool is None else self._turns.pop()
            if pool is None or job is None:
                return
            self._taken(job)
            if job.future.done():  # whoever asked was cancelled
                self._settle(job, None, None)
                continue
            self._with_pool += 1
            self._begin(job, pool)

    def _pool(self) -> Pool | None:
        """That of the next hash; None where it must wait until one ends."""
        hurried = asyncio.get_running_loop().time() < self._hurried_until
        if not hurried and not self._polite.full:
            return self._polite
        return None if self._hurried.full else self._hurried

    def _begin(self, job: _Job, pool: Pool) -> None:
        job.calls.append(pool.call(functools.partial(self._ended, job), job.function))
        if pool is self._polite:
            loop = asyncio.get_running_loop()
            job.timer = loop.call_later(LOOKED_AFTER_SECONDS, self._look_after, job, loop.time(), pool.cpu_seconds())

    def _look_after(self, job: _Job, since: float, cpu_seconds: float) -> None:
        """Whether the threads, which had so much of the cores since then, make headway with it."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        now, had = loop.time(), self._polite.cpu_seconds()
        is_starved = had - cpu_seconds < STARVED_SHARE * (now - since)
        if is_starved and self._hurried_until < now:
            log.warning("password hashes get no core", why="other programs want all of them; hashes no longer give way")
        if is_starved:
            self._hurried_until = now + HURRIED_SECONDS
        if is_starved and not self._hurried.full:
            self._begin(job, self._hurried)
        else:
            job.timer = loop.call_later(LOOKED_AFTER_SECONDS, self._look_after, job, now, had)
        self._feed()

    def _is_full(self, station: str) -> bool:
        return (
            self._closed
            or self._waiting >= self._waiting_limit
            or self._waiting_by_station.get(station, 0) >= self._station_limit
        )

    def _taken(self, job: _Job) -> None:
        """It waits no more."""
        self._waiting -= 1
        left = self._waiting_by_station.pop(job.station) - 1
        if left:
            self._waiting_by_station[job.station] = left
        if job.timer is not None:
            job.timer.cancel()

    def _ended(self, job: _Job, result: object, error: BaseException | None) -> None:
        """The first that comes of a job counts; what was begun of it beside that is for nobody."""
        if job.calls:
            if job.timer is not None:
                job.timer.cancel()
            for call in job.calls:
                call.abandoned = True
            job.calls.clear()
            self._with_pool -= 1
            self._settle(job, result, error)
        self._feed()

    def _give_up(self, job: _Job) -> None:
        """It has waited too long."""
        turns = job.turns
        if turns is None:
            return
        turns.remove(job)
        self._taken(job)
        if turns is self._turns:
            self._settle(job, None, None)
            self._feed()
        else:
            _tell(job, None, None)

    def _settle(self, job: _Job, result: object, error: BaseException | None) -> None:
        """Tells whoever asked, and lets the user's next job into the turns."""
        _tell(job, result, error)
        if job.user is None:
            return
        following = self._busy[job.user].pop()
        if following is None:
            del self._busy[job.user]
        else:
            self._turns.push(following)


def _tell(job: _Job, result: object, error: BaseException | None) -> None:
    if job.future.done():
        return
    if error is not None:
        job.future.set_exception(error)
    else:
        job.future.set_result(result)
