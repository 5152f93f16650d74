"""All groups of a user, nested ones and Active Directory's primary group included."""

from __future__ import annotations

import pytest

from radiusd.directories import Down, ldap_groups
from radiusd.directories.ldap_entries import sid_text
from tests.directories.ldap_directories import ldap
from tests.servers.slapd import GROUPS, slapd

MEMBERSHIPS = frozenset({"memberships"})
ODD = "Ömer\\2C \\2B1"  # as slapd writes it
DOMAIN = bytes.fromhex("010500000000000515000000" + "01000000" + "02000000" + "03000000")


def dn(cn):
    return f"cn={cn},{GROUPS}"


@pytest.fixture(scope="module")
def server():
    """ann: staff in all in world; a and b hold each other; posix by memberUid; unique by uniqueMember."""
    with slapd() as server:
        ann = server.user("ann", objectSid=DOMAIN + (1105).to_bytes(4, "little"), primaryGroupID="513")
        bob = server.user("bob", memberships=[dn("named"), dn(ODD)])
        server.user("cid")
        eve = server.user("eve")
        server.group("staff", ann)
        server.group("all", dn("staff"))
        server.group("world", dn("all"))
        server.group("posix", memberUid=["ann"])
        server.group("unique", uniqueMember=[ann])
        server.group("domain users", objectSid=DOMAIN + (513).to_bytes(4, "little"))
        server.group("above domain users", dn("domain users"))
        server.group("others", bob, uniqueMember=[bob])
        server.group("named")
        server.group("above named", dn("named"))
        server.group("a", eve, dn("b"))
        server.group("b", dn("a"), dn("b"))
        yield server


async def test_groups_one_by_one(server):
    async with ldap(server.url, wanted=MEMBERSHIPS) as corp:
        assert await corp.groups("ann") == {
            dn(cn) for cn in ("staff", "all", "world", "posix", "unique", "domain users", "above domain users")
        }
        assert await corp.groups("cid") == set()


async def test_groups_that_the_entry_names_are_looked_up_too(server):
    async with ldap(server.url, wanted=MEMBERSHIPS) as corp:
        bob = await corp.entry("bob")
    assert bob.attributes["memberships"][:2] == (dn("named"), dn(ODD))
    assert set(bob.attributes["memberships"][2:]) == {dn("others"), dn("above named")}


async def test_groups_in_a_circle(server):
    async with ldap(server.url, wanted=MEMBERSHIPS) as corp:
        assert await corp.groups("eve") == {dn("a"), dn("b")}


async def test_only_what_the_entry_names(server):
    async with ldap(server.url, wanted=MEMBERSHIPS, nested_groups="none") as corp:
        assert await corp.groups("bob") == {dn("named"), dn(ODD)}
        assert await corp.groups("ann") == set()


async def test_no_rule_no_search(server):
    async with ldap(server.url) as corp:
        assert "memberships" not in (await corp.entry("bob")).attributes


async def test_groups_that_cannot_be_searched_are_an_outage(server):
    async with ldap(server.url, wanted=MEMBERSHIPS, group_base_dn="ou=nowhere,dc=example,dc=org") as corp:
        assert isinstance(await corp.find("ann"), Down)
        assert await corp.find("nobody") is None


async def test_more_groups_than_are_looked_at_are_an_outage(server, monkeypatch):
    """Left out, a group could not be matched by the rule that asks more of its members."""
    monkeypatch.setattr(ldap_groups, "MOST", 3)
    async with ldap(server.url, wanted=MEMBERSHIPS) as corp:
        assert isinstance(await corp.find("ann"), Down)
        assert await corp.groups("eve") == {dn("a"), dn("b")}


async def test_a_ladder_without_end_is_an_outage(server, monkeypatch):
    monkeypatch.setattr(ldap_groups, "LEVELS", 2)
    async with ldap(server.url, wanted=MEMBERSHIPS) as corp:
        assert isinstance(await corp.find("ann"), Down)
        assert await corp.groups("cid") == set()


async def test_many_groups_in_few_searches(server):
    """45 groups around one user, each in one of its own: more than go into one search."""
    user = server.user("many")
    made = [server.group(f"below {number}", user) for number in range(45)]
    made += [server.group(f"above {number}", made[number]) for number in range(45)]
    try:
        async with ldap(server.url, wanted=MEMBERSHIPS) as corp:
            assert await corp.groups("many") == set(made)
    finally:
        for each in (user, *made):
            server.remove(each)


def test_sid_as_text():
    assert sid_text(DOMAIN + (513).to_bytes(4, "little")) == "S-1-5-21-1-2-3-513"
    assert sid_text(DOMAIN) == ""
    assert sid_text(b"") == ""
