"""Group commit: what is appended and written together, and what one of a group may do to the others."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading

import pytest
from sqlalchemy import insert

from store import Store, Unavailable, accounting, audit, identities, logins, users
from store.inserting import inserting
from store.logins import Opening, Written
from store.records import NewUser
from store.tables import IDENTITIES
from store.writing.recorder import EARLY
from store.writing.router import MOST_WAITING
from tests.servers.running import until
from tests.store.rows import audit_row
from tests.store.test_logins import login


@pytest.fixture(params=["sqlite", "sqlite, thread alone", "postgresql"])
async def store(request, tmp_path):
    """Every way in which rows are written."""
    if request.param == "postgresql":
        store = Store.open(request.getfixturevalue("postgres_server").new_database())
    else:
        store = Store.open("sqlite:///radiusd.db", tmp_path)
    if request.param == "sqlite, thread alone":
        store._router.recorder = None
    store.start(asyncio.get_running_loop())
    await until(lambda: store._router.recorder is None or store._router.recorder.ready)
    yield store
    await store.close()


async def stored(store):
    return await store.read(lambda c: audit.find(c, newest_first=False, limit=100_000))


class Told:
    """Collects what `done` is told."""

    def __init__(self, store):
        self.store = store
        self.outcomes = {}
        self.order = []

    def append(self, number, rows=audit.ROWS, **fields):
        def done(committed):
            assert number not in self.outcomes
            self.outcomes[number] = committed
            self.order.append(number)

        self.store.append(rows, audit_row(float(number), **fields), done)

    async def all(self, count):
        await until(lambda: len(self.outcomes) >= count, 20)
        return self.outcomes


async def test_rows_are_stored_in_order_and_told_once(store):
    told = Told(store)
    for number in range(3000):
        told.append(number)
        if random.random() < 0.01:
            await asyncio.sleep(0)
    assert set((await told.all(3000)).values()) == {True}
    assert told.order == list(range(3000))
    assert [row.at for row in await stored(store)] == list(range(3000))


async def test_every_size_of_a_group(store):
    total = 0
    for size in (1, 2, 63, 64, 65, 127, 128, 200, 256, 257, 1100):
        told = Told(store)
        for number in range(size):
            told.append(number)
        await told.all(size)
        total += size
    assert len(await stored(store)) == total


async def test_a_step_that_raises_takes_nobody_with_it(store):
    def bad(connection):
        identities.remember(connection, "half", "x", "y", 1.0)
        raise ZeroDivisionError

    def refused(connection):
        users.add(connection, NewUser(username="ann"), 1.0)

    def broken(connection):
        connection.exec_driver_sql("SELECT no_such_column FROM users")

    told = Told(store)
    work = [store.write(refused)]
    told.append(1)
    work += [store.write(bad), store.write(refused), store.write(broken)]
    told.append(2)
    work.append(store.write(lambda c: identities.remember(c, "whole", "x", "y", 1.0)))
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds[:3] == ["NoneType", "ZeroDivisionError", "NameTaken"]
    assert kinds[3] in {"OperationalError", "ProgrammingError"}
    assert kinds[4] == "NoneType"
    assert await told.all(2) == {1: True, 2: True}
    found = await store.read(lambda c: (identities.last_found(c, "half"), identities.last_found(c, "whole")))
    assert found == (None, ("x", "y"))
    assert store.down_since() is None


async def test_a_step_that_goes_on_after_a_failed_statement(store):
    """PostgreSQL would take its COMMIT as ROLLBACK: nothing may be told as committed then."""

    def step(connection):
        identities.remember(connection, "ann", "x", "y", 1.0)
        row = {"name": "ann", "directory": "x", "unique_id": "y", "at": 1.0}
        with contextlib.suppress(Exception):
            connection.execute(insert(IDENTITIES).values(**row))

    told = Told(store)
    told.append(1)
    with contextlib.suppress(Exception):
        await store.write(step)
        assert await store.read(lambda c: identities.last_found(c, "ann")) == ("x", "y")
    assert await told.all(1) == {1: True}
    assert len(await stored(store)) == 1
    assert store.down_since() is None


async def test_text_that_no_database_takes(store):
    """NUL and octets that are not UTF-8 are escaped, in rows and in steps, and the others are not touched."""
    told = Told(store)
    told.append(1, user_name="a\0nn")
    told.append(2, user_name="caf\udce9", station="çay")
    told.append(3, user_name="\ud800", ref="A\0")
    told.append(4, user_name="ann")
    await told.all(4)
    rows = await stored(store)
    assert [row.user_name for row in rows] == ["a\\x00nn", "caf\\xe9", "\\ud800", "ann"]
    assert rows[1].station == "çay"
    await store.write(lambda c: identities.remember(c, "n\0", "x", "\udcff", 1.0))
    assert await store.read(lambda c: identities.last_found(c, "n\0")) == ("x", "\\xff")
    await store.write(lambda c: audit.insert(c, audit_row(5.0, reason="\0")))
    assert [row.reason for row in await stored(store)][-1] == "\\x00"


async def test_a_row_that_the_database_refuses_is_refused_alone(store):
    outcomes = {}
    for number in range(20):
        row = audit_row(float(number)) if number != 7 else audit_row(None)
        store.append(audit.ROWS, row, lambda done, number=number: outcomes.setdefault(number, done))
    await until(lambda: len(outcomes) == 20)
    assert outcomes == {number: number != 7 for number in range(20)}
    assert len(await stored(store)) == 19


async def test_numbers_beyond_64_bits(store):
    """Acct-Input-Gigawords can make one."""
    row = (1.0, "nas", "192.0.2.1", "s1", "Stop", "ann", "", None, "nas", 60, 2**64 - 1, 5, "", "[]")
    done = asyncio.get_running_loop().create_future()
    store.append(accounting.ROWS, row, done.set_result)
    assert await done is True
    (found,) = await store.read(accounting.listed)
    assert (found.input_octets, found.output_octets, found.framed_ip_address) == (2**63 - 1, 5, None)


async def test_a_done_that_raises_loses_no_other(store):
    loop = asyncio.get_running_loop()
    reported = []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    heard = []

    def raises(_):
        raise ZeroDivisionError

    store.append(audit.ROWS, audit_row(), raises)
    store.append(audit.ROWS, audit_row(), heard.append)
    assert await store.write(lambda _: 7) == 7
    await asyncio.sleep(0)
    assert heard == [True]
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_more_than_can_wait_is_refused_at_once(store):
    """Everything is told, what was taken is stored, and only the rest is refused."""
    told = Told(store)
    for number in range(MOST_WAITING + 50):
        told.append(number)
    with pytest.raises(Unavailable):
        await store.write(lambda _: None)
    outcomes = await told.all(MOST_WAITING + 50)
    taken = (
        MOST_WAITING if store._router.recorder is None else MOST_WAITING + EARLY
    )  # which it has before it is asked to wait
    assert [number for number, done in outcomes.items() if not done] == list(range(taken, MOST_WAITING + 50))
    assert len(await stored(store)) == taken


async def test_clashing_transactions_are_done_again(url):
    """Two nodes touch the same two rows in opposite order, which PostgreSQL ends with a deadlock."""
    loop = asyncio.get_running_loop()
    nodes = [Store.open(url), Store.open(url)]
    for node in nodes:
        node.start(loop)
    meet = threading.Barrier(2)

    def step(first, second):
        begun = []  # where it is done again the two no longer meet

        def run(connection):
            identities.remember(connection, first, "x", "y", 1.0)
            with contextlib.suppress(threading.BrokenBarrierError):
                if not begun:
                    begun.append(True)
                    meet.wait(0.3)
            identities.remember(connection, second, "x", "y", 1.0)

        return run

    await nodes[0].write(step("a", "b"))
    meet.reset()
    outcomes = await asyncio.gather(nodes[0].write(step("a", "b")), nodes[1].write(step("b", "a")))
    assert outcomes == [None, None]
    for node in nodes:
        await node.close()


async def test_many_writers_at_once(store):
    """Rows, steps and steps that fail, mixed: each is told its own outcome, once, and that is what is stored."""
    rng = random.Random(7)
    told, rows, good = Told(store), 0, 0

    def fails(connection):
        audit.insert(connection, audit_row(-1.0))
        raise KeyError

    async def task(number):
        nonlocal rows, good
        for turn in range(10):
            await asyncio.sleep(rng.random() * 0.01)
            match rng.choice("rrrsf"):
                case "r":
                    told.append(number * 100 + turn)
                    rows += 1
                case "s":
                    await store.write(lambda c, at=number * 100 + turn: audit.insert(c, audit_row(float(at))))
                    good += 1
                case _:
                    with pytest.raises(KeyError):
                        await store.write(fails)

    await asyncio.gather(*(task(number) for number in range(60)))
    assert set((await told.all(rows)).values()) == {True}
    ats = [row.at for row in await stored(store)]
    assert len(ats) == len(set(ats)) == rows + good
    assert -1.0 not in ats


async def test_steps_that_lose_a_race_take_nobody_with_them(store):
    """Logins with writes and without, rows, and steps that raise, mixed: each is told its own outcome and no other."""
    rng = random.Random(7)
    told, rows, wanted = Told(store), 0, set()
    names = [f"name {number}" for number in range(12)]

    def takes(name):
        def write(connection):
            row = {"name": name, "directory": "x", "unique_id": "y", "at": 1.0}
            statement = inserting(connection, IDENTITIES).values(**row).on_conflict_do_nothing()
            return connection.execute(statement.returning(IDENTITIES.c.name)).one_or_none() is not None

        return write

    def fails(connection):
        audit.insert(connection, audit_row(-1.0))
        raise KeyError

    async def opens(number):
        row, chosen = login(number), tuple(rng.sample(names, rng.choice((0, 1, 2))))
        opening = Opening(row, (audit_row(float(number), login=row.id),), writes=tuple(map(takes, chosen)))
        outcome = await store.write_jointly(logins.OPEN, opening)
        if outcome is Written.DONE:
            wanted.add(row.id)
            return chosen
        assert outcome is Written.TAKEN
        assert chosen
        return ()

    async def task(start):
        nonlocal rows
        taken = []
        for number in range(start, start + 10):
            await asyncio.sleep(rng.random() * 0.01)
            match rng.choice("rlllf"):
                case "r":
                    told.append(number)
                    rows += 1
                case "l":
                    taken += await opens(number)
                case _:
                    with pytest.raises(KeyError):
                        await store.write(fails)
        return taken

    taken = [name for names in await asyncio.gather(*(task(100 * n) for n in range(60))) for name in names]
    assert sorted(taken) == sorted(set(taken))
    assert set((await told.all(rows)).values()) == {True}
    found = await stored(store)
    assert {row.login for row in found if row.login} == wanted
    assert sum(not row.login for row in found) == rows
    assert await store.read(lambda c: {row.id for row in logins.live(c, 0.0, 0.0)}) == wanted
    left = [name for name in names if await store.read(lambda c, name=name: identities.last_found(c, name)) is None]
    assert sorted([*left, *taken]) == sorted(names)


async def test_closing_writes_what_waits_and_refuses_what_comes(url):
    store = Store.open(url)
    store.start(asyncio.get_running_loop())
    told = Told(store)
    for number in range(100):
        told.append(number)
    await store.close()
    assert set((await told.all(100)).values()) == {True}
    told.append(100)
    assert (await told.all(101))[100] is False
    with pytest.raises(Unavailable):
        await store.write(lambda _: None)
    with pytest.raises(Unavailable):
        await store.read(lambda _: None)
    again = Store.open(url)
    assert len(again.read_now(lambda c: audit.find(c, limit=1000))) == 100
    again.close_now()


async def test_a_read_whose_caller_is_gone_keeps_its_connection_until_its_end(url):
    store = Store.open(url)
    store.start(asyncio.get_running_loop())
    begun, released = threading.Event(), threading.Event()
    found = []

    def read(connection):
        driver = connection.connection.driver_connection
        begun.set()
        assert released.wait(10)
        found.append(driver.execute("SELECT 1").fetchone())

    reading = asyncio.ensure_future(store.read(read))
    await until(begun.is_set)
    reading.cancel()
    closing = asyncio.ensure_future(store.close())
    await until(lambda: not store._router.thread.is_alive())
    await asyncio.sleep(0.05)
    assert not closing.done()
    released.set()
    await closing
    assert found == [(1,)]
