"""Caches follow: the own process's changes at once, another process's within a second."""

from __future__ import annotations

import asyncio

import pytest

from store import Store, notices, pruning, users
from store.records import NewUser
from tests.servers.running import until


@pytest.fixture
async def node(url, store):
    """Another process on the same database."""
    node = Store.open(url)
    node.start(asyncio.get_running_loop())
    yield node
    await node.close()


def add(name):
    return lambda connection: users.add(connection, NewUser(username=name), 1.0)


async def test_own_changes_are_heard_before_the_write_returns(store):
    heard, others = [], []
    store.subscribe("users", heard.append)
    store.subscribe("blocks", others.append)
    await store.write(add("ann"))
    assert heard == ["ann"]
    with pytest.raises(users.NameTaken):
        await store.write(add("ann"))
    await asyncio.sleep(0.2)
    assert (heard, others) == (["ann"], [])


async def test_a_step_that_was_rolled_back_tells_nothing(store):
    heard = []
    store.subscribe("users", heard.append)

    def fails(connection):
        users.add(connection, NewUser(username="bob"), 1.0)
        raise KeyError

    outcomes = await asyncio.gather(store.write(fails), store.write(add("ann")), return_exceptions=True)
    assert isinstance(outcomes[0], KeyError)
    assert heard == ["ann"]


async def test_another_process_changes_something(store, node):
    heard = []
    store.subscribe("users", heard.append)
    for name in ("ann", "bob", "cy"):
        await node.write(add(name))
    await until(lambda: len(heard) >= 3, 5)
    assert heard == ["ann", "bob", "cy"]
    assert store.current()
    assert node.current()


async def test_the_command_line_changes_something(url, store):
    heard = []
    store.subscribe("users", heard.append)
    command = await asyncio.to_thread(Store.open, url)
    await asyncio.to_thread(command.write_now, add("ann"))
    command.close_now()
    await until(lambda: heard == ["ann"], 5)


async def test_notices_that_are_gone_mean_that_anything_may_have_changed(store):
    """A node that was away for longer than notices are kept, and one that is only a little behind."""
    await store.write(lambda c: [notices.tell(c, "users", f"user{n}") for n in range(10)])

    def since(last):
        return store.read(lambda c: notices.since(c, last, "another"))

    assert (await since(10)) == (10, [])
    assert (await since(8)) == (10, [("users", "user8"), ("users", "user9")])
    assert await store.write(lambda c: pruning.older_notices(c, 1e12)) == 10
    assert (await since(8)) == (10, None)
    assert (await since(10)) == (10, [])
    assert (await since(99))[1] is None


async def test_a_listener_that_raises_stops_no_other(store):
    loop = asyncio.get_running_loop()
    reported, heard = [], []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def raises(_):
        raise ZeroDivisionError

    store.subscribe("users", raises)
    store.subscribe("users", heard.append)
    await store.write(add("ann"))
    assert heard == ["ann"]
    assert [type(error) for error in reported] == [ZeroDivisionError]
