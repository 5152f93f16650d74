"""A slow answer is not a dead server (X51): searches, binds and the watch each have connections of their own."""

from __future__ import annotations

import asyncio

import pytest

from radiusd.directories import Down, Right, ldap_searching, ldap_server
from radiusd.model.entry import Entry
from tests.directories.ldap_directories import ldap, until
from tests.directories.ldap_responder import DONE, Responder, entry, responding, result
from tests.servers.slapd import PEOPLE

FOUND = [entry(f"CN=ann,{PEOPLE}", entryUUID=[b"1"]), result(DONE, 0)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    for name in ("LOOK_SECONDS", "DOUBT_SECONDS"):
        monkeypatch.setattr(ldap_server, name, 0.05)
    monkeypatch.setattr(ldap_server, "PATIENCE_SECONDS", 0.5)


def peer(**options):
    return responding(Responder(on_search=lambda *_: FOUND, **options))


async def looked(server, times=5):
    """Waits until the watch has asked so often anew."""
    for _ in range(times):
        asked = server._watched.used_at
        await until(lambda asked=asked: server._watched is not None and server._watched.used_at > asked)


async def test_one_slow_search_holds_up_nobody():
    event = asyncio.Event()
    async with peer(slow={"slow": event}) as answering, ldap(answering.url) as corp:
        (server,) = corp.directory._servers
        waiting = [asyncio.create_task(corp.find("slow")) for _ in range(ldap_searching.MOST - 1)]
        await until(lambda: sum(each.waiting for each in server._searching.connections) == len(waiting))
        await looked(server)
        assert server.state == "up"
        assert isinstance(await corp.find("ann"), Entry)
        assert await corp.signs_in("ann", "tulip")
        event.set()
        assert {type(each) for each in await asyncio.gather(*waiting)} == {Entry}
        assert len(server._searching.connections) <= ldap_searching.MOST


async def test_all_connections_slow_is_slow_for_searches_and_nothing_else():
    event = asyncio.Event()
    async with peer(slow={"slow": event}) as answering, ldap(answering.url) as corp:
        (server,) = corp.directory._servers
        ann = await corp.entry("ann")
        waiting = [asyncio.create_task(corp.find("slow")) for _ in range(50)]
        await until(lambda: sum(each.waiting for each in server._searching.connections) == len(waiting))
        await looked(server)
        assert (server.state, corp.directory.down()) == ("up", None)
        assert await corp.check(ann, "tulip") == Right()
        event.set()
        assert {type(each) for each in await asyncio.gather(*waiting)} == {Entry}


async def test_a_busy_worker_behind_the_watch_is_no_outage():
    """Samba gives each connection to a worker, and one worker has several."""
    async with peer() as answering, ldap(answering.url) as corp:
        (server,) = corp.directory._servers
        await until(lambda: server.state == "up")
        watched = server._watched
        answering.stuck.add(0)
        await until(lambda: server._watched is not watched)
        assert (server.state, corp.directory.down_since()) == ("up", None)
        assert isinstance(await corp.find("ann"), Entry)


async def test_a_connection_that_has_gone_dumb_is_used_no_more(monkeypatch):
    """A firewall forgot it: the watch is answered on its own, and who comes next is not kept waiting."""
    monkeypatch.setattr(ldap_searching, "DEAD_SECONDS", 0.3)
    async with peer() as answering, ldap(answering.url) as corp:
        (server,) = corp.directory._servers
        await corp.entry("ann")
        answering.stuck.add(1)
        assert await corp.find("ann", 0.4) == Down("corp", f"{answering.url}: no answer in time")
        assert isinstance(await corp.find("ann"), Entry)
        assert (server.state, answering.connections) == ("up", 3)


async def test_what_answers_nobody_is_down():
    """The opposite: old connections and new ones are silent."""
    async with peer() as answering, ldap(answering.url) as corp:
        await corp.entry("ann")
        answering.stuck |= set(range(100))
        await until(corp.directory.down)
        assert isinstance(await corp.find("ann"), Down)


async def test_a_service_account_that_is_refused_in_the_midst_is_not_tried_by_each_search():
    """Each try counts against the account."""
    async with peer() as answering, ldap(answering.url) as corp:
        (server,) = corp.directory._servers
        await until(lambda: server.state == "up")
        answering.service_account, before = 49, answering.service_binds
        found = await asyncio.gather(*(corp.find("ann") for _ in range(20)))
        assert all(isinstance(each, Down) and "bind_dn is refused" in each.cause for each in found)
        for _ in range(5):
            assert isinstance(await corp.find("ann"), Down)
        assert answering.service_binds == before + 1


async def test_connections_for_searches_are_closed_when_idle(monkeypatch):
    monkeypatch.setattr(ldap_server, "IDLE_SECONDS", 0.0)
    async with peer() as answering, ldap(answering.url) as corp:
        (server,) = corp.directory._servers
        await corp.entry("ann")
        await until(lambda: not server._searching.connections)
        assert isinstance(await corp.find("ann"), Entry)
