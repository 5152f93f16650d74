"""`radiusd send-test`: the one server that was named, and what to check where it does not take the message."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import pytest

from tests.servers import message_centre
from tests.servers.gateway import gateway
from tests.servers.message_centre import centre
from tests.servers.slapd import write_certificates
from tests.servers.smtp import HANG, PASSWORD, mail_server

SMTP = "  {name}: {{host: 127.0.0.1, port: {port}, encryption: {encryption}, from_address: mfa@example.com{more}}}\n"
HTTP = (
    "  {name}: {{type: http, url: 'http://127.0.0.1:{port}/send?pw=s3cret', number_format: digits,"
    " json: {{to: '{{{{ recipient }}}}', text: '{{{{ message }}}}'}}}}\n"
)


@pytest.fixture
def typed(here):
    """Types a command while the servers of the test go on."""

    async def radiusd(*words, **options):
        return await asyncio.to_thread(partial(here.radiusd, *words, **options))

    return radiusd


def write(here, text):
    here.yaml.write_text(here.yaml.read_text() + text)


def smtp(name, server, encryption="none", more=""):
    return "mail_servers:\n" + SMTP.format(name=name, port=server.port, encryption=encryption, more=more)


@pytest.mark.row("S101", "S130")
async def test_a_mail(here, typed):
    async with mail_server() as server:
        write(here, smtp("primary", server))
        done = await typed("send-test", "mail", "primary", "ann@Example.com")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("primary (127.0.0.1) took the message to ann@example.com.\n")
    (taken,) = server.mails
    assert (taken.recipients, taken.parsed["Subject"]) == (["ann@example.com"], "A test of primary")
    assert "This is a test" in taken.text
    assert re.search(r"Sent at: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", taken.text)
    assert "This is a test" in taken.parsed.get_body(("html",)).get_content()  # as real ones are


async def test_a_mail_in_turkish(here, typed):
    async with mail_server() as server:
        write(here, smtp("primary", server) + "language: tr\n")
        assert (await typed("send-test", "mail", "primary", "ann@example.com")).code == 0
    (taken,) = server.mails
    assert taken.parsed["Subject"] == "primary denemesi"
    assert "Bu bir denemedir" in taken.text


async def test_a_refused_recipient(here, typed):
    """What the server said is shown here, and only here."""
    async with mail_server() as server:
        server.acts["RCPT"] = "554 ann@example.com: relay\taccess denied"
        write(here, smtp("primary", server))
        done = await typed("send-test", "mail", "primary", "ann@example.com")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        f"radiusd: primary did not take the message: 127.0.0.1:{server.port} refused the recipient (554)",
        "  It said: ann@example.com: relay access denied",
        "  What to check: Is the address right? May radiusd send to other domains by this server (relaying)?",
    ]


async def test_a_wrong_password(here, typed, tmp_path):
    write_certificates(tmp_path)
    async with mail_server(encryption="starttls", certificates=tmp_path) as server:
        more = ", ca_file: ca.pem, username: radius, password: env:SMTP_PASSWORD"
        write(here, smtp("primary", server, "starttls", more))
        words = ("send-test", "mail", "primary", "ann@example.com")
        done = await typed(*words, environment={"SMTP_PASSWORD": "s3cret wrong"})
        assert done.code == 1
        assert "refused username and password (535)" in done.err
        assert "s3cret" not in done.out + done.err
        assert (await typed(*words, environment={"SMTP_PASSWORD": PASSWORD.decode()})).code == 0


async def test_what_may_have_been_sent(here, typed):
    async with mail_server() as server:
        server.acts["message"] = HANG
        write(here, smtp("primary", server, more=", timeout: 1s"))
        done = await typed("send-test", "mail", "primary", "ann@example.com")
    assert done.code == 1
    assert "did not answer in time" in done.err
    assert "  It may have been sent all the same.\n" in done.err


async def test_an_sms(here, typed):
    async with gateway() as place:
        write(here, "sms_gateways:\n" + HTTP.format(name="http-gateway", port=place.port))
        done = await typed("send-test", "sms", "http-gateway", "0555 444 33 22")
        assert (done.code, done.err) == (0, "")
        assert "http-gateway (127.0.0.1) took the message to +905554443322.\n" in done.out
        assert place.asked[0].json["to"] == "905554443322"
        place.status, place.body = 403, b"unknown\x1b[31m sender"
        done = await typed("send-test", "sms", "http-gateway", "+905554443322")
    assert done.code == 1
    assert "answered 403" in done.err
    assert "  It said: unknown\\x1b[31m sender\n" in done.err
    assert "s3cret" not in done.out + done.err


SMPP = "  centre: {{type: smpp, host: 127.0.0.1, port: {port}, system_id: radius, password: {password}, source_address: EXAMPLE}}\n"


async def test_an_sms_by_smpp(here, typed):
    async with centre() as place:
        write(here, "sms_gateways:\n" + SMPP.format(port=place.port, password=message_centre.PASSWORD))
        done = await typed("send-test", "sms", "centre", "0555 444 33 22")
        assert (done.code, done.err) == (0, "")
        assert "centre (127.0.0.1) took the message to +905554443322.\n" in done.out
        assert place.taken[0].destination == (1, 1, "905554443322")
        assert "radiusd can send by centre" in place.taken[0].text
        place.act = message_centre.WRONG_SOURCE
        done = await typed("send-test", "sms", "centre", "+905554443322")
    assert done.code == 1
    why = "refused the sender, source_address (ESME_RINVSRCADR)"
    assert done.err.splitlines() == [
        f"radiusd: centre did not take the message: 127.0.0.1:{place.port} {why}",
        "  What to check: Which senders has the provider registered? A name of letters mostly needs their consent.",
    ]


async def test_a_wrong_password_at_smpp(here, typed):
    async with centre() as place:
        write(here, "sms_gateways:\n" + SMPP.format(port=place.port, password="s3cret-2"))
        done = await typed("send-test", "sms", "centre", "+905554443322")
    assert done.code == 1
    assert "refused system_id and password (ESME_RINVPASWD)" in done.err
    assert "  What to check: Are they right, and does the provider let this machine's address in?\n" in done.err
    assert "s3cret-2" not in done.out + done.err


async def test_advice_is_of_what_was_sent(here, typed):
    """Nothing about mail for an SMS, nothing about what gateways alone have for a mail."""
    async with gateway() as place, mail_server() as server:
        server.acts["greeting"] = "554 5.7.1 not from here"
        write(here, smtp("primary", server) + "sms_gateways:\n" + HTTP.format(name="http-gateway", port=place.port))
        taken = await typed("send-test", "sms", "http-gateway", "+905554443322")
        post = await typed("send-test", "mail", "primary", "ann@example.com")
        place.status = 403
        sms = await typed("send-test", "sms", "http-gateway", "+905554443322")
    assert (
        taken.out.splitlines()[1]
        == "It is for that gateway now to deliver it; its own log or page says what came of it."
    )
    assert post.err.splitlines()[-1] == (
        "  What to check: What the server says above tells why: mostly it does not know this machine. May it send by this server?"
    )
    assert sms.err.splitlines()[-1] == (
        "  What to check: What the gateway says above tells what it misses in url, headers or body."
    )


USAGE = [
    (("mail", "primry", "ann@example.com"), "there is no mail server primry; did you mean `primary`?"),
    (("sms", "primary", "+905554443322"), "there is no SMS gateway primary; there is `gateway`, `out`, `smpp`"),
    (("mail", "primary", "ann"), "ADDRESS: ann is no e-mail address"),
    (("sms", "gateway", "12"), "NUMBER: 12 is no phone number"),
    (("sms", "gateway", "+4915112345678"), "NUMBER +4915112345678 is of DE, and enrollment.countries has TR only"),
]
OTHERS = """
mail_servers:
  primary: {host: 127.0.0.1, port: 9, encryption: none, from_address: mfa@example.com}
  out: {type: outbox}
sms_gateways:
  gateway: {type: http, url: "http://127.0.0.1:9/"}
  out: {type: outbox}
  smpp: {type: smpp, host: h, system_id: s, password: p, source_address: a}
"""


@pytest.mark.parametrize(("words", "told"), USAGE)
def test_what_can_not_be_meant(here, words, told):
    write(here, OTHERS)
    done = here.radiusd("send-test", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"radiusd: {told}")


def test_a_kind_that_sends_nothing(here):
    write(here, OTHERS)
    done = here.radiusd("send-test", "mail", "out", "ann@example.com")
    assert (done.code, done.out) == (1, "")
    assert "out is of type outbox: it sends nothing" in done.err


def test_nobody_listens(here):
    write(here, OTHERS)
    done = here.radiusd("send-test", "mail", "primary", "ann@example.com")
    assert done.code == 1
    assert "127.0.0.1:9: connection refused" in done.err
    assert "  What to check: Is the port right, and does the server run?\n" in done.err
