"""Passwords of a domain of Samba, as the directory tells them (shared measurements: Samba AD DC 4.17)."""

from __future__ import annotations

import pytest

from config.secret import Secret
from radiusd.directories import Right, Wrong
from tests.directories.ldap_directories import ldap
from tests.servers.samba import BASE, PASSWORD, PEOPLE, READER, READER_PASSWORD

SAMBA = {
    "bind_dn": READER,
    "bind_password": Secret(READER_PASSWORD),
    "base_dn": BASE,
    "group_base_dn": BASE,
    "user_filter": "(&(objectClass=person)(sAMAccountName={username}))",
    "unique_id": "objectGUID",
}


def corp(domain, **changes):
    return ldap(domain.url, ca_file=domain.ca_file, **(SAMBA | changes))


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
