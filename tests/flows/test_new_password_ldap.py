"""A password of a directory is changed at the gateway: a real slapd and a real Samba behind a running server."""

from __future__ import annotations

import uuid

import pytest

from radiusd.rules.texts import TEXTS
from tests.flows.corp import YAML, yaml_of
from tests.flows.mailing import Mailing
from tests.flows.samba_corp import CORP as SAMBA
from tests.flows.samba_corp import filled
from tests.flows.test_new_password import changes, types
from tests.servers.running import running, until
from tests.servers.samba import BASE, PASSWORD
from tests.servers.slapd import PPOLICY, slapd

OLD, NEW = "tulip-2025", "Gravel-otter-71"
OUTBOX = "mail_servers: {out: {type: outbox}}\n"
MAILED = YAML.replace(
    "  password-only: {method: password, directories: [corp, local]}",
    "  password-only: {method: mail_otp, directories: [corp, local], mail_servers: [out]}",
)


@pytest.fixture(scope="module")
def server():
    with slapd(overlays=PPOLICY, own_passwords=True) as server:
        server.policies(reset={"pwdMinLength": "12", "pwdCheckQuality": "2", "pwdInHistory": "2"})
        yield server


def reset(server, name):
    """Somebody whose password an administrator has set."""
    server.user(name, OLD, mail=f"{name}@example.com", preferredLanguage="tr", **server.under("reset"))
    server.change(f"uid={name},ou=people,dc=example,dc=org", pwdReset="TRUE")


def of_slapd(server, text=YAML, *, client=""):
    text = yaml_of(server, text).replace(server.url, server.tls_url)
    text = text.replace("application: vpn}", f"application: vpn{client}}}")
    key = f"    change_password: true\n    ca_file: {server.ca_file}\n    lockout: null"
    return text.replace("    lockout: null", key) + OUTBOX


async def test_of_openldap_after_the_code(server, tmp_path):
    reset(server, "ann")
    async with running(tmp_path, of_slapd(server, MAILED), demo=True) as plain:
        radiusd = Mailing(plain)
        code = await radiusd.asks(password=OLD)
        challenge = await radiusd.answers(code, radiusd.code())
        assert challenge["Reply-Message"] == "Parolanızı değiştirmeniz gerekiyor. Yeni parola:"
        short = await changes(radiusd, challenge, "otter-gravl")
        assert short["Reply-Message"] == "Dizin bu parolayı kabul etmiyor. Çok kısa. Yeni parola:"
        assert (await changes(radiusd, short, NEW)).code == "Access-Accept"
        await until(lambda: len(radiusd.sent) == 2)
        assert (radiusd.sent[1].recipient, radiusd.sent[1].subject) == ("ann@example.com", "Parolanız değiştirildi")
        assert (await radiusd.asks(password=OLD)).code == "Access-Reject"
        assert (await radiusd.asks(password=NEW)).code == "Access-Challenge"


async def test_what_was_kept_of_the_old_one_is_sealed_and_goes_with_it(server, tmp_path):
    reset(server, "bob")
    async with running(tmp_path, of_slapd(server), demo=True) as plain:
        radiusd = Mailing(plain)
        challenge = await radiusd.asks("bob", OLD)
        (kept,) = await _kept(radiusd)
        assert OLD not in kept
        await changes(radiusd, challenge, NEW, name="bob")
        assert await _kept(radiusd) == []


async def test_a_restart_in_between(server, tmp_path):
    reset(server, "cat")
    text = of_slapd(server)
    async with running(tmp_path, text, demo=True) as plain:
        again = await types(Mailing(plain), await Mailing(plain).asks("cat", OLD), NEW, name="cat")
    async with running(tmp_path, text, demo=True) as plain:
        assert (await Mailing(plain).answers(again, NEW, name="cat")).code == "Access-Accept"


async def test_a_nas_that_shows_nothing(server, tmp_path):
    reset(server, "dan")
    async with running(tmp_path, of_slapd(server, client=", challenge: false"), demo=True) as plain:
        refused = await Mailing(plain).asks("dan", OLD)
        assert refused.code == "Access-Reject"
        assert refused["Reply-Message"].startswith(TEXTS["change_elsewhere"]["tr"])
        assert (await plain.last()).reason.endswith("the client can not ask for another one")
        assert await _kept(Mailing(plain)) == []


@pytest.fixture
def user(domain):
    """Somebody of Samba's domain who must change the password at the next logon."""
    name = f"user-{uuid.uuid4().hex[:12]}"
    domain.user(name, pwdLastSet="0", mail=f"{name}@example.com")
    return name


def of_samba(domain, text=YAML):
    key = "    change_password: true\n    lockout: LOCKOUT"
    return text.replace("CORP", filled(SAMBA.replace("    lockout: LOCKOUT", key), domain)) + OUTBOX


async def test_of_active_directory_after_the_code(domain, user, tmp_path):
    async with running(tmp_path, of_samba(domain, MAILED), demo=True) as plain:
        radiusd = Mailing(plain)
        code = await radiusd.asks(user, PASSWORD)
        accept = await changes(radiusd, await radiusd.answers(code, radiusd.code(), user), NEW, name=user)
        assert accept.code == "Access-Accept"
        assert "password right, but the password must be changed first" in (await plain.last()).detail
    assert domain.bind(domain.dn(user), NEW) == ""


async def test_a_password_that_the_domain_does_not_take_is_told_with_its_rules(domain, user, tmp_path):
    async with running(tmp_path, of_samba(domain), demo=True) as plain:
        radiusd = Mailing(plain)
        said = await changes(radiusd, await radiusd.asks(user, PASSWORD), PASSWORD, name=user)
        told = f"The directory does not take this password. None of the last {domain.number(BASE, 'pwdHistoryLength')}."
        assert said["Reply-Message"] == f"{told} New password:"
        assert (await changes(radiusd, said, NEW, name=user)).code == "Access-Accept"
    assert domain.number(domain.dn(user), "badPwdCount") == 0


async def _kept(radiusd):
    statement = "SELECT sealed FROM passwords_to_change"
    return await radiusd.server.store.read(lambda connection: [row[0] for row in connection.exec_driver_sql(statement)])
