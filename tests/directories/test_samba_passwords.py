"""Passwords of a domain of Samba that have expired or must be changed: they are changed as the service account, and the
change is the user's own all the same (a wrong old one counts; the history and the domain's rules hold).
"""

from __future__ import annotations

import uuid

import pytest

from radiusd.directories import Changed, MustChange, Right, Unfit, Wrong
from tests.directories.test_samba import corp
from tests.servers.samba import BASE, PASSWORD

NEW = "Rose-2026"
MUST, EXPIRED = MustChange("the password must be changed first"), MustChange("the password has expired")


@pytest.fixture
def user(domain):
    """A user of the test alone, whose password must be changed: name and DN."""
    name = f"user-{uuid.uuid4().hex[:12]}"
    return name, domain.user(name, pwdLastSet="0")


def changing(domain, **changes):
    return corp(domain, change_password=True, **changes)


async def test_it_is_changed_and_counts_as_the_user_s_own(domain, user):
    name, dn = user
    async with changing(domain) as directory:
        entry = await directory.entry(name)
        assert await directory.check(entry, PASSWORD) == MUST
        assert await directory.check(entry, "not it") == Wrong("password wrong")
        assert await directory.change_password(entry, PASSWORD, NEW) == Changed()
        assert await directory.check(entry, NEW) == Right()
        assert (await directory.entry(name)).credential not in ("", "0", entry.credential)
    # An administrator's replacement would have left pwdLastSet as it was, or let the history be.
    assert domain.number(dn, "pwdLastSet") > 0


async def test_a_password_that_has_expired(domain):
    async with changing(domain) as directory:
        entry = await directory.entry("password-expired-too")
        assert await directory.check(entry, PASSWORD) == EXPIRED
        assert await directory.change_password(entry, PASSWORD, NEW) == Changed()
        assert await directory.check(entry, NEW) == Right()


async def test_an_old_password_that_is_not_right_counts_in_the_domain_and_changes_nothing(domain, user):
    name, dn = user
    async with changing(domain) as directory:
        entry = await directory.entry(name)
        told = await directory.change_password(entry, "not it", NEW)
        assert told == Wrong("the password is not the one any more that was proved", counted=False)
        assert domain.number(dn, "badPwdCount") == 1
        assert await directory.check(entry, PASSWORD) == MUST


async def test_what_the_domain_does_not_take_is_told_with_all_its_rules(domain, user):
    """The server's code is one for all of them."""
    name, _dn = user
    async with changing(domain) as directory:
        told = await directory.change_password(await directory.entry(name), PASSWORD, PASSWORD)
        assert isinstance(told, Unfit), told
        assert told.rules == (("password_rule_history", domain.number(BASE, "pwdHistoryLength")),)
        assert told.told.startswith("constraintViolation: 0000052D")


async def test_without_the_key_and_without_an_account_of_our_own_it_is_refused_as_before(domain, user):
    name, _dn = user
    refused = Wrong("the password must be changed first", counted=False)
    async with corp(domain) as directory:
        entry = await directory.entry(name)
        assert await directory.check(entry, PASSWORD) == refused
    async with changing(domain) as directory:
        directory.directory._passwords._has_account = False
        assert await directory.check(entry, PASSWORD) == refused


async def test_a_lost_answer_is_looked_for_in_the_entry(domain, user, monkeypatch):
    """The change was made, and the connection was lost before its answer: nobody asks for it again with the old password."""
    name, dn = user
    async with changing(domain) as directory:
        entry = await directory.entry(name)
        server = directory.directory._servers[0]
        once = server.once

        async def lost(operation, until):
            await once(operation, until)
            raise TimeoutError

        monkeypatch.setattr(server, "once", lost)
        assert await directory.change_password(entry, PASSWORD, NEW) == Changed()
        assert domain.number(dn, "badPwdCount") == 0
        assert await directory.check(entry, NEW) == Right()
