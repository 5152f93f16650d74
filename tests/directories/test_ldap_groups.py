"""All groups of a user, nested ones and Active Directory's primary group included."""

from __future__ import annotations

import pytest

from radiusd.directories import Down, ldap_groups
from radiusd.directories.ldap_entries import sid_text
from tests.directories.ldap_directories import ldap
from tests.directories.ldap_responder import DONE, Responder, entry, responding, result
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


@pytest.mark.parametrize("nested", ["search", "auto"])
async def test_groups_one_by_one(server, nested):
    """`auto` too where the directory has no tokenGroups."""
    async with ldap(server.url, wanted=MEMBERSHIPS, nested_groups=nested) as corp:
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


SIDS = [DOMAIN + number.to_bytes(4, "little") for number in (513, 1106, 1107)]
DNS = [f"CN={name},CN=Users,DC=corp,DC=example" for name in ("Domain Users", "staff", "all")]
OTHER = "CN=mailing list,OU=lists,DC=corp,DC=example"


def active_directory(token_groups=SIDS):
    """ann, whose groups it counts itself; a list without a SID is in the entry alone."""
    ann = "CN=ann,OU=people,DC=corp,DC=example"
    about = {"objectGUID": [b"0" * 16], "objectSid": [DOMAIN + (1105).to_bytes(4, "little")],
             "memberships": [DNS[1].upper().encode(), OTHER.encode()]}  # fmt: skip

    def on_search(base, text):
        if base == ann:
            return [entry(ann, tokenGroups=token_groups), result(DONE, 0)]
        if "(sAMAccountName=" in text:
            return [entry(ann, **about), result(DONE, 0)]
        asked.append((base, text.count("(objectsid=")))
        return [*(entry(dn) for dn in DNS), result(DONE, 0)]

    asked = []
    return Responder(on_search=on_search), asked


async def test_groups_that_active_directory_counts_itself():
    """X51: its own list of them, and one search for their names, in the whole domain."""
    peer, asked = active_directory()
    settings = {"base_dn": "OU=people,DC=corp,DC=example", "user_filter": "(sAMAccountName={username})"}
    async with responding(peer), ldap(peer.url, wanted=MEMBERSHIPS, group_base_dn=None, **settings) as corp:
        ann = await corp.entry("ann")
        assert ann.attributes["memberships"] == (DNS[1].upper(), OTHER, DNS[0], DNS[2])
        assert ann.unique_id == "30303030-3030-3030-3030-303030303030"
    assert asked == [("DC=corp,DC=example", 3)]


async def test_more_groups_than_fit_into_one_search():
    peer, asked = active_directory([DOMAIN + number.to_bytes(4, "little") for number in range(250)])
    settings = {"base_dn": "OU=people,DC=corp,DC=example", "user_filter": "(sAMAccountName={username})"}
    async with (
        responding(peer),
        ldap(peer.url, wanted=MEMBERSHIPS, group_base_dn="OU=groups,DC=corp", **settings) as corp,
    ):
        await corp.entry("ann")
    assert asked == [("OU=groups,DC=corp", 100), ("OU=groups,DC=corp", 100), ("OU=groups,DC=corp", 50)]


@pytest.mark.parametrize(
    ("dn", "domain"),
    [
        ("OU=people,DC=corp,DC=example", "DC=corp,DC=example"),
        ("ou=a\\,dc=b, dc=corp, dc=example", "dc=corp, dc=example"),
        ("dc=example", "dc=example"),
        ("ou=people,o=example", "ou=people,o=example"),
    ],
)
def test_the_domain_of_a_dn(dn, domain):
    assert ldap_groups.domain_of(dn) == domain


def test_sid_as_text():
    assert sid_text(DOMAIN + (513).to_bytes(4, "little")) == "S-1-5-21-1-2-3-513"
    assert sid_text(DOMAIN) == ""
    assert sid_text(b"") == ""
