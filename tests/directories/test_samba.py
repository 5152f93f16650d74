"""Passwords of a domain of Samba, as the directory tells them (shared measurements: Samba AD DC 4.17)."""

from __future__ import annotations

import pytest

from config.secret import Secret
from radiusd.directories import Down, Right, Wrong
from radiusd.directories.ldap_connection import Lost
from tests.directories.ldap_directories import ldap
from tests.servers.samba import BASE, PASSWORD, PEOPLE, READER, READER_PASSWORD, THRESHOLD

SAMBA = {
    "bind_dn": READER,
    "bind_password": Secret(READER_PASSWORD),
    "base_dn": BASE,
    "group_base_dn": BASE,
    "user_filter": "(&(objectClass=person)(sAMAccountName={username}))",
    "unique_id": "objectGUID",
}


def corp(domain, *urls, **changes):
    return ldap(*(urls or (domain.url,)), ca_file=domain.ca_file, **(SAMBA | changes))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("disabled", "the account is disabled"),
        ("account-expired", "the account has expired"),
        ("must-change", "the password must be changed first"),
        ("password-expired", "the password has expired"),
        ("no-hours", "the account may not sign in at this time"),
        ("workstation", "the account may not sign in from here"),
    ],
)
async def test_the_right_password_of_an_account_that_may_not(domain, name, why):
    async with corp(domain) as directory:
        assert await directory.check(await directory.entry(name), PASSWORD) == Wrong(why, counted=False)


async def test_right_and_wrong(domain):
    async with corp(domain) as directory:
        normal = await directory.entry("normal")
        assert normal.handle == f"CN=normal,{PEOPLE}"
        assert isinstance(await directory.check(normal, PASSWORD), Right)
        assert await directory.check(normal, "rose") == Wrong("password wrong")
        assert isinstance(await directory.check(normal, PASSWORD), Right)


async def test_a_locked_account_is_told_as_locked(domain):
    """Whatever the password is."""
    lock(domain, f"CN=locked,{PEOPLE}")
    async with corp(domain) as directory:
        for password in (PASSWORD, "rose"):
            told = await directory.check(await directory.entry("locked"), password)
            assert told == Wrong("the account is locked", counted=False)


async def test_of_a_smart_card_s_account_no_password_is_asked(domain):
    """Samba answers the right password as a wrong one, and counts it."""
    dn = f"CN=smartcard,{PEOPLE}"
    before = domain.number(dn, "badPwdCount")
    async with corp(domain) as directory:
        only = Wrong("the account may sign in with a smart card only", counted=False)
        assert await directory.check(await directory.entry("smartcard"), PASSWORD) == only
    assert domain.number(dn, "badPwdCount") == before


async def test_a_wrong_bind_password_is_tried_once_at_all_servers_of_the_domain(domain):
    """It counts against the account, which other programs use too; the server's word for it is told."""
    dn = domain.user("service-wrong")
    urls = (domain.url, f"{domain.url}:636", f"{domain.url}:0636")
    async with corp(domain, *urls, bind_dn=dn, bind_password=Secret("not it")) as directory:
        found = await directory.find("normal")
    assert isinstance(found, Down)
    told = "bind_dn is refused: password wrong, or no such account (data 52e); it is tried again after 30 minutes"
    assert told in found.cause
    assert domain.number(dn, "badPwdCount") == 1


async def test_a_wrong_bind_password_rests_however_often_somebody_asks(domain):
    """The watch, users and new connections all come to the same end; once its time is over, it is tried."""
    dn = domain.user("service-rests")
    async with corp(domain, bind_dn=dn, bind_password=Secret("not it")) as directory:
        (server,) = directory.directory._servers
        for _ in range(5):
            assert isinstance(await directory.find("normal"), Down)
            await server._look()
        with pytest.raises(Lost, match="bind_dn is refused: password wrong"):
            await server._open()
        assert domain.number(dn, "badPwdCount") == 1
        domain.reset(dn, "not it")
        server._account._until = server._refused_until = 0.0
        await server._look()
        assert server.state == "up"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("disabled", "the account is disabled (data 533)"),
        ("account-expired", "the account has expired (data 701)"),
        ("must-change", "the password must be changed first (data 773)"),
        ("password-expired", "the password has expired (data 532)"),
        ("no-hours", "the account may not sign in at this time (data 530)"),
        ("workstation", "the account may not sign in from here (data 531)"),
        ("locked", "the account is locked (data 775)"),
    ],
)
async def test_why_the_service_account_is_refused(domain, name, why):
    dn = f"CN={name},{PEOPLE}"
    if name == "locked":
        lock(domain, dn)
    async with corp(domain, bind_dn=dn, bind_password=Secret(PASSWORD)) as directory:
        assert await directory.find("normal") == Down("corp", f"{domain.url}: bind_dn is refused: {why}")


async def test_a_server_that_wants_tls_is_told_in_its_words_with_what_to_do(domain):
    async with corp(domain, domain.plain_url) as directory:
        found = await directory.find("normal")
    assert isinstance(found, Down)
    assert "strongerAuthRequired: BindSimple: Transport encryption required.; it takes no password" in found.cause
    assert found.cause.endswith("write ldaps:// in `urls`, or `start_tls: true`")


def lock(domain, dn):
    for number in range(THRESHOLD):
        domain.bind(dn, f"guess {number}")
    assert domain.number(dn, "lockoutTime") > 0
