"""The pools of threads, and the queue in which logins wait for a hash."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from radiusd.passwords import hash_queue, hashing
from radiusd.passwords.hash_queue import HashQueue
from radiusd.running.eager import Eager
from radiusd.running.threads import Overloaded, Pool


def soon(seconds=10.0):
    return asyncio.get_running_loop().time() + seconds


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the thread that makes it true knows no loop
            await asyncio.sleep(0.001)


@pytest.fixture
async def pool():
    pool = Pool("test", 1, waiting=2)
    yield pool
    pool.close()


@pytest.fixture
def gate():
    """Holds a thread until it is set."""
    gate = threading.Event()
    yield gate
    gate.set()


async def test_what_the_function_returns_or_raises(pool):
    assert await pool.run(divmod, 7, 2, deadline=soon()) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 7, 0, deadline=soon())
    assert await pool.run(divmod, 8, 3, deadline=soon()) == (2, 2)


async def test_the_loop_goes_on_while_a_call_blocks(pool, gate):
    running = asyncio.create_task(pool.run(gate.wait, deadline=soon()))
    await asyncio.sleep(0.01)
    assert not running.done()
    gate.set()
    assert await running is True


async def test_a_call_ends_at_its_deadline(pool, gate):
    """The thread goes on; whoever waited does not."""
    with pytest.raises(TimeoutError):
        await pool.run(gate.wait, deadline=soon(0.02))
    with pytest.raises(TimeoutError):
        await pool.run(gate.wait, deadline=soon(-1))
    gate.set()
    assert await pool.run(divmod, 7, 2, deadline=soon()) == (3, 1)


async def test_a_call_may_begin_outside_of_a_task(pool):
    eager, ended = Eager(10), []
    waiter = SimpleNamespace(done=ended.append, failed=ended.append)
    asyncio.get_running_loop().call_soon(eager.run, pool.run(divmod, 7, 2, deadline=soon()), waiter)
    await until(lambda: ended == [(3, 1)])


async def test_what_nobody_waits_for_is_not_begun(pool, gate):
    begun = []
    held = asyncio.create_task(pool.run(gate.wait, deadline=soon()))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await pool.run(begun.append, "late", deadline=soon(0.02))
    cancelled = asyncio.create_task(pool.run(begun.append, "cancelled", deadline=soon()))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    gate.set()
    await held
    await pool.run(begun.append, "asked for", deadline=soon())
    assert begun == ["asked for"]


async def test_a_full_pool_says_so(pool, gate):
    held = [asyncio.create_task(pool.run(gate.wait, deadline=soon())) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await pool.run(divmod, 7, 2, deadline=soon())
    gate.set()
    await asyncio.gather(*held)
    assert await pool.run(divmod, 7, 2, deadline=soon()) == (3, 1)


async def test_a_closed_pool_has_no_threads():
    pool = Pool("closed", 3)
    await pool.run(divmod, 7, 2, deadline=soon())
    assert [thread.daemon for thread in threading.enumerate() if thread.name.startswith("closed-")] == [True] * 3
    pool.close()
    with pytest.raises(Overloaded):
        await pool.run(divmod, 7, 2, deadline=soon())
    await until(lambda: not any(thread.name.startswith("closed-") for thread in threading.enumerate()))


async def test_threads_that_give_way_make_nobody_else_give_way():
    assert sys.platform == "linux"
    before = os.sched_getscheduler(0)
    for gives_way, expected in ((True, os.SCHED_IDLE), (False, before)):
        pool = Pool("test", 1, gives_way=gives_way)
        assert await pool.run(os.sched_getscheduler, 0, deadline=soon()) == expected
        pool.close()
    assert os.sched_getscheduler(0) == before != os.SCHED_IDLE


def test_a_hash_is_of_the_whole_password():
    """In the form of RFC 8265, so that whatever a keyboard makes of a letter is one; and with no limit at 64 characters."""
    composed, apart = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"
    assert hashing.verify(hashing.make(composed), composed)
    assert hashing.verify(hashing.make(composed), apart)
    assert not hashing.verify(hashing.make(composed), "cafe")
    long = "x" * 200
    assert hashing.verify(hashing.make(long), long)
    assert not hashing.verify(hashing.make(long), long[:-1])
    assert hashing.verify(hashing.make("\udce9"), "\udce9")


def test_a_hash_is_what_owasp_asks_for():
    made = hashing.make("tulip")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not hashing.needs_rehash(made)
    assert hashing.needs_rehash(made.replace("t=2", "t=1"))
    assert hashing.make("tulip") != made


def test_the_dummy_costs_the_same_and_is_nobodys():
    assert not hashing.needs_rehash(hashing.DUMMY)
    assert hashing.verify(hashing.DUMMY, "tulip") is False
    assert hashing.verify("not a hash", "tulip") is False


@pytest.fixture
async def queue():
    queue = HashQueue(threads=1)
    yield queue
    queue.close()


class Hashes:
    """Stands for the hash: `verify` writes down what is hashed, in order, and holds the thread until let go."""

    def __init__(self, monkeypatch):
        self.order = []
        self.gate = threading.Semaphore(0)
        monkeypatch.setattr(hashing, "verify", self.verify)
        monkeypatch.setattr(
            hash_queue, "LOOKED_AFTER_SECONDS", 3600.0
        )  # a thread that is held is not one without a core

    def verify(self, stored, password):
        self.order.append(password)
        assert self.gate.acquire(timeout=10)
        return stored == password

    def let_go(self, count=1000):
        self.gate.release(count)


@pytest.fixture
def hashes(monkeypatch):
    made = Hashes(monkeypatch)
    yield made
    made.let_go()


async def test_the_real_thing(queue):
    stored = await queue.make("tulip", user="1", station="", queue_until=soon())
    right = queue.verify(stored, "tulip", user="1", station="", queue_until=soon())
    wrong = queue.verify(stored, "rose", user="1", station="", queue_until=soon())
    assert (await right, await wrong) == (True, False)


async def test_stations_are_served_in_turn(queue, hashes):
    """Whoever floods the queue waits for themselves: the thread has two, then the stations take turns."""
    flood = [queue.verify("", f"f{n}", user=f"u{n}", station="flood", queue_until=soon()) for n in range(6)]
    home = [queue.verify("", f"h{n}", user=f"v{n}", station="home", queue_until=soon()) for n in range(2)]
    hashes.let_go()
    await asyncio.gather(*flood, *home)
    assert hashes.order == ["f0", "f1", "f2", "h0", "f3", "h1", "f4", "f5"]


async def test_one_at_a_time_for_each_user(queue, hashes):
    """And a user's own stations take turns too, so that a flood under ann's name does not keep ann out."""
    flood = [queue.verify("", f"f{n}", user="ann", station="flood", queue_until=soon()) for n in range(4)]
    ann = queue.verify("", "ann", user="ann", station="home", queue_until=soon())
    bob = queue.verify("", "bob", user="bob", station="flood", queue_until=soon())
    hashes.let_go()
    await asyncio.gather(*flood, ann, bob)
    assert hashes.order == ["f0", "bob", "f1", "ann", "f2", "f3"]


async def test_nobody_in_particular_is_not_one_user(queue, hashes):
    waiting = [queue.verify("", f"n{n}", user=None, station="", queue_until=soon()) for n in range(3)]
    await until(lambda: hashes.order == ["n0"])
    assert queue.waiting == 1
    hashes.let_go()
    assert await asyncio.gather(*waiting) == [False] * 3


async def test_who_has_waited_too_long_is_not_hashed(queue, hashes):
    held = [queue.verify("", f"u{n}", user=f"u{n}", station="", queue_until=soon()) for n in range(2)]
    late = queue.verify("", "late", user="ann", station="", queue_until=soon(0.02))
    behind = queue.verify("", "behind", user="ann", station="", queue_until=soon())
    behind_late = queue.verify("", "behind late", user="ann", station="", queue_until=soon(0.02))
    assert (await late, await behind_late) == (None, None)
    hashes.let_go()
    assert await behind is False
    await asyncio.gather(*held)
    assert hashes.order == ["u0", "u1", "behind"]
    assert await queue.verify("", "too late", user="ann", station="", queue_until=soon(-1)) is None
    assert queue.waiting == 0


async def test_who_was_begun_in_time_is_judged(queue, hashes):
    begun = queue.verify("tulip", "tulip", user="ann", station="", queue_until=soon(0.02))
    await asyncio.sleep(0.05)
    hashes.let_go()
    assert await begun is True


async def test_a_full_queue_turns_away(hashes):
    queue = HashQueue(threads=1, waiting=1)
    held = [queue.verify("", f"u{n}", user=f"u{n}", station="", queue_until=soon()) for n in range(3)]
    assert await queue.verify("", "one too many", user="ann", station="", queue_until=soon()) is None
    hashes.let_go()
    await asyncio.gather(*held)
    assert await queue.verify("a", "a", user="ann", station="", queue_until=soon()) is True
    queue.close()


async def test_one_station_cannot_fill_the_queue(hashes):
    queue = HashQueue(threads=1, waiting=8)
    flood = [queue.verify("", f"f{n}", user=None, station="flood", queue_until=soon()) for n in range(6)]
    assert await flood[4] is None
    ann = queue.verify("a", "a", user="ann", station="home", queue_until=soon())
    hashes.let_go()
    assert await ann is True
    assert [await job for job in flood] == [False, False, False, False, None, None]
    assert queue.waiting == 0
    assert await queue.verify("a", "a", user=None, station="flood", queue_until=soon()) is True
    queue.close()


async def test_whoever_went_away_is_not_hashed(queue, hashes):
    held = [queue.verify("", f"u{n}", user=f"u{n}", station="", queue_until=soon()) for n in range(2)]
    gone = queue.verify("", "gone", user="ann", station="", queue_until=soon())
    behind = queue.verify("", "behind", user="ann", station="", queue_until=soon())
    gone.cancel()
    hashes.let_go()
    await asyncio.gather(*held, behind)
    assert hashes.order == ["u0", "u1", "behind"]


async def test_a_closed_queue_keeps_nobody_waiting(hashes):
    queue = HashQueue(threads=1)
    waiting = [queue.verify("", f"w{n}", user="ann", station="", queue_until=soon()) for n in range(3)]
    queue.close()
    hashes.let_go()
    assert await asyncio.gather(*waiting) == [False, None, None]
    assert await queue.verify("", "x", user="ann", station="", queue_until=soon()) is None


class Starved:
    """Stands for the hash where other programs take all the cores: threads that give way come to nothing."""

    def __init__(self, monkeypatch):
        self.order = []
        self.gate = threading.Event()
        monkeypatch.setattr(hashing, "verify", self.verify)
        monkeypatch.setattr(hash_queue, "LOOKED_AFTER_SECONDS", 0.01)

    def verify(self, stored, password):
        name = threading.current_thread().name.rpartition("-")[0]
        self.order.append((name, password))
        if name == "hash":
            assert self.gate.wait(timeout=10)
        return stored == password


@pytest.fixture
def starved(monkeypatch):
    made = Starved(monkeypatch)
    yield made
    made.gate.set()


async def test_hashes_that_get_no_core_give_way_no_longer(queue, starved):
    """The stuck one is begun anew, the next ones beside the others from the start; each is told once."""
    assert await queue.verify("tulip", "tulip", user="ann", station="", queue_until=soon()) is True
    assert await queue.verify("tulip", "rose", user="ann", station="", queue_until=soon()) is False
    assert [password for name, password in starved.order if name == "hash-now"] == ["tulip", "rose"]
    assert ("hash", "rose") not in starved.order
    starved.gate.set()
    several = (queue.verify("tulip", "tulip", user=n, station="", queue_until=soon()) for n in range(8))
    assert await asyncio.gather(*several) == [True] * 8
    assert queue.waiting == 0


async def test_they_give_way_again_later(queue, starved, monkeypatch):
    monkeypatch.setattr(hash_queue, "HURRIED_SECONDS", 0.0)
    for n in range(5):  # more than the threads that give way can take
        assert await queue.verify("tulip", "tulip", user=n, station="", queue_until=soon()) is True
    starved.gate.set()
    await until(lambda: queue._pool() is queue._polite and not queue._polite._pending)
    monkeypatch.setattr(Pool, "cpu_seconds", lambda _: time.monotonic())
    assert await queue.verify("tulip", "tulip", user="ann", station="", queue_until=soon()) is True
    assert starved.order[-1] == ("hash", "tulip")


async def test_a_long_hash_is_not_begun_anew(queue, starved, monkeypatch):
    """Of another system, say: its thread has the core all the time."""
    monkeypatch.setattr(Pool, "cpu_seconds", lambda _: time.monotonic())
    long = queue.verify("tulip", "tulip", user="ann", station="", queue_until=soon())
    await asyncio.sleep(0.1)
    assert not long.done()
    starved.gate.set()
    assert await long is True
    assert starved.order == [("hash", "tulip")]


async def test_how_long_threads_had_a_core():
    pool = Pool("test", 2, waiting=2)
    assert pool.cpu_seconds() == 0.0
    before = 0.0
    for _ in range(3):
        await asyncio.gather(*(pool.run(hashing.make, "tulip", deadline=soon()) for _ in range(2)))
        assert pool.cpu_seconds() > before
        before = pool.cpu_seconds()
    pool.close()


async def test_a_failing_hash_fails_whoever_asked_alone(queue, monkeypatch):
    def broken(stored, password):
        raise RuntimeError(stored)

    monkeypatch.setattr(hashing, "verify", broken)
    with pytest.raises(RuntimeError):
        await queue.verify("broken", "", user="ann", station="", queue_until=soon())
    monkeypatch.undo()
    assert await queue.verify(hashing.DUMMY, "tulip", user="ann", station="", queue_until=soon()) is False
