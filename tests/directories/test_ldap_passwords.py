"""Passwords that must be changed, as slapd's ppolicy tells of them, and how they are changed there (RFC 3062)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.directories import Changed, Down, MustChange, Right, Unfit, Wrong, ldap_policy
from tests.directories.ldap_directories import ldap
from tests.servers.slapd import PPOLICY, directory_server, slapd

__all__ = ["directory_server"]

OLD, NEW = "tulip-2025", "rose-2026!"
EXPIRED, MUST = "the password has expired", "the password must be changed first"


@pytest.fixture(scope="module")
def server():
    """Two seconds are the life of a password under `default`; under `reset` it has none."""
    with slapd(overlays=PPOLICY, own_passwords=True) as server:
        server.policies(
            default={"pwdMaxAge": "1"},
            grace={"pwdMaxAge": "1", "pwdGraceAuthNLimit": "3"},
            last={"pwdMaxAge": "1", "pwdGraceAuthNLimit": "1"},
            reset={"pwdInHistory": "3", "pwdMinLength": "8", "pwdCheckQuality": "2", "pwdSafeModify": "TRUE"},
            locks={"pwdLockout": "TRUE", "pwdMaxFailure": "1"},
        )
        for name in ("default", "grace", "last"):
            server.user(f"of-{name}", OLD, **server.under(name))
        changed = time.time()
        while time.time() < changed + 2.5:  # slapd's own clock has whole seconds
            time.sleep(0.05)
        yield server


def reset(server, name, policy="reset"):
    dn = server.user(name, OLD, **server.under(policy))
    server.change(dn, pwdReset="TRUE")
    return dn


def corp(server, *, change_password=True):
    return ldap(server.tls_url, ca_file=server.ca_file, change_password=change_password)


async def test_a_password_that_has_expired_is_no_wrong_one(server):
    """Without the control slapd says `invalidCredentials` of both. Nobody may change it who can not bind."""
    async with corp(server) as directory:
        user = await directory.entry("of-default")
        assert await directory.check(user, OLD) == Wrong(EXPIRED, counted=False)
        assert await directory.check(user, "not it") == Wrong("password wrong")


async def test_while_the_policy_lets_it_in_some_more_times_it_is_changed(server):
    async with corp(server) as directory:
        user = await directory.entry("of-grace")
        assert await directory.check(user, OLD) == MustChange(EXPIRED, grace=True)
        assert await directory.check(user, "not it") == Wrong("password wrong")
        assert await directory.change_password(user, OLD, NEW) == Changed()
        assert await directory.check(user, NEW) == Right()
        assert await directory.check(user, OLD) == Wrong("password wrong")


async def test_the_last_time_it_is_let_in_is_not_used_up_by_a_change_that_would_need_another(server):
    async with corp(server) as directory:
        assert await directory.check(await directory.entry("of-last"), OLD) == Right()


async def test_one_that_an_administrator_has_set_lets_nobody_in(server):
    """slapd takes the bind, and lets its owner do nothing but change it."""
    reset(server, "reset")
    async with corp(server, change_password=False) as directory:
        assert await directory.check(await directory.entry("reset"), OLD) == Wrong(MUST, counted=False)
    async with corp(server) as directory:
        user = await directory.entry("reset")
        assert await directory.check(user, OLD) == MustChange(MUST)
        assert await directory.change_password(user, OLD, NEW) == Changed()
        assert await directory.check(user, NEW) == Right()


async def test_what_the_policy_does_not_take_is_told_in_its_words(server):
    reset(server, "picky")
    async with corp(server) as directory:
        user = await directory.entry("picky")
        for unfit, key in (("short", "password_shorter"), (OLD, "password_used_before")):
            told = await directory.change_password(user, OLD, unfit)
            assert isinstance(told, Unfit), told
            assert told.rules == ((key, 0),)
        assert await directory.check(user, OLD) == MustChange(MUST)


async def test_an_old_one_that_is_not_right_any_more_changes_nothing(server):
    reset(server, "raced")
    async with corp(server) as directory:
        user = await directory.entry("raced")
        refused = await directory.change_password(user, "not it", NEW)
        assert refused == Wrong("the password is not the one any more that was proved", counted=False)
        assert await directory.check(user, OLD) == MustChange(MUST)


async def test_where_users_may_not_write_their_password_it_says_so(tmp_path):
    with slapd(overlays=PPOLICY) as server:
        server.policies(reset={})
        reset(server, "ann")
        async with corp(server) as directory:
            told = await directory.change_password(await directory.entry("ann"), OLD, NEW)
            assert isinstance(told, Wrong)
            assert told.reason.startswith("the directory does not let the user change the password: unwillingToPerform")


async def test_a_server_that_is_gone_changes_nothing_and_says_so(directory_server):
    directory_server.user("ann", OLD)
    async with corp(directory_server) as directory:
        user = await directory.entry("ann")
        directory_server.stop()
        assert isinstance(await directory.change_password(user, OLD, NEW), Down)


@given(st.binary(max_size=300))
def test_whatever_a_control_says_is_read_or_taken_for_nothing(value):
    policy = ldap_policy.read(value)
    assert policy == ldap_policy.SILENT or value[:1] == b"\x30"
