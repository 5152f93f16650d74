"""`radiusd user reset-password`: a link by mail, from the command to the page and to the next sign-in."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import httpx
import pytest

from tests.servers.daemon import daemon
from tests.servers.gateway import gateway
from tests.servers.slapd import READER, READER_PASSWORD, SUFFIX, slapd
from tests.servers.smtp import mail_server

NEW = "gravel-otter-71"
YAML = """\
public_url: http://127.0.0.1:{web}
sms_gateways:
  sms: {{type: http, url: "http://127.0.0.1:{sms}/send", json: {{to: "{{{{ recipient }}}}", text: "{{{{ message }}}}"}}}}
mail_servers:
  primary: {{host: 127.0.0.1, port: {smtp}, encryption: none, from_address: mfa@example.com}}
"""
SMS = "  by-sms: {method: sms_otp, directories: [local], sms_gateways: [sms]}\n"
ON = ("{reject_delay: 0s}", "{reject_delay: 0s, passwords: {reset_by_mail: true}}")


@pytest.fixture
def typed(here):
    """Types a command while the servers of the test go on."""

    async def radiusd(*words, **options):
        return await asyncio.to_thread(partial(here.radiusd, *words, **options))

    return radiusd


def write(here, server, sms=1, *, on=True, profile="by-sms"):
    text = here.yaml.read_text().replace("profiles:\n", f"profiles:\n{SMS}", 1)
    text = re.sub(r"profiles: \[[^]]*\]", f"profiles: [{profile}]", text)
    here.yaml.write_text(
        YAML.format(web=here.ports["web"], smtp=server.port, sms=sms) + (text.replace(*ON) if on else text)
    )
    words = ("user", "add", "ann", "--email", "ann@example.com", "--phone", "+905554443322", "--password-stdin")
    done = here.radiusd(*words, input="long tulip 9\n")
    assert done.code == 0, done.err


async def test_from_the_command_to_the_page(here, typed):
    async with mail_server() as server, gateway() as sms:
        await asyncio.to_thread(write, here, server, sms.port)
        with daemon(here):
            done = await typed("user", "reset-password", "Ann")
            assert (done.code, done.err) == (0, "")
            assert done.out.startswith("ann is sent a link to ann@example.com, which is good once, until ")
            (mail,) = server.mails
            link = re.search(r"http://\S+/p/\w{33}", mail.text)[0]
            async with httpx.AsyncClient() as browser:
                for _ in range(2):  # whatever opens links before people do
                    shown = await browser.get(link)
                    assert (shown.status_code, shown.text.count('type="password"')) == (200, 2)
                slip = await browser.post(link, data={"first": NEW, "again": "another"})
                assert (slip.status_code, "The two were not the same." in slip.text) == (200, True)
                done = await browser.post(link, data={"first": NEW, "again": NEW}, follow_redirects=True)
                assert (done.status_code, "Your password was set" in done.text) == (200, True)
                again = await browser.post(
                    link, data={"first": "pebble-9-heron", "again": "pebble-9-heron"}, follow_redirects=True
                )
                assert "Your password was set" in again.text
                unknown = await browser.get(link[:-1] + ("a" if link[-1] != "a" else "b"))
                assert (unknown.status_code, "This link leads nowhere" in unknown.text) == (404, True)
            login = await typed("login", "ann", "--password-stdin", input=f"{NEW}\n")
            assert "Access-Challenge" in login.out
            login = await typed("login", "ann", "--password-stdin", input="long tulip 9\n")
            assert login.out.startswith("Access-Reject")
        assert [each.parsed["Subject"] for each in server.mails] == [
            "Set another password",
            "Your password was changed",
        ]
        told = [each.json["text"] for each in sms.asked]
        assert "Your password was set by a link in a mail. Not you? Tell your help desk at once." in told
    for place in ("out.txt", "err.txt"):
        said = (here.path / place).read_text()
        assert link[-33:] not in said
        assert NEW not in said


async def test_refused(here, typed):
    """Off, unless it is turned on; never where the mailbox would be all; nobody of that name."""
    async with mail_server() as server:
        await asyncio.to_thread(write, here, server, on=False, profile="password-only")
        with daemon(here):
            pass  # it makes the key
        done = await typed("user", "reset-password", "ann")
        assert (done.code, "reset_by_mail: true" in done.err) == (1, True)
        here.yaml.write_text(here.yaml.read_text().replace(*ON))
        done = await typed("user", "reset-password", "ann")
        assert (done.code, "by password-only with nothing else" in done.err) == (1, True)
        done = await typed("user", "reset-password", "bob")
        assert done.code == 1
    assert server.mails == []


async def test_a_mail_that_nothing_takes_ends_the_link(here, typed):
    async with mail_server() as server:
        await asyncio.to_thread(write, here, server)
        with daemon(here):
            pass
        server.acts["RCPT"] = "554 no"
        done = await typed("user", "reset-password", "ann")
        assert (done.code, "the link could not be sent" in done.err) == (1, True)


async def test_passwords_of_a_directory_are_set_there(here, typed):
    with slapd() as corp:
        corp.user("elif", mail="elif@example.org")
        async with mail_server() as server:
            await asyncio.to_thread(write, here, server)
            yaml = (
                f"  corp: {{type: ldap, urls: [{corp.tls_url}], ca_file: {corp.ca_file}, base_dn: '{SUFFIX}',"
                f" bind_dn: '{READER}', bind_password: {READER_PASSWORD}, user_filter: '(uid={{username}})'}}\n"
            )
            here.yaml.write_text(here.yaml.read_text().replace("directories:\n", f"directories:\n{yaml}", 1))
            with daemon(here):
                done = await typed("user", "reset-password", "elif")
                assert (done.code, done.out) == (1, "")
                assert done.err == (
                    "radiusd: elif is a user of corp: their password is set there; such a link is for local users alone\n"
                )
                assert "no directory has it" in (await typed("user", "reset-password", "nobody")).err
        assert server.mails == []
