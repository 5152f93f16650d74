"""Servers that are stopped, hung or wrong, and the ways back."""

from __future__ import annotations

import asyncio
import socket
import time
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from config.secret import Secret
from radiusd.directories import Down, Right, ldap_server
from radiusd.model.entry import Entry
from tests.directories.ldap_directories import ldap, until
from tests.servers.slapd import free_port, slapd


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(ldap_server, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(ldap_server, "PATIENCE_SECONDS", 1.0)


@pytest.fixture
def first():
    with slapd() as server:
        server.user("ann", mail="first@example.org")
        yield server


@pytest.fixture
def second():
    with slapd() as server:
        server.user("ann", mail="second@example.org")
        yield server


async def test_the_first_server_that_answers_is_asked(first, second):
    async with ldap(first.url, second.url) as corp:
        await until(lambda: corp.directory.down() is None)
        assert (await corp.entry("ann")).mail == "first@example.org"
        first.stop()
        assert (await corp.entry("ann")).mail == "second@example.org"
        first.start()
        await until(lambda: corp.directory._servers[0].state == "up")
        assert (await corp.entry("ann")).mail == "first@example.org"
        assert await corp.signs_in("ann", "tulip")


async def test_a_server_that_was_never_there_is_passed_over(second):
    async with ldap(f"ldap://127.0.0.1:{free_port()}", second.url) as corp:
        assert (await corp.entry("ann")).mail == "second@example.org"
        assert corp.directory.down() is None


async def test_stopped_and_back(first):
    async with ldap(first.url) as corp:
        ann = await corp.entry("ann")
        assert corp.directory.down_since() is None
        first.stop()
        with capture_logs() as lines:
            assert isinstance(await corp.find("ann"), Down)
            assert isinstance(await corp.check(ann, "tulip"), Down)
            await until(corp.directory.down)
            for _ in range(10):
                down = await corp.find("ann")
                assert isinstance(down, Down)
                assert down.component == "corp"
                assert "nothing listens there" in down.cause
                await asyncio.sleep(0.02)
        assert [line["event"] for line in lines] == ["directory server is skipped until it answers"]
        assert corp.directory.down_since() <= asyncio.get_running_loop().time()
        first.start()
        with capture_logs() as lines:
            await until(lambda: corp.directory.down() is None)
        assert [line["event"] for line in lines] == ["directory server answers again"]
        assert corp.directory.down_since() is None
        assert await corp.check(ann, "tulip") == Right()


async def test_start_does_not_wait_for_servers():
    async with ldap(f"ldap://127.0.0.1:{free_port()}") as corp:
        assert corp.directory.down() is None
        assert isinstance(await corp.find("ann"), Down)
        assert corp.directory.down() is not None


async def test_a_hung_server_is_found_out_by_the_watch(first):
    """The users' own deadline is far away: what ends their waiting is the watch, and those who come later do not wait."""
    async with ldap(first.url, timeout=timedelta(minutes=5)) as corp:
        ann = await corp.entry("ann")
        first.hang()
        try:
            async with asyncio.timeout(20):
                waiting = await asyncio.gather(
                    *(corp.find("ann", 300) for _ in range(50)), corp.check(ann, "tulip", 300)
                )
            assert all(isinstance(each, Down) and "does not answer" in each.cause for each in waiting)
            await until(corp.directory.down)
            assert isinstance(await asyncio.wait_for(corp.find("ann", 300), 0.2), Down)
            assert isinstance(await asyncio.wait_for(corp.check(ann, "tulip", 300), 0.2), Down)
        finally:
            first.resume()
        await until(lambda: corp.directory.down() is None)
        assert await corp.check(ann, "tulip") == Right()
        assert await corp.entry("ann") == ann


async def test_what_a_hung_server_was_asked_goes_to_the_next(first, second):
    async with ldap(first.url, second.url, timeout=timedelta(minutes=5)) as corp:
        await until(lambda: all(server.state == "up" for server in corp.directory._servers))
        first.hang()
        try:
            async with asyncio.timeout(20):
                found = await asyncio.gather(*(corp.find("ann", 300) for _ in range(20)))
                assert {each.mail for each in found} == {"second@example.org"}
                assert await corp.check(found[0], "tulip", 300) == Right()
        finally:
            first.resume()


async def test_a_hung_server_cannot_outlast_the_deadline(first, monkeypatch):
    monkeypatch.setattr(ldap_server, "PATIENCE_SECONDS", 60)
    async with ldap(first.url) as corp:
        ann = await corp.entry("ann")
        first.hang()
        try:
            async with asyncio.timeout(20):
                found, judged = await asyncio.gather(corp.find("ann", 0.1), corp.check(ann, "tulip", 0.1))
        finally:
            first.resume()
        assert found == judged == Down("corp", f"{first.url}: no answer in time")


async def test_timeout_leaves_time_for_the_next_server(first, second, monkeypatch):
    monkeypatch.setattr(ldap_server, "PATIENCE_SECONDS", 60)
    async with ldap(first.url, second.url, timeout=timedelta(seconds=1)) as corp:
        await until(lambda: all(server.state == "up" for server in corp.directory._servers))
        first.hang()
        try:
            assert (await corp.find("ann", 10)).mail == "second@example.org"
        finally:
            first.resume()


async def test_a_given_up_search_disturbs_no_other(first):
    async with ldap(first.url) as corp:
        ann = await corp.entry("ann")
        for _ in range(5):
            lost = [asyncio.create_task(corp.find("ann")), asyncio.create_task(corp.check(ann, "wrong"))]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            for task in lost:
                task.cancel()
            await asyncio.gather(*lost, return_exceptions=True)
            assert await corp.check(ann, "tulip") == Right()
            assert await corp.entry("ann") == ann


async def test_connections_that_the_server_closed_are_made_anew(first):
    """It went and came back while nothing was asked: users notice nothing."""
    async with ldap(first.url) as corp:
        ann = await corp.entry("ann")
        assert await corp.check(ann, "tulip") == Right()
        for _ in range(3):
            await until(lambda: all(server.state == "up" for server in corp.directory._servers))
            first.stop()
            first.start()  # the loop has not run meanwhile: every connection still looks open
            assert await corp.check(ann, "tulip") == Right()
            await until(lambda: all(server.state == "up" for server in corp.directory._servers))
            first.stop()
            first.start()
            assert await corp.entry("ann") == ann
        assert corp.directory.down() is None


async def test_connections_that_are_idle(monkeypatch):
    """slapd closes connections after a second without a request; the watch keeps its own."""
    with slapd(idle=1) as server:
        server.user("ann")
        async with ldap(server.url) as corp:
            ann = await corp.entry("ann")
            assert await corp.check(ann, "tulip") == Right()
            (watched,) = corp.directory._servers
            await until(lambda: not watched._idle)
            assert corp.directory.down() is None
            assert await corp.check(ann, "tulip") == Right()
            monkeypatch.setattr(ldap_server, "IDLE_SECONDS", 0.0)
            await until(lambda: not watched._idle)
            assert await corp.check(ann, "tulip") == Right()


async def test_a_server_that_takes_connections_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with ldap(f"ldap://127.0.0.1:{silent.getsockname()[1]}") as corp:
            down = await corp.find("ann")
            assert isinstance(down, Down)
            assert "does not answer" in down.cause
            assert corp.directory.down() is not None


async def test_a_refused_service_account_is_told_and_not_tried_again_at_once(first):
    async with ldap(first.url, bind_password=Secret("not that")) as corp:
        down = await corp.find("ann")
        assert isinstance(down, Down)
        assert "bind_dn is refused: invalidCredentials" in down.cause
        assert "not that" not in repr(down)


async def test_a_base_that_is_not_there_is_an_outage(first):
    async with ldap(first.url, base_dn="ou=nowhere,dc=example,dc=org") as corp:
        down = await corp.find("ann")
        assert isinstance(down, Down)
        assert "base_dn" in down.cause
        assert corp.directory.down() is not None


async def test_close_leaves_nothing_behind(first):
    before = asyncio.all_tasks()
    async with ldap(first.url) as corp:
        ann = await corp.entry("ann")
        assert isinstance(ann, Entry)
    assert asyncio.all_tasks() == before
    assert isinstance(await corp.check(ann, "tulip"), Down)


async def test_what_another_server_counted_is_known_to_be_missing_in_its_count(first, second):
    """X50: each domain controller counts for itself."""
    async with ldap(first.url, second.url) as corp:
        await until(lambda: corp.directory.down() is None)
        ann = await corp.entry("ann")
        assert not isinstance(await corp.check(ann, "rose"), Right)
        before = await corp.directory.lock(ann, corp.until(), fresh=True)
        assert before.elsewhere == 0.0
        asked = time.time()
        first.stop()
        assert not isinstance(await corp.check(ann, "lily"), Right)
        after = await corp.directory.lock(ann, corp.until(), fresh=True)
        assert asked <= after.elsewhere <= time.time()
