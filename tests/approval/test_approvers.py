"""Who is asked (D16), of a real directory and of the database."""

from __future__ import annotations

import asyncio

import pytest

from radiusd.approval.approvers import Approver, Asking, Nobody
from radiusd.directories import Down
from radiusd.directories.ldap import Ldap
from radiusd.directories.ldap_options import LdapAttributes
from radiusd.directories.local_people import entry_of
from radiusd.model.entry import Entry
from store.records import LocalUser
from tests.directories.ldap_directories import ldap, options, until
from tests.directories.ldap_responder import DONE, Responder, entry, responding, result
from tests.servers.slapd import PEOPLE, slapd

NOW = 1000.0
ASKING = {
    "approvers": ("manager",), "default_recipient": None, "delivery": "mail", "phone_country": "TR", "countries": ()
}  # fmt: skip
DISABLED = "514"  # Active Directory's userAccountControl


def dn(uid):
    return f"uid={uid},{PEOPLE}"


@pytest.fixture(scope="module")
def server():
    """ann answers to bob, bob to eve, eve to herself; others are odd in a way each."""
    with slapd() as server:
        people = {
            "ann": {"manager": dn("bob"), "mail": "ann@example.org", "mobile": "0555 000 00 01"},
            "bob": {"manager": dn("eve"), "mail": "bob@example.org", "mobile": "0555 000 00 02",
                    "preferredLanguage": "tr"},
            "eve": {"manager": dn("eve"), "mail": "eve@example.org", "mobile": "+4915112345678"},
            "lone": {"mail": "lone@example.org"},
            "lost": {"manager": dn("nobody"), "mail": "lost@example.org"},
            "mute": {"mail": "not an address", "mobile": "none"},
            "under-mute": {"manager": dn("mute"), "mail": "um@example.org"},
            "gone": {"mail": "gone@example.org", "userAccountControl": DISABLED},
            "under-gone": {"manager": dn("gone"), "mail": "ug@example.org"},
            "twin": {"mail": "Ann@EXAMPLE.org"},
            "under-twin": {"manager": dn("twin"), "mail": "ann@example.org"},
            "tagged": {"mail": "cat+boss@example.org"},
            "cat": {"manager": dn("tagged"), "mail": "cat@example.org"},
            "odd, one (x)*": {"mail": "odd@example.org"},
            "under-odd": {"manager": f"uid=odd\\2C one (x)*,{PEOPLE}"},
            "loop-a": {"manager": dn("loop-b"), "mail": "a@example.org"},
            "loop-b": {"manager": dn("loop-a"), "mail": "b@example.org"},
        }  # fmt: skip
        for uid, attributes in people.items():
            server.user(uid, **attributes)
        yield server


@pytest.fixture
async def corp(server):
    directory = Ldap("corp", options(server.url, attributes=LdapAttributes(groups="memberships")))
    await directory.start()
    yield directory
    await directory.close()


def soon():
    return asyncio.get_running_loop().time() + 10.0


async def asked(directory, who, **changes):
    """Who is asked about a user: (recipient, why), or why nobody."""
    entry = who if isinstance(who, Entry) else await directory.find(who, soon())
    assert isinstance(entry, Entry)
    found = await Asking(**ASKING | changes).find(entry, directory, NOW, soon())
    return (found.recipient, found.why) if isinstance(found, Approver) else found


@pytest.mark.row("S20")
async def test_the_manager_is_asked_in_their_language(corp):
    ann = await corp.find("ann", soon())
    found = await Asking(**ASKING).find(ann, corp, NOW, soon())
    assert found == Approver("bob@example.org", "tr", "manager")


async def test_by_sms_the_number_is_read_in_national_form(corp):
    assert await asked(corp, "ann", delivery="sms") == ("+905550000002", "manager")


async def test_sms_goes_to_the_countries_that_are_allowed(corp):
    assert await asked(corp, "ann", delivery="sms", countries=("TR",)) == ("+905550000002", "manager")
    nobody = await asked(corp, "bob", delivery="sms", countries=("TR",))
    assert "country that SMS does not go to" in nobody.reason
    assert await asked(corp, "bob", delivery="sms", countries=("TR", "DE")) == ("+4915112345678", "manager")


async def test_sponsor_is_another_word_for_manager(corp):
    assert await asked(corp, "ann", approvers=("sponsor",)) == ("bob@example.org", "sponsor")


async def test_the_managers_manager(corp):
    both = ("managers_manager", "manager")
    assert await asked(corp, "ann", approvers=both) == ("eve@example.org", "managers_manager")
    # A circle ends where it began: nobody approves their own sign-in.
    assert await asked(corp, "loop-a", approvers=both) == ("b@example.org", "manager")
    assert await asked(corp, "lone", approvers=both, default_recipient="s@example.org") == (
        "s@example.org",
        "default_recipient",
    )


async def test_a_manager_of_an_odd_name(corp):
    assert await asked(corp, "under-odd") == ("odd@example.org", "manager")


async def test_addresses_are_asked_in_their_turn(corp):
    approvers = ("manager", "desk@example.org")
    assert await asked(corp, "ann", approvers=approvers) == ("bob@example.org", "manager")
    assert await asked(corp, "lone", approvers=approvers) == ("desk@example.org", "named")
    assert await asked(corp, "ann", approvers=approvers[::-1]) == ("desk@example.org", "named")
    # An address is nobody to send an SMS to.
    numbers = ("desk@example.org", "0555 000 00 09")
    assert await asked(corp, "ann", approvers=numbers, delivery="sms") == ("+905550000009", "named")


async def test_an_approver_is_written_to_as_the_dns_has_them(corp):
    assert await asked(corp, "ann", approvers=("desk@bücher.example",)) == (
        "desk@xn--bcher-kva.example", "named",
    )  # fmt: skip


@pytest.mark.parametrize("uid", ["lone", "lost", "under-mute", "under-gone"])
@pytest.mark.row("S17", "S24")
async def test_the_default_recipient_is_asked_where_nobody_is_found(corp, uid):
    assert await asked(corp, uid, default_recipient="s@example.org") == ("s@example.org", "default_recipient")
    nobody = await asked(corp, uid)
    assert isinstance(nobody, Nobody)
    assert "there is no default_recipient" in nobody.reason


@pytest.mark.parametrize(
    ("uid", "told"),
    [
        ("lone", ()),
        ("lost", (f"manager: {dn('nobody')} is not in the directory",)),
        ("under-gone", (f"manager: the account of {dn('gone')} is disabled",)),
        ("under-mute", ("manager: is no mail address, and `delivery` is mail",)),
    ],
)
async def test_a_manager_who_is_passed_over_is_told(corp, uid, told):
    """X55"""
    entry = await corp.find(uid, soon())
    for approvers, default in ((("manager",), "s@example.org"), (("manager", "s@example.org"), None)):
        asking = Asking(**ASKING | {"approvers": approvers, "default_recipient": default})
        found = await asking.find(entry, corp, NOW, soon())
        assert (found.recipient, found.passed_over) == ("s@example.org", told)


async def test_a_manager_in_another_domain_is_no_outage():
    """Active Directory answers with a referral, for ever (X55). With `managers_manager` nobody is above either."""
    elsewhere = "CN=Chief,DC=emea,DC=corp"
    ann = [entry(dn("ann"), entryUUID=[b"1"], manager=[elsewhere.encode()]), result(DONE, 0)]
    peer = Responder(on_search=lambda base, _filter: [result(DONE, 10)] if base == elsewhere else ann)
    told = f"{elsewhere} is in another domain, which this server does not have"
    async with responding(peer), ldap(peer.url) as corp:
        user = await corp.entry("ann")
        for why in ("manager", "managers_manager"):
            asking = Asking(**ASKING | {"approvers": (why,), "default_recipient": "s@example.org"})
            found = await asking.find(user, corp.directory, NOW, corp.until())
            assert (found.recipient, found.passed_over) == ("s@example.org", (f"{why}: {told}",))
            nobody = await asked(corp.directory, user, approvers=(why,))
            assert nobody == Nobody(f"nobody can be asked: {why}: {told}; there is no default_recipient")


@pytest.mark.parametrize("uid", ["eve", "under-twin", "cat"])
async def test_nobody_approves_their_own_sign_in(corp, uid):
    """Same person, same address in another spelling, same mailbox: then the next approver, else it is refused."""
    nobody = await asked(corp, uid, default_recipient="s@example.org")
    assert "nobody approves their own sign-in" in nobody.reason
    assert "only where nobody was found" in nobody.reason
    assert await asked(corp, uid, approvers=("manager", "next@example.org")) == ("next@example.org", "named")


async def test_own_addresses_of_radius_yaml_are_not_asked_either(corp):
    assert await asked(corp, "ann", approvers=("ANN@example.org", "manager")) == ("bob@example.org", "manager")
    nobody = await asked(corp, "lone", default_recipient="Lone+x@example.org")
    assert "default_recipient: it is the user" in nobody.reason
    nobody = await asked(corp, "ann", approvers=("+90 555 000 00 01",), delivery="sms")
    assert "nobody approves their own sign-in" in nobody.reason


async def test_a_directory_that_cannot_be_asked_is_an_outage_not_nobody():
    with slapd() as server:
        server.user("ann", manager=dn("bob"), mail="ann@example.org")
        server.user("bob", mail="bob@example.org")
        directory = Ldap("corp", options(server.url))
        await directory.start()
        try:
            ann = await directory.find("ann", soon())
            server.stop()
            down = await asked(directory, ann, default_recipient="s@example.org")
            assert isinstance(down, Down)
            assert down.component == "corp"
            await until(lambda: directory.down() is not None)
            assert isinstance(await asked(directory, ann, default_recipient="s@example.org"), Down)
            # Who is named by address needs no directory.
            assert await asked(directory, ann, approvers=("desk@example.org",)) == (
                "desk@example.org",
                "named",
            )
        finally:
            await directory.close()


def local_user(**fields):
    given = {
        "id": "1", "username": "ann", "email": "ann@example.org", "created_at": 0.0, "updated_at": 0.0,
        "password_changed_at": None,
    }  # fmt: skip
    return entry_of("local", LocalUser(**given | fields))


@pytest.fixture
def local():
    from datetime import timedelta

    from radiusd.directories.local import Local, LocalOptions

    return Local("local", LocalOptions(type="local"), None, None, password_cache=timedelta(0))


@pytest.mark.row("S21", "S22", "S23")
async def test_a_local_user_has_a_sponsor(local):
    sponsored = local_user(sponsor_name="Sam", sponsor_email="sam@partner.example", sponsor_phone="+905550000003")
    for word in ("manager", "sponsor"):
        assert await asked(local, sponsored, approvers=(word,)) == ("sam@partner.example", "sponsor")
    found = await Asking(**ASKING).find(sponsored, local, NOW, soon())
    assert found.name == "Sam"
    assert await asked(local, sponsored, delivery="sms") == ("+905550000003", "sponsor")
    sponsor = await local.manager(sponsored, soon())
    assert (sponsor.display_name, sponsor.unique_id) == ("Sam", "")
    # A sponsor is no user: there is nobody above.
    nobody = await asked(local, sponsored, approvers=("managers_manager",))
    assert "managers_manager: the directory names none" in nobody.reason


async def test_a_local_user_without_or_with_a_useless_sponsor(local):
    default = {"default_recipient": "s@example.org"}
    for fields in ({}, {"sponsor_name": "Sam"}, {"sponsor_phone": "+905550000003"}):
        assert await asked(local, local_user(**fields), **default) == ("s@example.org", "default_recipient")
    nobody = await asked(local, local_user(sponsor_email="ANN@example.org"), **default)
    assert "nobody approves their own sign-in" in nobody.reason
    own_number = local_user(phone="+905550000003", sponsor_phone="+905550000003")
    nobody = await asked(local, own_number, delivery="sms", default_recipient="+905550000009")
    assert "nobody approves their own sign-in" in nobody.reason


@pytest.mark.parametrize(
    "sponsor", ["idn@xn--bcher-kva.example", "IDN@bücher.example", "idn+boss@XN--BCHER-KVA.example"]
)
async def test_nobody_approves_their_own_sign_in_by_another_spelling_of_their_domain(local, sponsor):
    nobody = await asked(local, local_user(email="idn@bücher.example", sponsor_email=sponsor))
    assert "nobody approves their own sign-in" in nobody.reason
