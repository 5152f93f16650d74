"""Users of the database: found, judged, remembered, and forgotten in time."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from config.patience import patience
from config.secret import Secret
from radiusd.directories import KINDS, Down, Right, Wrong, local_people
from radiusd.directories.local import Local
from radiusd.directories.local_options import LocalOptions
from radiusd.passwords import hashing
from radiusd.passwords.hash_queue import HashQueue
from radiusd.running.eager import Eager
from store import Store, Unavailable, users
from store.records import NewUser

TULIP = Secret(hashing.make("tulip"))
OLD = hashing.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)


def soon(seconds=10.0):
    return asyncio.get_running_loop().time() + seconds


def at_once(coroutine):
    """What it returns, given that it does not suspend."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise AssertionError("it suspended")


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


class Waiter:
    """Whom the door tells what came of a login; a bug counts as told too."""

    def __init__(self):
        self.told = []
        self.done = self.failed = self.told.append


class Watched:
    """The store, which counts reads and can fail, hang, or mistrust its memory."""

    def __init__(self, store):
        self._store = store
        self.reads = 0
        self.trusted = True
        self.failure = None
        self.after_read = None  # an Event that a read waits for when it has its answer
        self.since = None

    async def read(self, function):
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        answer = await self._store.read(function)
        if self.after_read is not None:
            await self.after_read.wait()
        return answer

    def current(self):
        return self.trusted and self._store.current()

    def down_since(self):
        return self.since

    def __getattr__(self, name):
        return getattr(self._store, name)


class Clock:
    """The loop's, which can be put forward."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.monotonic() + self.ahead


@pytest.fixture
async def store(tmp_path):
    store = Store.open("sqlite:///radiusd.db", tmp_path)
    store.start(asyncio.get_running_loop())
    yield Watched(store)
    await store.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def directory(store, clock):
    """Makes one; at the end all are closed."""
    made = []
    hashes = HashQueue(threads=2)
    hashes._hurried_until = math.inf  # each is made once, whatever else this machine does

    async def make(**options):
        options.setdefault("password_cache", timedelta(minutes=5))
        local = Local("local", LocalOptions(type="local"), store, options.pop("hashes", hashes), clock=clock, **options)
        await local.start()
        made.append(local)
        return local

    yield make
    for local in made:
        await local.close()
    hashes.close()


@pytest.fixture
async def ann(store):
    """In the database, with the password tulip."""
    await add(store, "ann")


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that were hashed, in order."""
    order = []
    real = hashing.verify

    def verify(stored, password):
        order.append((stored == hashing.DUMMY, password))
        return real(stored, password)

    monkeypatch.setattr(hashing, "verify", verify)
    return order


async def add(store, username, **fields):
    new = NewUser(username=username, **{"password_hash": TULIP, **fields})
    await store.write(lambda connection: users.add(connection, new, time.time()))


async def change(store, username, **changes):
    await store.write(lambda connection: users.change(connection, username, changes, time.time()))


async def signs_in(local, username="ann", password="tulip", station="home", seconds=10.0):
    entry = await local.find(username, soon())
    return await local.check(entry, password, station, soon(seconds))


def test_it_is_a_type_of_radius_yaml():
    assert KINDS["local"].make is Local
    assert KINDS["local"].options is LocalOptions


@pytest.mark.row("S227", "S285")
async def test_a_user_as_policies_see_them(store, directory):
    """D20."""
    await add(
        store, "ann", first_name="Ann", last_name="Example", email="ann@example.com", phone="+905554443322",
        groups=("staff", "vpn"), framed_ip_address="10.1.2.3", sponsor_name="Bob", sponsor_email="bob@example.com",
        sponsor_phone="+905554443323", description="on loan", language="tr", expires_at=2_000_000_000.0,
    )  # fmt: skip
    local = await directory()
    entry = await local.find("ann", soon())
    assert (entry.directory, entry.username, entry.display_name) == ("local", "ann", "Ann Example")
    assert (entry.mail, entry.mobile, entry.language) == ("ann@example.com", "+905554443322", "tr")
    assert (entry.framed_ip_address, entry.expires_at) == (IPv4Address("10.1.2.3"), 2_000_000_000.0)
    assert entry.enabled
    assert entry.attributes == {
        "username": ("ann",),
        "group_name": ("staff", "vpn"),
        "email": ("ann@example.com",),
        "mobile": ("+905554443322",),
        "first_name": ("Ann",),
        "last_name": ("Example",),
        "description": ("on loan",),
        "sponsor_name": ("Bob",),
        "sponsor_email": ("bob@example.com",),
        "sponsor_phone": ("+905554443323",),
    }


async def test_names_in_normal_form(directory):
    local = await directory()
    assert local.normal(" Ann ") == "ann"
    assert local.normal("ann\0") is None


async def test_a_user_is_remembered_until_they_change(ann, store, directory):
    local = await directory()
    first = await local.find("ann", soon())
    assert at_once(local.find("ann", soon())) is first
    assert store.reads == 1
    await change(store, "ann", enabled=False)
    await until(lambda: "ann" not in local._people._people)
    second = await local.find("ann", soon())
    assert (first.enabled, second.enabled) == (True, False)


async def test_nobody_is_remembered_briefly(store, directory, clock):
    """Names that anybody can make up neither reach the database each time nor hide a user added since."""
    local = await directory()
    assert await local.find("ann", soon()) is None
    assert at_once(local.find("ann", soon())) is None
    assert store.reads == 1
    clock.ahead = local_people.NOBODY_SECONDS + 1
    assert await local.find("ann", soon()) is None
    assert store.reads == 2
    await add(store, "ann")
    await until(lambda: "ann" not in local._people._nobody)
    assert (await local.find("ann", soon())).username == "ann"


async def test_memory_is_bounded(ann, store, directory, monkeypatch):
    monkeypatch.setattr(local_people, "PEOPLE_KEPT", 1)
    monkeypatch.setattr(local_people, "NOBODY_KEPT", 2)
    await add(store, "bob")
    local = await directory()
    for name in ("ann", "bob", "x", "y", "z"):
        await local.find(name, soon())
    assert (list(local._people._people), list(local._people._nobody)) == (["bob"], ["y", "z"])
    assert await signs_in(local) == Right()


async def test_what_was_read_before_a_change_is_not_remembered(ann, store, directory):
    """The row was read, then the user was disabled, then the answer came."""
    local = await directory()
    store.after_read = asyncio.Event()
    reading = asyncio.create_task(local.find("ann", soon()))
    await until(lambda: store.reads == 1)
    await asyncio.sleep(0.05)
    changes = local._people.changes
    await change(store, "ann", enabled=False)
    await until(lambda: local._people.changes > changes)
    store.after_read.set()
    assert (await reading).enabled
    store.after_read = None
    assert not (await local.find("ann", soon())).enabled


async def test_a_store_that_may_have_missed_a_change_is_asked_each_time(ann, store, directory):
    local = await directory()
    first = await local.find("ann", soon())
    store.trusted = False
    assert await local.find("ann", soon()) is first
    assert await local.find("nobody", soon()) is None
    assert await local.find("nobody", soon()) is None
    assert store.reads == 4
    store.trusted = True
    assert at_once(local.find("ann", soon())) is first


async def test_right_and_wrong(ann, directory):
    local = await directory()
    assert await signs_in(local, password="rose") == Wrong("password wrong")
    assert await signs_in(local, password="Tulip") == Wrong("password wrong")
    assert await signs_in(local) == Right()


async def test_a_login_may_begin_outside_of_a_task(ann, directory):
    """The door runs a login in the socket's callback until it waits for the first time."""
    local = await directory()
    eager, waiter = Eager(10), Waiter()
    asyncio.get_running_loop().call_soon(eager.run, signs_in(local), waiter)
    await until(lambda: waiter.told == [Right()])
    asyncio.get_running_loop().call_soon(eager.run, signs_in(local, password="rose"), waiter)
    await until(lambda: waiter.told == [Right(), Wrong("password wrong")])


async def test_an_empty_password_is_never_hashed(ann, directory, hashed):
    local = await directory()
    assert await signs_in(local, password="") == Wrong("the password is empty", counted=False)
    await local.pretend("nobody", "", "home", soon())
    assert hashed == []


async def test_unknown_users_and_users_without_a_password_cost_a_hash(store, directory, hashed):
    """Else the time of the answer tells who exists."""
    await add(store, "bob", password_hash=None)
    local = await directory()
    await local.pretend("nobody", "tulip", "home", soon())
    assert await signs_in(local, "bob") == Wrong("the user has no password")
    assert hashed == [(True, "tulip"), (True, "tulip")]


async def test_a_password_verified_before_is_remembered(ann, directory, hashed):
    local = await directory()
    entry = await local.find("ann", soon())
    assert local.recalls(entry, "tulip") is None
    assert await signs_in(local) == Right()
    assert at_once(local.check(entry, "tulip", "elsewhere", soon())).cached
    assert local.recalls(entry, "tulip").cached
    assert local.recalls(entry, "rose") is None
    assert await signs_in(local, password="rose") == Wrong("password wrong")
    assert await signs_in(local, password="rose") == Wrong("password wrong")
    assert at_once(local.check(entry, "tulip", "home", soon())).cached
    assert hashed == [(False, "tulip"), (False, "rose"), (False, "rose")]


async def test_it_is_remembered_from_the_verification_on(ann, directory, clock):
    """Its use does not make it last longer."""
    local = await directory(password_cache=timedelta(minutes=5))
    assert await signs_in(local) == Right()
    clock.ahead = 299
    assert (await signs_in(local)).cached
    clock.ahead = 301
    assert local.recalls(await local.find("ann", soon()), "tulip") is None
    assert await signs_in(local) == Right()


async def test_nothing_is_remembered_where_it_is_off(ann, directory):
    local = await directory(password_cache=timedelta(0))
    assert await signs_in(local) == Right()
    assert await signs_in(local) == Right()


@pytest.mark.parametrize("changes", [{"description": "moved"}, {"password_hash": Secret(hashing.make("tulip"))}])
async def test_any_change_of_the_user_forgets_it(ann, store, directory, changes):
    local = await directory()
    await add(store, "bob")
    assert (await signs_in(local), await signs_in(local, "bob")) == (Right(), Right())
    before = local._people.changes
    await change(store, "ann", **changes)
    await until(lambda: local._people.changes > before)
    ann_again, bob_again = await signs_in(local), await signs_in(local, "bob")
    assert (ann_again.cached, bob_again.cached) == (False, True)


async def test_the_old_password_is_wrong_after_a_change(ann, store, directory):
    local = await directory()
    assert await signs_in(local) == Right()
    before = local._people.changes
    await change(store, "ann", password_hash=Secret(hashing.make("rose")))
    await until(lambda: local._people.changes > before)
    assert await signs_in(local) == Wrong("password wrong")
    assert await signs_in(local, password="rose") == Right()


async def test_the_same_password_at_once_is_hashed_once(ann, store, directory, hashed):
    """A device's retries and a second device cost one hash; another password or another user costs its own."""
    await add(store, "bob")
    local = await directory()
    asked = [
        signs_in(local),
        signs_in(local, station="office"),
        signs_in(local, password="rose"),
        signs_in(local, "bob"),
    ]
    assert await asyncio.gather(*asked) == [Right(), Right(), Wrong("password wrong"), Right()]
    assert sorted(hashed) == [(False, "rose"), (False, "tulip"), (False, "tulip")]


async def test_whoever_goes_away_does_not_take_the_hash_with_them(ann, directory, hashed):
    local = await directory()
    entry = await local.find("ann", soon())
    first = asyncio.create_task(local.check(entry, "tulip", "home", soon()))
    second = asyncio.create_task(local.check(entry, "tulip", "home", soon()))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == Right()
    assert len(hashed) == 1


async def test_a_password_changed_while_it_was_hashed(ann, store, directory, monkeypatch):
    """Right when it was given, refused all the same."""
    local = await directory()
    gate = threading.Event()
    real = hashing.verify
    monkeypatch.setattr(hashing, "verify", lambda *given: gate.wait(10) and real(*given))
    entry = await local.find("ann", soon())
    checking = asyncio.create_task(local.check(entry, "tulip", "home", soon()))
    await asyncio.sleep(0.01)
    before = local._people.changes
    await change(store, "ann", password_hash=Secret(hashing.make("rose")))
    await until(lambda: local._people.changes > before)
    gate.set()
    assert await checking == Wrong("the user was changed during the sign-in", counted=False)
    assert await signs_in(local) == Wrong("password wrong")


async def test_a_user_who_is_gone_when_the_password_is_judged(ann, store, directory):
    local = await directory()
    entry = await local.find("ann", soon())
    before = local._people.changes
    await change(store, "ann", enabled=False)
    await until(lambda: local._people.changes > before)
    assert await local.check(entry, "tulip", "home", soon()) == Wrong(
        "the user was changed during the sign-in", counted=False
    )


async def test_no_turn_in_time_is_overload(ann, store, directory):
    """Neither right nor wrong: the packet is dropped, and the NAS asks again."""
    local = await directory(hashes=(full := HashQueue(threads=1, waiting=0)))
    judged = await signs_in(local)
    assert isinstance(judged, Down)
    assert (judged.component, judged.overload) == ("local", True)
    await local.pretend("nobody", "tulip", "home", soon())
    full.close()


@pytest.mark.parametrize("hold", [4.0, 8.0, 10.0, 55.0])
async def test_the_turn_must_come_in_a_quarter_of_what_is_left(directory, clock, monkeypatch, hold):
    """So never later than a quarter of `hold`, and with three quarters of the time for the hash and the answer."""
    local = await directory()
    monkeypatch.setattr(local, "_clock", lambda: 100.0)
    deadline = 100.0 + patience(hold)
    assert 100.0 < local._queue_until(deadline) <= 100.0 + hold / 4
    assert deadline - local._queue_until(deadline) == pytest.approx(patience(hold) * 3 / 4)


async def test_demo_users_only_in_a_demo(store, directory):
    await add(store, "demo", demo=True)
    assert await (await directory()).find("demo", soon()) is None
    assert (await (await directory(demo=True)).find("demo", soon())).username == "demo"


async def test_old_hashes_are_made_anew(store, directory, hashed):
    """At the next right password; what is remembered stays remembered."""
    old = OLD.hash("tulip")
    await add(store, "ann", password_hash=Secret(old))
    local = await directory()
    assert await signs_in(local, password="rose") == Wrong("password wrong")
    assert await signs_in(local) == Right()
    await until(lambda: not local._rehashes)
    user = await store.read(lambda connection: users.find(connection, "ann"))
    assert user.password_hash.reveal().startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashing.verify(user.password_hash.reveal(), "tulip")
    hashed.clear()
    await until(
        lambda: local._people._people.get("ann") is None or local._people._people["ann"].stored == user.password_hash
    )
    assert (await signs_in(local)).cached
    assert await signs_in(local, password="rose") == Wrong("password wrong")


async def test_a_new_password_is_not_undone_by_a_rehash(store, directory, monkeypatch):
    """The password is changed while the old one is hashed anew."""
    await add(store, "ann", password_hash=Secret(OLD.hash("tulip")))
    local = await directory()
    gate = threading.Event()
    real = hashing.make
    monkeypatch.setattr(hashing, "make", lambda password: gate.wait(10) and real(password))
    assert await signs_in(local) == Right()
    rose = Secret(real("rose"))
    await change(store, "ann", password_hash=rose)
    gate.set()
    await until(lambda: not local._rehashes)
    user = await store.read(lambda connection: users.find(connection, "ann"))
    assert user.password_hash == rose
    assert await signs_in(local) == Wrong("password wrong")


async def test_a_database_that_is_gone(ann, store, directory):
    """Nobody signs in, not even whom memory knows (the engine asks `down` first), and the cause has no secret."""
    local = await directory()
    assert local.down() is None
    store.failure = Unavailable("cannot be reached")
    store.since = 17.0
    assert await local.find("ann", soon()) == Down("local", "the database is not available: cannot be reached")
    assert local.down() == Down("local", "the database is not available")
    assert local.down_since() == 17.0


async def test_a_database_that_hangs(ann, store, directory):
    local = await directory()
    store.after_read = asyncio.Event()
    assert await local.find("ann", soon(0.05)) == Down("local", "the database did not answer in time")


async def test_nothing_secret_shows(ann, directory):
    local = await directory()
    await signs_in(local)
    for shown in (repr(local), repr(local._people._people["ann"]), str(local._people._people["ann"].stored)):
        assert "tulip" not in shown
        assert "argon2" not in shown
