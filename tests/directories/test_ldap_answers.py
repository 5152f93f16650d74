"""What servers answer that is neither yes nor no, by a peer that answers as told."""

from __future__ import annotations

import asyncio

import pytest

from radiusd.directories import Down, Right, Wrong, ldap_server
from radiusd.directories.ldap_messages import message, tlv
from tests.directories.ldap_directories import ldap, until
from tests.directories.ldap_responder import BIND, DONE, Responder, entry, responding, result
from tests.servers.slapd import PEOPLE

ANN = f"CN=ann,{PEOPLE}"
ID = b"6f2cf2d0-0000-0000-0000-000000000000"
DOMAIN = bytes.fromhex("010500000000000515000000" + "01000000" + "02000000" + "03000000")
FOUND = [entry(ANN, entryUUID=[ID]), result(DONE, 0)]


def ann_is_found(_base, _filter):
    return FOUND


def active_directory(data):
    return f"80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data {data}, v4563\0"


@pytest.mark.parametrize(
    ("code", "text", "judged"),
    [
        (0, "", Right()),
        (49, "", Wrong("password wrong")),
        (49, active_directory("52e"), Wrong("password wrong")),
        (49, active_directory("775"), Wrong("the account is locked", counted=False)),
        (49, active_directory("532"), Wrong("the password has expired", counted=False)),
        (49, active_directory("533"), Wrong("the account is disabled", counted=False)),
        (49, active_directory("701"), Wrong("the account has expired", counted=False)),
        (49, active_directory("773"), Wrong("the password must be changed first", counted=False)),
        (49, "Invalid Credentials", Wrong("password wrong")),
        (
            49,
            active_directory("fff"),
            Wrong(
                f"the directory refuses the account: invalidCredentials: {active_directory('fff')[:-1]}", counted=False
            ),
        ),
        (53, "Account inactivated", Wrong("the directory refuses the account: Account inactivated", counted=False)),
        (19, "Too\n often", Wrong("the directory refuses further attempts: Too often", counted=False)),
        (32, "", Wrong("the account is gone", counted=False)),
        (51, "", "busy"),
        (52, "", "unavailable"),
        (80, "", "other"),
        (
            8,
            "TLS, please",
            "strongerAuthRequired: TLS, please; it takes no password without TLS: write ldaps:// in `urls`, or `start_tls: true`",
        ),
        (
            13,
            "",
            "confidentialityRequired; it takes no password without TLS: write ldaps:// in `urls`, or `start_tls: true`",
        ),
        (10, "", "referral"),
        (14, "", "saslBindInProgress"),
        (99, "", "99"),
    ],
)
async def test_what_a_bind_may_be_answered(code, text, judged):
    async with (
        responding(Responder(lambda *_: [result(BIND, code, text)], ann_is_found)) as peer,
        ldap(peer.url) as corp,
    ):
        verdict = await corp.check(await corp.entry("ann"), "tulip")
    if isinstance(judged, str):
        assert isinstance(verdict, Down)
        assert verdict.component == "corp"
        assert verdict.cause.endswith(judged)
        assert "tulip" not in repr(verdict)
    else:
        assert verdict == judged


async def test_a_busy_server_is_passed_over():
    busy = Responder(lambda *_: [result(BIND, 51)], lambda *_: [result(DONE, 52)])
    other = Responder(on_search=ann_is_found)
    async with responding(busy), responding(other), ldap(busy.url, other.url) as corp:
        await until(lambda: corp.directory._servers[0].state == "up")
        assert await corp.signs_in("ann", "tulip")
    assert [kind for kind, *_ in busy.heard] == ["search", "bind"]
    assert [kind for kind, *_ in other.heard] == ["search", "bind"]


@pytest.mark.parametrize("code", [1, 3, 10, 11, 32, 50, 53, 99])
async def test_a_search_without_success_is_an_outage_and_no_unknown_user(code):
    async with responding(Responder(on_search=lambda *_: [result(DONE, code)])) as peer, ldap(peer.url) as corp:
        assert isinstance(await corp.find("ann"), Down)


async def test_more_than_asked_for_is_nobody():
    async with (
        responding(Responder(on_search=lambda *_: [*FOUND[:1], result(DONE, 4)])) as peer,
        ldap(peer.url) as corp,
    ):
        assert await corp.find("ann") is None


@pytest.mark.parametrize("garbage", [b"!GET / HTTP/1.1\r\n\r\n", b"!\x30\x01\x02"])
async def test_garbage_is_an_outage(garbage):
    async with responding(Responder(on_search=lambda *_: [garbage])) as peer, ldap(peer.url) as corp:
        assert isinstance(await corp.find("ann"), Down)


async def test_groups_by_the_rule_of_active_directory():
    """The chain is the server's to follow; the primary group is in no `member` and begins a chain of its own."""
    sid = DOMAIN + (1105).to_bytes(4, "little")

    def search(_base, text):
        if text.startswith("(objectSid="):
            return [entry("CN=Domain Users"), result(DONE, 0)]
        if ":1.2.840.113556.1.4.1941:" in text:
            return [entry("CN=Staff"), entry("CN=All"), result(DONE, 0)]
        return [
            entry(ANN, entryUUID=[ID], objectSid=[sid], primaryGroupID=[b"513"], memberships=[b"CN=Staff"]),
            result(DONE, 0),
        ]

    chained = {"nested_groups": "in_chain", "wanted": frozenset({"memberships"})}
    async with responding(Responder(on_search=search)) as peer, ldap(peer.url, **chained) as corp:
        ann = await corp.entry("ann")
    assert ann.attributes["memberships"] == ("CN=Staff", "CN=Domain Users", "CN=All")
    assert ann.attributes["objectsid"] == ("S-1-5-21-1-2-3-1105",)
    chain = "member:1.2.840.113556.1.4.1941:="
    assert peer.heard[-1] == ("search", f"(|({chain}{ANN})({chain}CN=Domain Users))")


async def test_a_bind_without_an_answer_leaves_no_connection_to_the_next_user():
    """What the first bind would be answered late must never be taken for the second one's answer."""
    slow = []

    def bind(_name, password):
        slow.append(password)
        return None if password == "slow" else [result(BIND, 49)]

    async with responding(Responder(bind, ann_is_found)) as peer, ldap(peer.url) as corp:
        ann = await corp.entry("ann")
        assert await corp.check(ann, "slow", 0.1) == Down("corp", f"{peer.url}: no answer in time")
        assert await corp.check(ann, "next") == Wrong("password wrong")
        (only,) = corp.directory._servers
        assert len(only._idle) == 1
        assert len(only._binding) == 1


async def test_binds_beyond_the_most_wait_and_are_overload_when_their_time_is_over(monkeypatch):
    waiting = Responder(lambda *_: None, ann_is_found)
    monkeypatch.setattr(ldap_server, "BINDS", 2)
    async with responding(waiting) as peer, ldap(peer.url) as corp:
        ann = await corp.entry("ann")
        judged = await asyncio.gather(*(corp.check(ann, "tulip", 0.3) for _ in range(3)))
    assert sorted(down.overload for down in judged) == [False, False, True]
    assert len(waiting.heard) == 3  # a search and two binds


async def test_the_notice_before_a_server_leaves_is_nobodys_answer():
    """Its number is 0 (RFC 4511 section 4.4.1)."""
    notice = b"!" + message(0, tlv(0x78, b"\x0a\x01\x34" + tlv(4, b"") + tlv(4, b"")))
    async with responding(Responder(on_search=lambda *_: [notice, *FOUND])) as peer, ldap(peer.url) as corp:
        assert await corp.signs_in("ann", "tulip")
