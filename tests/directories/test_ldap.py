"""Users in a real slapd: looking them up and judging their passwords."""

from __future__ import annotations

import asyncio
import unicodedata
import uuid
from datetime import timedelta
from ipaddress import IPv4Address

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from radiusd.directories import Down, Missing, Right, Wrong
from radiusd.directories.ldap import Ldap
from radiusd.directories.ldap_options import LdapAttributes, Lockout, UserNames
from tests.directories.ldap_directories import ldap, options
from tests.directories.ldap_responder import DONE, Responder, entry, responding, result
from tests.servers.slapd import PEOPLE, slapd

WRONG = Wrong("password wrong")
TURKISH = "güneş çiçeği İı"


@pytest.fixture(scope="module")
def server():
    with slapd() as server:
        server.user("ann", mail=["ann@example.org", "a@example.org"], mobile="+905554443322", displayName="Ann Lee",
                    preferredLanguage="tr", manager=f"cn=Lee\\, Jo #1 \\2B \\22x\\22,{PEOPLE}")  # fmt: skip
        server.user("jo", cn='Lee, Jo #1 + "x"', mail="jo@example.org", mobile="+905550000001")
        server.user("bob", "rose", manager=f"uid=nobody,{PEOPLE}", departmentNumber=["7", "IT"])
        server.user("star*", "star")
        server.user("ümit", TURKISH, cn="Ümit Tınaz", displayName="Ümit Tınaz")
        server.user("İsmail")
        server.user("twin", cn="twin one")
        server.user("twin", cn="twin two")
        server.add(f"cn=elsewhere,{PEOPLE}", ["referral", "extensibleObject"], {"ref": "ldap://127.0.0.1:9/dc=example"})
        yield server


async def test_an_entry_has_what_the_directory_knows(server):
    async with ldap(server.url, wanted=frozenset({"UID", "cn"})) as corp:
        ann = await corp.entry("ann")
    assert (ann.directory, ann.username, ann.display_name) == ("corp", "ann", "Ann Lee")
    assert (ann.mail, ann.mobile, ann.language) == ("ann@example.org", "+905554443322", "tr")
    assert ann.handle == f"uid=ann,{PEOPLE}"
    assert ann.unique_id == str(uuid.UUID(ann.unique_id))
    assert ann.attributes["mail"] == ("ann@example.org", "a@example.org")
    assert ann.attributes["uid"] == ann.attributes["cn"] == ("ann",)


async def test_only_what_is_used_is_asked_for(server):
    async with ldap(server.url, lockout=None) as corp:
        bob = await corp.entry("bob")
    assert set(bob.attributes) == {"entryuuid", "manager", "uid"}
    async with ldap(server.url, wanted=frozenset({"departmentNumber"})) as corp:
        assert (await corp.entry("bob")).attributes["departmentnumber"] == ("7", "IT")


async def test_password(server):
    async with ldap(server.url) as corp:
        ann, bob = await corp.entry("ann"), await corp.entry("bob")
        assert await corp.check(ann, "tulip") == Right()
        assert await corp.check(ann, "Tulip") == WRONG
        assert await corp.check(ann, "rose") == WRONG
        assert await corp.check(bob, "rose") == Right()
        assert await corp.check(ann, "tulip") == Right()


async def test_a_directory_gets_the_octets_that_were_typed(server):
    """X58: it compares as it stores. Another form is another attempt, which is not its own to make (login/judging)."""
    apart = unicodedata.normalize("NFD", TURKISH)
    dn = server.user("apart", apart)
    try:
        async with ldap(server.url) as corp:
            umit, other = await corp.entry("ümit"), await corp.entry("apart")
            assert (await corp.check(umit, TURKISH), await corp.check(umit, apart)) == (Right(), WRONG)
            assert (await corp.check(other, TURKISH), await corp.check(other, apart)) == (WRONG, Right())
    finally:
        server.remove(dn)


async def test_an_empty_password_is_never_sent(server):
    """slapd as it comes would refuse it; other servers say success, as nobody (RFC 4513 section 5.1.2)."""
    async with ldap(server.url) as corp:
        ann = await corp.entry("ann")
        assert await corp.check(ann, "") == Wrong("the password is empty", counted=False)
        assert await corp.check(ann, "\0") == WRONG
        assert await corp.check(ann, "\0tulip") == WRONG
        assert await corp.check(ann, "tulip\0") == WRONG
        assert await corp.check(ann, "\ud800") == WRONG


async def test_a_bind_as_nobody_is_never_sent(server):
    async with ldap(server.url) as corp:
        ann = await corp.entry("ann")
        nobody = type(ann)(directory="corp", unique_id="x", username="ann", handle="")
        assert await corp.check(nobody, "tulip") == WRONG


@pytest.mark.parametrize(
    "name",
    [
        "*",
        "a*",
        ")(uid=*",
        "ann)(uid=*",
        "*)(objectClass=*",
        "\\2a",
        "\\61nn",
        "a\0",
        "ann\\00",
        "nobody",
        "(",
        "\\",
        "x" * 253,
    ],
)
async def test_nothing_in_a_name_is_read_as_filter(server, name):
    async with ldap(server.url) as corp:
        assert await corp.find(name) is None


async def test_a_name_may_have_what_filters_are_made_of(server):
    async with ldap(server.url) as corp:
        assert await corp.signs_in("star*", "star")
        assert await corp.find("star") is None


async def test_turkish_names_and_passwords(server):
    async with ldap(server.url) as corp:
        umit = await corp.entry("ÜMIT")
        assert umit.display_name == "Ümit Tınaz"
        assert await corp.check(umit, TURKISH) == Right()
        assert await corp.check(umit, "gunes cicegi Ii") == WRONG


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("İsmail", ["İsmail", "İSMAIL", " EXAMPLE\\İsmail"]),
        ("ışık", ["ışık", "ışık@example.com"]),
        ("straße", ["straße", "Straße"]),
    ],
)
async def test_a_name_is_asked_for_as_it_was_typed(server, name, typed):
    """X56: what it is folded to is another name for the directory, or none. One person is one name, however typed."""
    dn = server.user(name) if name != "İsmail" else ""
    try:
        async with ldap(server.url, user_names=UserNames(domains=("EXAMPLE",), realms=("example.com",))) as corp:
            for each in typed:
                entry = await corp.entry(each)
                assert entry.username == name
                assert await corp.check(entry, "tulip") == Right()
            assert await corp.find("OTHER\\ismail") is None
    finally:
        if dn:
            server.remove(dn)


async def test_two_whom_case_folding_takes_for_one(server):
    both = [server.user(name, name) for name in ("straße", "strasse")]
    try:
        async with ldap(server.url) as corp:
            for name, other in (("straße", "strasse"), ("strasse", "straße")):
                assert await corp.signs_in(name, name)
                assert not await corp.signs_in(name, other)
    finally:
        for dn in both:
            server.remove(dn)


async def test_a_name_of_two_entries_is_nobodys(server):
    async with ldap(server.url) as corp:
        with capture_logs() as lines:
            assert await corp.find("twin") is None
            assert await corp.find("twin") is None
    assert [line["username"] for line in lines if line["log_level"] == "warning"] == ["twin"]


async def test_forms_of_user_names(server):
    async with ldap(server.url, user_names=UserNames(domains=("EXAMPLE",), realms=("example.com",))) as corp:
        for typed in ("Ann", "EXAMPLE\\ann", "ann@EXAMPLE.com"):
            assert corp.directory.normal(typed) == "ann"
        for typed in ("OTHER\\ann", "ann@other.com", "", "ann\0"):
            assert corp.directory.normal(typed) is None
    async with ldap(server.url) as corp:
        assert corp.directory.normal("Ann@example.com") == "ann@example.com"


async def test_manager(server):
    """The DN has a comma, a number sign, a plus and quotation marks (RFC 4514 section 2.4)."""
    async with ldap(server.url) as corp:
        manager = await corp.directory.manager(await corp.entry("ann"), corp.until())
        assert (manager.mail, manager.mobile) == ("jo@example.org", "+905550000001")
        assert manager.unique_id == (await corp.entry("jo")).unique_id


async def test_no_manager(server):
    async with ldap(server.url) as corp:
        assert await corp.directory.manager(await corp.entry("jo"), corp.until()) is None
        bob = await corp.entry("bob")
        assert bob.manager
        gone = await corp.directory.manager(bob, corp.until())
        assert gone == Missing(f"{bob.manager} is not in the directory")
        odd = type(bob)(directory="corp", unique_id="x", username="x", manager="not a DN")
        assert await corp.directory.manager(odd, corp.until()) == Missing("not a DN is not in the directory")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("-1062731519", "192.168.1.1"),
        ("3232235777", "192.168.1.1"),
        ("167772161", "10.0.0.1"),
    ],
)
async def test_framed_ip_address(server, text, address):
    dn = server.user("framed", msRADIUSFramedIPAddress=text)
    try:
        async with ldap(server.url) as corp:
            assert (await corp.entry("framed")).framed_ip_address == IPv4Address(address)
    finally:
        server.remove(dn)


@pytest.mark.parametrize("text", ["0", "0.0.0.0", "-0"])
async def test_an_address_of_zero_is_no_address(server, text):
    """X58: as for local users, and nothing that somebody should mend."""
    dn = server.user("framed", msRADIUSFramedIPAddress=text)
    try:
        async with ldap(server.url) as corp:
            with capture_logs() as lines:
                assert (await corp.entry("framed")).framed_ip_address is None
    finally:
        server.remove(dn)
    assert lines == []


@pytest.mark.parametrize("text", ["192.0.2.700", "127.0.0.1", "224.0.0.1", "-1"])
async def test_framed_ip_address_that_is_none(server, text):
    dn = server.user("framed", msRADIUSFramedIPAddress=text)
    try:
        async with ldap(server.url) as corp:
            with capture_logs() as lines:
                for _ in range(3):
                    assert (await corp.entry("framed")).framed_ip_address is None
    finally:
        server.remove(dn)
    assert [line["username"] for line in lines if line["log_level"] == "warning"] == ["framed"]


async def test_unique_id_of_active_directory(server):
    guid = uuid.uuid4()
    dn = server.user("guided", objectGUID=guid.bytes_le)
    try:
        async with ldap(server.url, unique_id="objectGUID") as corp:
            assert (await corp.entry("guided")).unique_id == str(guid)
    finally:
        server.remove(dn)


async def test_the_defaults_find_a_unique_id_everywhere(server):
    """X52: entryUUID of RFC 4530 first, since it is the server's own; where an entry has none, Active Directory's."""
    guid = uuid.uuid4()
    answers = [entry("CN=ann,DC=corp", objectGUID=[guid.bytes_le]), result(DONE, 0)]
    async with (
        responding(Responder(on_search=lambda *_: answers)) as peer,
        ldap(peer.url) as ad,
        ldap(server.url) as corp,
    ):
        assert (await ad.entry("ann")).unique_id == str(guid)
        assert len((await corp.entry("ann")).unique_id) == len(str(guid))
        answers[0] = entry("CN=ann,DC=corp", cn=[b"ann"])
        down = await ad.find("ann")
        assert down == Down(
            "corp", "an entry has no entryUUID and no objectGUID (`unique_id`), which tells users apart"
        )


@pytest.mark.parametrize(
    ("attributes", "enabled", "expires_at"),
    [
        ({}, True, None),
        ({"userAccountControl": "512", "accountExpires": "9223372036854775807"}, True, None),
        ({"userAccountControl": "514", "accountExpires": "0"}, False, None),
        ({"accountExpires": "133485408000000000"}, True, 1704067200.0),
        ({"nsAccountLock": "TRUE"}, False, None),
        ({"nsAccountLock": "false"}, True, None),
        ({"userAccountControl": "-2", "accountExpires": "soon"}, True, None),
    ],
)
async def test_accounts_that_are_not_to_be_used(server, attributes, enabled, expires_at):
    """Said by the entry, for sign-ins in which nothing is bound."""
    dn = server.user("account", **attributes)
    try:
        async with ldap(server.url) as corp:
            account = await corp.entry("account")
    finally:
        server.remove(dn)
    assert (account.enabled, account.expires_at) == (enabled, expires_at)


async def test_settings_beyond_ascii(server):
    base = server.add(f"ou=çalışanlar,{PEOPLE}", ["organizationalUnit"], {"ou": "çalışanlar"})
    dn = server.add(
        f"uid=ece,{base}", ["inetOrgPerson"], {"cn": "Ece", "sn": "Ece", "title": "müdür", "userPassword": "x"}
    )
    try:
        async with ldap(server.url, base_dn=base, user_filter="(&(title=Müdür)(uid={username}))") as corp:
            assert await corp.signs_in("ece", "x")
            assert await corp.find("ann") is None
    finally:
        server.remove(dn)
        server.remove(base)


async def test_an_entry_that_cannot_be_told_apart_is_an_outage(server):
    async with ldap(server.url, unique_id="employeeNumber") as corp:
        down = await corp.find("ann")
    assert isinstance(down, Down)
    assert "employeeNumber" in down.cause


async def test_referrals_are_not_followed(server):
    """Each search finds a reference to a server that does not exist (RFC 4511 section 4.5.3), beside the user."""
    async with ldap(server.url) as corp:
        assert await corp.signs_in("ann", "tulip")
        assert await corp.find("nobody") is None


async def test_anonymous_search(server):
    """Without bind_dn nobody is bound: whether that is enough is for the server to say."""
    async with ldap(server.url, bind_dn=None, bind_password=None) as corp:
        down = await corp.find("ann")
        assert isinstance(down, Down)
        assert "base_dn can not be read: insufficientAccessRights" in down.cause
    with slapd(readers="*") as open_to_all:
        open_to_all.user("ann")
        async with ldap(open_to_all.url, bind_dn=None, bind_password=None) as corp:
            assert await corp.signs_in("ann", "tulip")
            assert not await corp.signs_in("ann", "rose")


async def test_time_that_is_over(server):
    async with ldap(server.url) as corp:
        ann = await corp.entry("ann")
        assert await corp.find("ann", 0.0) == Down("corp", "no time was left", overload=True)
        assert await corp.check(ann, "tulip", -1.0) == Down("corp", "no time was left", overload=True)
        assert await corp.find("ann", 5.0) == ann


async def test_many_at_once(server):
    async with ldap(server.url) as corp:

        async def signs_in(number):
            right = number % 3
            return await corp.signs_in("ann", "tulip" if right else "wrong") == bool(right)

        assert all(await asyncio.gather(*(signs_in(number) for number in range(200))))


async def test_where_the_directory_tells_no_rule_the_written_one_counts_or_the_usual_one(server):
    """X50: slapd counts by ppolicy, if at all; only our failures are known then."""
    for given, threshold, window in ((None, 5, 1800.0), (Lockout(threshold=7, window=timedelta(minutes=10)), 7, 600.0)):
        async with ldap(server.url, **({"lockout": given} if given else {})) as corp:
            lock = await corp.directory.lock(await corp.entry("ann"), corp.until(), fresh=True)
            assert (lock.threshold, lock.window, lock.counted) == (threshold, window, None)
    async with ldap(server.url, lockout=None) as corp:
        assert await corp.directory.lock(await corp.entry("ann"), corp.until(), fresh=True) is None


FILTERS = {
    "(uid{username})": "is not a filter of RFC 4515; in a value",
    "((uid={username}))": "is not a filter of RFC 4515; in a value",
    "(&(memberOf=CN=VPN (all),DC=lab)(uid={username}))": "is not a filter of RFC 4515; in a value ( is written \\28",
    "(&(!a=b)(uid={username}))": "write (!(a=b)) for (!a=b)",
    "(&(uid={username})(cn=*": "its parentheses do not match",
    "(uid={username}*)": "finds others than who has the name; write (uid={username})",
    "(cn>={username})": "finds others than who has the name; write (cn={username})",
    "(&(a=b)(!(uid={username})))": "finds everybody but who has the name",
    "(&(!(userAccountControl:1.2.840.113556.1.4.803:=2))(|(sAMAccountName={username})(mail={username}@example.com)))": None,
    "(memberOf:1.2.840.113556.1.4.1941:={username})": None,
}  # fmt: skip


@pytest.mark.parametrize("written", FILTERS)
def test_a_filter_is_one_and_finds_who_has_the_name(written):
    """What the model takes a directory can be made of (X40)."""
    told = FILTERS[written]
    if told is None:
        Ldap("corp", options("ldap://127.0.0.1", user_filter=written))
        return
    with pytest.raises(ValidationError) as refused:
        options("ldap://127.0.0.1", user_filter=written)
    assert told in refused.value.errors()[0]["ctx"]["text"]


async def test_attributes_that_the_directory_has_not(server):
    without = LdapAttributes(mail=None, mobile=None, display_name=None, manager=None, groups=None,
                             framed_ip_address=None, language=None)  # fmt: skip
    async with ldap(server.url, attributes=without, lockout=None) as corp:
        ann = await corp.entry("ann")
    assert (ann.mail, ann.manager, ann.framed_ip_address) == ("", "", None)
    assert set(ann.attributes) == {"entryuuid", "uid"}
