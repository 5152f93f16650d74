"""Wrong passwords over RADIUS must not lock an account in Samba, whose own numbers are listened to (B11)."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest

from radiusd.administration import blocks
from radiusd.administration.changes import Administrator
from store.blocks import users_with_failures
from tests.flows.samba_corp import signs_in, tries, yaml_of
from tests.flows.test_nodes import nodes
from tests.servers.postgres import postgres_server
from tests.servers.running import running
from tests.servers.samba import ADMINISTRATOR_PASSWORD, PASSWORD, READER, READER_PASSWORD, STRICT_THRESHOLD, THRESHOLD

__all__ = ["postgres_server"]
AS_BEFORE = "password wrong, as before: the directory was not asked again"


@pytest.fixture
def user(domain):
    """A user of the test alone: name and DN."""
    name = f"user-{uuid.uuid4().hex[:12]}"
    return name, domain.user(name)


def count(domain, dn):
    return domain.number(dn, "badPwdCount")


async def test_the_same_wrong_password_is_shown_to_the_directory_once(domain, user, tmp_path):
    """X48: a device that repeats a saved password; it comes eight times, and eight times at once."""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        assert await tries(radiusd, name, *["old one"] * 8) == ["password wrong", *[AS_BEFORE] * 7]
        assert count(domain, dn) == 1
        await asyncio.gather(*(tries(radiusd, name, "older", station=f"phone {number}") for number in range(8)))
        assert count(domain, dn) == 2
        assert await signs_in(radiusd, name, PASSWORD)


async def test_a_password_that_was_wrong_is_asked_again_once_the_user_has_another_one(domain, user, tmp_path):
    """X48: it may be that one."""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        assert await tries(radiusd, name, "rose-2025", "rose-2025") == ["password wrong", AS_BEFORE]
        domain.reset(dn, "rose-2025")
        assert await signs_in(radiusd, name, "rose-2025")


async def test_ten_different_ones_at_once_stop_short_of_the_threshold(domain, user, tmp_path):
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        await asyncio.gather(*(tries(radiusd, name, f"guess {n}", station=f"{n}") for n in range(10)))
        assert count(domain, dn) == THRESHOLD - 2


async def test_what_is_wrong_at_the_desk_counts_too(domain, user, tmp_path):
    """X50: two there and three by us would lock it."""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        assert [domain.bind(dn, guess) for guess in "ab"] == ["52e", "52e"]
        reasons = await tries(radiusd, name, *"cde")
        refused = "corp was not asked: 3 wrong passwords within 30 minutes, and it locks the account at 5"
        assert reasons == ["password wrong", refused, refused]
        assert count(domain, dn) == 3


async def test_two_at_the_desk_while_three_come_at_once(domain, user, tmp_path):
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        assert [domain.bind(dn, guess) for guess in "ab"] == ["52e", "52e"]
        await asyncio.gather(*(tries(radiusd, name, guess, station=guess) for guess in "cde"))
        assert count(domain, dn) == 3


async def test_the_user_s_own_rule_is_heeded(domain, tmp_path):
    """X50: a password settings object locks at three. The service account may not read it, so that it is a guess."""
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        reasons = await tries(radiusd, "strict", *"abcdef")
        assert reasons[2] == "corp was not asked: 2 wrong passwords within 30 minutes, and it may lock the account at 3"
        assert count(domain, domain.dn("strict")) == STRICT_THRESHOLD - 1


async def test_a_reset_and_unlocked_user_is_in_at_the_first_try(domain, user, tmp_path):
    """X49"""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        await tries(radiusd, name, *"abcd")
        assert not await signs_in(radiusd, name, PASSWORD)
        domain.reset(dn, "rose-2025")
        domain.unlock(dn)
        assert await signs_in(radiusd, name, "rose-2025")


async def test_a_new_password_is_heard_although_nobody_unlocked_the_account(domain, user, tmp_path):
    """X49: what was wrong, was wrong for another password. One at a time is, so that it is not locked after all."""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        await tries(radiusd, name, *"abcd")
        domain.reset(dn, "rose-2025")
        assert (await tries(radiusd, name, *"efg"))[0] == "password wrong"
        assert count(domain, dn) == THRESHOLD - 1
        domain.reset(dn, "lily-2025")
        assert await signs_in(radiusd, name, "lily-2025")


async def test_a_right_password_at_the_desk_ends_it(domain, user, tmp_path):
    """X49: the directory counts fewer than we do."""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        await tries(radiusd, name, *"abcd")
        assert domain.bind(dn, PASSWORD) == ""
        assert await signs_in(radiusd, name, PASSWORD)


async def test_a_locked_account_is_told_as_locked(domain, user, tmp_path):
    """By the directory, which is asked: more can not happen to it."""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        for guess in range(THRESHOLD):
            domain.bind(dn, f"guess {guess}")
        assert await tries(radiusd, name, PASSWORD, "x") == ["the account is locked"] * 2
        domain.unlock(dn)
        assert await signs_in(radiusd, name, PASSWORD)


async def test_who_is_locked_out_is_in_the_list_with_the_time_and_can_be_let_in_by_name(domain, user, tmp_path):
    """X49: `radiusd block list` and `radiusd block remove NAME`; the directory counts on, and one try is given."""
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        await tries(radiusd, name, *"abcd")
        (block,) = await listed(radiusd, name)
        why = "3 wrong passwords within 30 minutes; corp locks the account at 5; stations signed in from before have one more try"
        assert (block.reason, block.scope, block.created_by) == (why, "lockout", "")
        assert 29 * 60 < block.until - time.time() <= 30 * 60
        assert not await signs_in(radiusd, name, PASSWORD)
        await radiusd.server.store.write(lambda connection: removed(connection, name))
        assert await tries(radiusd, name, "e", PASSWORD) == ["password wrong", refusal(4)]
        assert await listed(radiusd, name)
        await radiusd.server.store.write(lambda connection: removed(connection, name))
        assert await signs_in(radiusd, name, PASSWORD)
        assert count(domain, dn) == 0
        assert await listed(radiusd, name, are=0) == []


async def test_who_is_locked_out_by_the_desk_alone_is_in_the_list(domain, user, tmp_path):
    name, dn = user
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        for guess in "abcd":
            domain.bind(dn, guess)
        assert await tries(radiusd, name, PASSWORD) == [refusal(4)]
        (block,) = await listed(radiusd, name)
        assert block.reason == "4 wrong passwords within 30 minutes; corp locks the account at 5"
        # It ends by itself: seen at the next try, whatever becomes of that.
        assert domain.bind(dn, PASSWORD) == ""
        assert await tries(radiusd, name, "e") == ["password wrong"]
        assert await listed(radiusd, name, are=0) == []


async def test_the_list_keeps_nobody_out_and_ends_nothing_that_was_approved(domain, user, tmp_path):
    """The station that the user is known from has its try; and what is in the list is no block."""
    name, _dn = user
    async with running(tmp_path, yaml_of(domain, blocking="{failed_attempts: 50}")) as radiusd:
        assert await signs_in(radiusd, name, PASSWORD, "home")
        await tries(radiusd, name, *"abcd")
        assert await listed(radiusd, name)
        assert await signs_in(radiusd, name, PASSWORD, "home")
        assert await signs_in(radiusd, name, PASSWORD, "far")


async def test_a_restart_shows_a_wrong_password_once_more_and_reckons_with_it(domain, user, tmp_path):
    """X9, X48: nothing that could be guessed at is kept on the disk."""
    name, dn = user
    for times in (1, 2, 3, 3):
        async with running(tmp_path, yaml_of(domain)) as radiusd:
            await tries(radiusd, name, *["old one"] * 3)
            assert count(domain, dn) == times


@pytest.mark.parametrize("lockout", ["null", "{threshold: 20, window: 30m}"])
async def test_what_is_written_in_the_settings_is_the_rule(domain, user, tmp_path, lockout):
    """Then the account is locked: who writes it, must know."""
    name, _dn = user
    async with running(tmp_path, yaml_of(domain, lockout=lockout)) as radiusd:
        await tries(radiusd, name, *"abcdefg")
        assert await tries(radiusd, name, PASSWORD) == ["the account is locked"]


@pytest.mark.parametrize(("name", "shown"), [("strict-too", STRICT_THRESHOLD - 2), ("never-locked", 8)])
async def test_the_rule_of_a_password_settings_object_that_may_be_read(domain, tmp_path, name, shown):
    """Nobody is refused for nothing where it locks nobody."""
    dn = domain.dn(name)
    assert domain.bind(dn, PASSWORD) == ""
    text = yaml_of(domain).replace(READER, "CN=Administrator,CN=Users,DC=corp,DC=example,DC=com")
    async with running(tmp_path, text.replace(READER_PASSWORD, ADMINISTRATOR_PASSWORD)) as radiusd:
        reasons = await tries(radiusd, name, *"abcdefgh")
        assert reasons.count("password wrong") == shown


async def test_two_nodes_together_stop_short_of_the_threshold(domain, user, tmp_path, postgres_server):
    name, dn = user
    text = yaml_of(domain)
    async with nodes(tmp_path, postgres_server, text) as found:
        both = [each.radiusd for each in found]
        await asyncio.gather(*(tries(both[n % 2], name, "old one", station=f"{n}") for n in range(8)))
        assert count(domain, dn) == 2  # one at each
        await asyncio.gather(*(tries(both[n % 2], name, f"guess {n}", station=f"{n}") for n in range(10)))
        assert count(domain, dn) == THRESHOLD - 2


async def listed(radiusd, name, *, are=1):
    """The user's blocks, once there are so many."""
    while True:
        found = await radiusd.server.store.read(lambda connection: blocks.active(connection, time.time()))
        found = [block for block in found if block.user_name == name]
        if len(found) == are:
            return found
        await asyncio.sleep(0.02)


def refusal(counted):
    return f"corp was not asked: {counted} wrong passwords within 30 minutes, and it locks the account at {THRESHOLD}"


def removed(connection, name):
    now = time.time()
    blocks.remove(connection, Administrator("ops", "command line"), blocks.of(connection, name, now), now)


STATES = {
    "normal": ("accept", ""),
    "disabled": ("reject", "the user is disabled"),
    "account-expired": ("reject", "the user's account has expired"),
    "must-change": ("reject", "the password must be changed first"),
    "password-expired": ("reject", "the password has expired"),
    "no-hours": ("reject", "the account may not sign in at this time"),
    "workstation": ("reject", "the account may not sign in from here"),
    "smartcard": ("reject", "the account may sign in with a smart card only"),
    "passwordless": ("reject", "password wrong"),
    "nobody": ("reject", "no such user"),
}


async def test_every_state_of_an_account_is_told_as_what_it_is(domain, user, tmp_path):
    """X54: after the right password, and nothing of it counts but a wrong one."""
    name, dn = user
    for guess in range(THRESHOLD):
        domain.bind(dn, f"guess {guess}")
    async with running(tmp_path, yaml_of(domain)) as radiusd:
        assert await tries(radiusd, name, PASSWORD, "") == ["the account is locked", "the password is empty"]
        domain.change(dn, userAccountControl=514)
        assert await tries(radiusd, name, PASSWORD) == ["the user is disabled"]
        told = {}
        for name in STATES:
            await radiusd.nas().asks(User_Name=name, User_Password=PASSWORD, Calling_Station_Id="far")
            row = await radiusd.last()
            told[name] = (row.outcome, row.reason)
        assert {
            name: (outcome, reason if outcome == "reject" else "") for name, (outcome, reason) in told.items()
        } == STATES
        failed = await radiusd.server.store.read(lambda connection: users_with_failures(connection, 0.0))
        assert len(failed) == 1
