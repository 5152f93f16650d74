"""How users and groups of Active Directory are looked up, by a real Samba and the defaults."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import NamedTuple

import pytest

from config.secret import Secret
from radiusd.directories import Missing, Right
from tests.directories.ldap_directories import ldap
from tests.servers.samba import BASE, PASSWORD, PEOPLE, READER, READER_PASSWORD, THRESHOLD

SETTINGS = {
    "bind_dn": READER, "bind_password": Secret(READER_PASSWORD), "base_dn": PEOPLE, "group_base_dn": None,
    "user_filter": "(&(objectClass=person)(sAMAccountName={username}))", "attributes": {},
}  # fmt: skip
MEMBER_OF = frozenset({"memberOf"})


def corp(domain, **changes):
    return ldap(domain.url, ca_file=domain.ca_file, **SETTINGS | changes)


class Nested(NamedTuple):
    name: str
    groups: list[str]


@pytest.fixture
def nested(domain):
    """A user in a group in a group, and in two groups that hold each other; all processes share the domain."""
    name = f"nested-{uuid.uuid4().hex[:8]}"
    user = domain.user(name)
    made = [user, low := domain.group(f"{name}-low", user), domain.group(f"{name}-high", low)]
    made += [ring := domain.group(f"{name}-ring", user), back := domain.group(f"{name}-back", ring)]
    domain.change(ring, member=[user, back])
    yield Nested(name, made[1:])
    for dn in reversed(made):
        domain.remove(dn)


@pytest.mark.parametrize("how", ["auto", "search", "in_chain"])
async def test_groups_in_groups_and_the_primary_one(domain, nested, how):
    """X51: all three find the same groups below the same base, but for BUILTIN's and Domain Users by `auto` alone."""
    async with corp(domain, wanted=MEMBER_OF, nested_groups=how, group_base_dn=BASE) as directory:
        groups = set((await directory.entry(nested.name)).attributes["memberof"])
    assert groups >= {*nested.groups, f"CN=Domain Users,CN=Users,{BASE}", f"CN=Users,CN=Builtin,{BASE}"}


@pytest.mark.parametrize("how", ["auto", "in_chain"])
async def test_many_at_once_are_no_outage(domain, nested, how):
    """X51: five at once took the directory for dead."""
    async with corp(domain, wanted=MEMBER_OF, nested_groups=how, group_base_dn=BASE) as directory:
        found = await asyncio.gather(*(directory.entry(nested.name) for _ in range(20)))
        assert {entry.attributes["memberof"] for entry in found} == {found[0].attributes["memberof"]}
        assert directory.directory.down_since() is None


async def test_the_defaults_fit_active_directory(domain, nested):
    """X52, and groups outside of `base_dn` are found without `group_base_dn`."""
    async with corp(domain, wanted=MEMBER_OF) as directory:
        entry = await directory.entry(nested.name)
        assert len(entry.unique_id) == 36
        assert {*nested.groups} <= set(entry.attributes["memberof"])
        assert entry.attributes["memberof"].count(nested.groups[0]) == 1


async def test_a_manager_of_another_domain(domain):
    """X55: answered with a referral, or as unknown; never an outage."""
    async with corp(domain) as directory:
        user = await directory.entry("normal")
        for dn in ("CN=Chief,DC=emea,DC=example,DC=com", f"CN=nobody,{PEOPLE}"):
            odd = type(user)("corp", "x", "x", manager=dn)
            answer = await directory.directory.manager(odd, directory.until())
            assert isinstance(answer, Missing)
            assert dn in answer.reason


@pytest.mark.parametrize(
    "name",
    ["normal", "must-change", "password-expired", "no-hours", "workstation", "smartcard", "locked-by-us"],
)
async def test_what_the_directory_shows_is_what_it_says_of_a_right_password(domain, name):
    """X57: told before anybody types one."""
    dn = ""
    if name == "locked-by-us":
        name = f"locked-{uuid.uuid4().hex[:8]}"
        dn = domain.user(name)
        for number in range(THRESHOLD):
            domain.bind(dn, f"wrong {number}")
    try:
        async with corp(domain) as directory:
            entry = await directory.entry(name)
            shown = await directory.directory.refusal(entry, time.time(), directory.until())
            said = await directory.check(entry, PASSWORD)
            assert shown == ("" if isinstance(said, Right) else said.reason)
            assert (shown == "") is (name == "normal")
    finally:
        if dn:
            domain.remove(dn)
