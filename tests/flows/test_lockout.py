"""Wrong passwords over RADIUS must not lock an account in its directory (B11)."""

from __future__ import annotations

import asyncio
import time
import unicodedata

import pytest
from sqlalchemy import update

from radiusd.administration.explanation import Explaining
from radiusd.process.building import application_of, behaviour_of, dictionary_of
from radiusd.process.tools import tools_of
from store.tables import FAILURES
from tests.flows.corp import yaml_of
from tests.servers.running import running
from tests.servers.slapd import PEOPLE, PPOLICY, slapd

RULE = "{threshold: 5, window: 30m}"
OFF = "blocking: {enabled: false}\n"


@pytest.fixture(scope="module")
def corp():
    with slapd(tells=True) as server:
        yield server


@pytest.fixture
def ann(corp):
    dn = corp.user("ann")
    yield dn
    corp.remove(dn)


async def guesses(radiusd, *passwords, station, name="ann"):
    """The outcome of each, as the audit has it."""
    outcomes = []
    for password in passwords:
        await radiusd.nas().asks(User_Name=name, User_Password=password, Calling_Station_Id=station)
        outcomes.append((await radiusd.last()).reason)
    return outcomes


def asked(reasons):
    """How many of the passwords the directory judged."""
    return sum("was not asked" not in reason for reason in reasons)


async def signs_in(radiusd, station, name="ann", password="tulip"):
    reply = await radiusd.nas().asks(User_Name=name, User_Password=password, Calling_Station_Id=station)
    return reply.code == "Access-Accept"


async def test_strangers_stop_two_short_of_it_and_the_own_station_one(corp, ann, tmp_path):
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        assert await signs_in(radiusd, "home")
        reasons = await guesses(radiusd, *"abcdefg", station="far")
        assert reasons[:3] == ["password wrong"] * 3
        assert asked(reasons[3:]) == 0
        assert reasons[3] == "corp was not asked: 3 wrong passwords within 30 minutes, and it locks the account at 5"
        # From any other unknown station the same, also with the right password, which nobody judged.
        assert not await signs_in(radiusd, "farther")
        row = await radiusd.last()
        assert "was not asked" in row.reason
        assert "password" not in row.detail.replace("wrong passwords", "").replace("password-only", "")
        # The station that the user is known to sign in from has one more try, and no more.
        assert asked(await guesses(radiusd, *"hijk", station="home")) == 1
        assert not await signs_in(radiusd, "home")


async def test_the_right_password_from_home_is_still_heard(corp, ann, tmp_path):
    """What strangers do does not keep the user out; the other users notice nothing."""
    corp.user("bob")
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        assert await signs_in(radiusd, "home")
        await guesses(radiusd, *"abcdefg", station="far")
        assert await signs_in(radiusd, "home")
        assert await signs_in(radiusd, "far", name="bob")


async def test_many_guesses_at_once_count_each_other(corp, ann, tmp_path):
    """What is being judged may be wrong: it is waited for, not overlooked."""
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        nas = radiusd.nas()
        corp.hang()
        asks = [
            asyncio.ensure_future(nas.asks(User_Name="ann", User_Password=f"guess {n}", Calling_Station_Id=f"{n}"))
            for n in range(12)
        ]
        await asyncio.sleep(0.2)
        corp.resume()
        await asyncio.gather(*asks)
        assert asked(row.reason for row in await radiusd.audit()) == 3


async def test_right_passwords_at_once_are_all_accepted(corp, ann, tmp_path):
    """A user with many devices is nobody who guesses."""
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        assert all(await asyncio.gather(*(signs_in(radiusd, f"device {n}") for n in range(12))))


async def test_the_same_wrong_password_is_asked_and_counted_once(corp, ann, tmp_path):
    """X48: a device that repeats a saved password (C22)."""
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        before = corp.binds(ann)
        reasons = await guesses(radiusd, *["old one"] * 6, station="phone")
        assert reasons == ["password wrong", *["password wrong, as before: the directory was not asked again"] * 5]
        assert corp.binds(ann) == before + 1
        assert await signs_in(radiusd, "desk")


APART = unicodedata.normalize("NFD", TOGETHER := "Gül9 Şükrü çiğ")


@pytest.fixture
def gul(corp):
    dn = corp.user("gul", TOGETHER)
    yield dn
    corp.remove(dn)


async def test_a_password_whose_letters_come_apart_is_tried_put_together(corp, gul, tmp_path):
    """X58: from then on what was typed is known to be wrong, and counts no more."""
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        before = corp.binds(gul)
        assert await signs_in(radiusd, "mac", "gul", APART)
        assert corp.binds(gul) == before + 2
        assert "password right, with its letters put together" in (await radiusd.last()).detail
        for _ in range(5):
            assert await signs_in(radiusd, "mac", "gul", APART)
        assert corp.binds(gul) == before + 7


async def test_each_form_counts(corp, gul, tmp_path):
    """X58: three passwords may be wrong of an unknown station."""
    wrong = unicodedata.normalize("NFD", "ş")
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        before = corp.binds(gul)
        # A letter that was put together has no other form.
        assert await guesses(radiusd, "ç", wrong, station="far", name="gul") == ["password wrong"] * 2
        assert corp.binds(gul) == before + 3
        assert not await signs_in(radiusd, "far", "gul", APART)
        assert "3 wrong passwords" in (await radiusd.last()).reason


async def test_the_second_form_is_not_tried_where_one_place_is_left(corp, gul, tmp_path):
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        await guesses(radiusd, "ab", "cd", station="far", name="gul")
        before = corp.binds(gul)
        assert await guesses(radiusd, APART, station="far", name="gul") == ["password wrong"]
        assert corp.binds(gul) == before + 1


async def test_ppolicy_locks_nobody_who_repeats_a_wrong_password(tmp_path):
    """X48: it counts each."""
    with slapd(overlays=PPOLICY) as server:
        attributes = {"pwdAttribute": "userPassword", "pwdLockout": "TRUE", "pwdMaxFailure": 5}
        policy = server.add(f"cn=policy,{PEOPLE}", ["device", "pwdPolicy"], attributes)
        server.user("ann", pwdPolicySubentry=policy)
        async with running(tmp_path, yaml_of(server, lockout=RULE) + OFF) as radiusd:
            await guesses(radiusd, *["old one"] * 6, station="phone")
            assert await signs_in(radiusd, "phone")
        # Its opposite: where each is shown to it, it locks.
        async with running(tmp_path, yaml_of(server, lockout="null") + OFF) as radiusd:
            await guesses(radiusd, *["old one"] * 6, station="phone")
            assert not await signs_in(radiusd, "phone")


async def test_a_success_gives_the_tries_back(corp, ann, tmp_path):
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        for pair in ("ab", "cd", "ef"):
            assert asked(await guesses(radiusd, *pair, station="home")) == 2
            assert await signs_in(radiusd, "home")


async def passes(radiusd, seconds):
    """That time, for the failures."""
    await radiusd.server.store.write(
        lambda connection: connection.execute(update(FAILURES).values(at=FAILURES.c.at - seconds))
    )


@pytest.mark.parametrize("blocking", [OFF, "blocking: {failed_attempts: 100, window: 10m}\n"])
async def test_the_window_passes(corp, ann, tmp_path, blocking):
    """The directory's own, whatever that of `blocking` is."""
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + blocking) as radiusd:
        assert asked(await guesses(radiusd, *"abcd", station="far")) == 3
        await passes(radiusd, 29 * 60)
        assert not await signs_in(radiusd, "far")
        await passes(radiusd, 2 * 60)
        assert asked(await guesses(radiusd, *"efgh", station="far")) == 3
        await passes(radiusd, 31 * 60)
        assert await signs_in(radiusd, "far")


async def test_nothing_is_counted_of_what_was_not_asked(corp, ann, tmp_path):
    """Else a guard would keep itself closed, and make blocks."""
    yaml = yaml_of(corp, lockout=RULE) + "blocking: {failed_attempts: 4}\n"
    async with running(tmp_path, yaml) as radiusd:
        assert asked(await guesses(radiusd, *"abcdefgh", station="far")) == 3
        assert not any("blocked" in row.reason for row in await radiusd.audit())


async def test_a_restart_forgets_nothing(corp, ann, tmp_path):
    yaml = yaml_of(corp, lockout=RULE) + OFF
    async with running(tmp_path, yaml) as radiusd:
        assert asked(await guesses(radiusd, *"abc", station="far")) == 3
    async with running(tmp_path, yaml) as radiusd:
        assert not await signs_in(radiusd, "far")
        assert "was not asked" in (await radiusd.last()).reason


@pytest.mark.parametrize("threshold", [1, 2])
async def test_a_directory_that_locks_at_once_still_lets_in(corp, ann, tmp_path, threshold):
    rule = f"{{threshold: {threshold}, window: 30m}}"
    async with running(tmp_path, yaml_of(corp, lockout=rule) + OFF) as radiusd:
        assert await signs_in(radiusd, "far")
        assert asked(await guesses(radiusd, "a", "b", station="elsewhere")) == 1


async def test_no_rule_no_guard(corp, ann, tmp_path):
    """`lockout: null`; and local users, whose directory locks nobody."""
    async with running(tmp_path, yaml_of(corp, lockout="null") + OFF) as radiusd:
        await radiusd.user("zoe")
        for name in ("ann", "zoe"):
            assert asked(await guesses(radiusd, *"abcdefgh", station="far", name=name)) == 8
            assert await signs_in(radiusd, "far", name=name)


async def test_explain_tells_it_beforehand(corp, ann, tmp_path):
    """`radiusd explain --user ann --client nas`"""
    async with running(tmp_path, yaml_of(corp, lockout=RULE) + OFF) as radiusd:
        assert (await would(radiusd, "far"))[-1].startswith("accepted by password-only")
        await guesses(radiusd, *"abc", station="far")
        assert (await would(radiusd, "far"))[-1].startswith("refused: corp was not asked: 3 wrong passwords")


async def would(radiusd, place):
    server = radiusd.server
    tools = tools_of(server._settings, server.store, server.directories, [b"k"], server._memories.enrolled)
    explaining = Explaining(
        store=server.store, application=application_of(server._settings, "vpn", tools, dictionary_of(server._settings)),
        behaviour=behaviour_of(server._settings.clients["nas"]), identities=server._identities,
        standing=server._standing, client="nas", station=place, now=time.time(),
        deadline=asyncio.get_running_loop().time() + 5,
    )  # fmt: skip
    return (await explaining.foresee("ann")).steps
