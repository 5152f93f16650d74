"""A mail as octets: what was said comes out again, and nothing that is put in becomes a header."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from config.secret import Secret
from radiusd.delivery import Fault
from radiusd.delivery.composed import composed
from radiusd.model.message import Mail
from radiusd.rules.mail_addresses import mailbox
from tests.delivery.carrying import MAIL, refused, smtp, soon
from tests.servers.smtp import mail_server

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
TURKISH = "Ayşe Öğretmenoğlu İğdır'dan oturum açmak istiyor: ŞĞÜÖÇİ şğüöçı"


def octets_of(mail, *, name="Example MFA", eight_bit=True):
    return composed(mail, to=mail.recipient, sender="mfa@example.com", sender_name=name, eight_bit=eight_bit)


def raw_headers(octets):
    """Names and unfolded values, as a reader sees them that knows nothing of Python."""
    head = octets.partition(b"\r\n\r\n")[0].decode("ascii")
    assert not re.search(r"(?<!\r)\n|\r(?!\n)", head)
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    return [tuple(line.split(": ", 1)) for line in lines]


def shown(value):
    """An encoded header for people (RFC 2047), by the older of Python's readers, which loses no blanks."""
    return str(make_header(decode_header(value)))


def one_line(text):
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


anything = st.text(st.characters() | st.sampled_from('\r\n:=? ,<>"@\\şğİ'), max_size=200)


@given(subject=anything, name=anything, text=anything, html=st.none() | anything)
@example(subject="code\r\nBcc: eve@example.net", name='"\r\nBcc: <eve@example.net>', text="\r\n.\r\n", html=None)
@example(subject="=?utf-8?q?a=0D=0ABcc:_eve?=", name="=?utf-8?b?DQpCY2M6?=", text="", html="")
@example(subject="x ş y ş z " * 15, name="a" * 90 + "ş, x", text="a" * 2000, html="ş" * 2000)
@example(subject="\u2028Bcc: eve@example.net\x85Bcc: eve", name="eve@example.net, ", text="\x00\x0b", html=None)
def test_exactly_our_headers_whatever_is_put_in(subject, name, text, html):
    for eight_bit in (True, False):
        octets = octets_of(Mail("ann@example.com", subject, text, html), name=name, eight_bit=eight_bit)
        headers = raw_headers(octets)
        names = [each[0] for each in headers]
        assert sorted(names) == sorted(HEADERS + ([] if html is not None else ["Content-Transfer-Encoding"]))
        values = dict(headers)
        assert shown(values["Subject"]) == one_line(subject)
        assert values["To"] == "ann@example.com"
        assert values["From"].endswith("<mfa@example.com>" if one_line(name) else "mfa@example.com")
        assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
        assert all(len(line) <= 78 for line in octets.partition(b"\r\n\r\n")[0].split(b"\r\n"))
        assert eight_bit or octets.isascii()


@given(name=anything)
@example(name='Örnek, Şirket "A" <a@b>')
@example(name="Example, Inc")
@example(name='back\\slash "quoted"')
@pytest.mark.row("S106", "S107")
def test_the_name_is_the_senders_and_there_is_one_sender(name):
    octets = octets_of(MAIL, name=name)
    parsed = email.message_from_bytes(octets)
    ((told, address),) = email.utils.getaddresses([parsed["From"]])
    assert address == "mfa@example.com"
    assert shown(told) == one_line(name)


plain = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=300)


@given(text=plain, html=plain)
@example(text=TURKISH, html=f"<p>{TURKISH}</p>")
@example(text=".\n..\n.", html=".")
@example(text=TURKISH * 30, html=TURKISH * 30)
@example(text="From here\nFrom there", html="")
@pytest.mark.parametrize("eight_bit", [True, False])
def test_texts_come_out_as_they_went_in(eight_bit, text, html):
    octets = octets_of(Mail("ann@example.com", "", text, html), eight_bit=eight_bit)
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    # A program shows the last one that it can (RFC 2046 section 5.1.4).
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    for kind, said in (("plain", text), ("html", html)):
        part = parsed.get_body((kind,))
        assert part.get_content_charset() == "utf-8"
        # Up to the end of the last line, which RFC 5322 adds; an empty text has one too.
        told = part.get_content().replace("\r\n", "\n")
        assert told.removesuffix("\n") == said.removesuffix("\n")


@pytest.mark.parametrize("lacks", [(), ("8BITMIME",)])
@pytest.mark.row("S140")
async def test_turkish_through_a_server(lacks):
    mail = Mail("ann@example.com", TURKISH, f"{TURKISH}\n.\nKod: 837465\n", f"<p>{TURKISH}</p>\n")
    async with mail_server(lacks=lacks) as server, smtp(server, from_name="Örnek Şirketi") as carrier:
        await carrier.send(mail, soon())
    (taken,) = server.mails
    assert taken.octets.isascii() or not lacks
    assert ("BODY=8BITMIME" in taken.modes) is (not lacks)
    assert taken.parsed["Subject"] == mail.subject
    assert taken.parsed["From"].addresses[0].display_name == "Örnek Şirketi"
    assert taken.text == mail.text
    assert taken.parsed.get_body(("html",)).get_content().replace("\r\n", "\n") == mail.html
    assert taken.parsed["Auto-Submitted"] == "auto-generated"
    assert taken.parsed["Message-ID"].endswith("@example.com>")
    assert taken.parsed["Date"].datetime is not None


async def test_an_address_beyond_ascii_only_where_the_server_takes_it():
    mail = replace(MAIL, recipient="ayşe@example.com")
    async with mail_server() as server, smtp(server) as carrier:
        await carrier.send(mail, soon())
        assert server.mails[0].recipients == ["ayşe@example.com"]
        assert "SMTPUTF8" in server.mails[0].modes
        assert "To: ayşe@example.com\r\n".encode() in server.mails[0].octets
        await carrier.send(MAIL, soon())
        assert "SMTPUTF8" not in server.mails[1].modes
    async with mail_server(utf8=False) as server, smtp(server) as carrier:
        failed = await refused(carrier, mail)
        assert "beyond ASCII" in failed.cause
        assert failed.fault is Fault.RECIPIENT
        await carrier.send(MAIL, soon())
    async with mail_server(utf8=False) as server, smtp(server, from_address="şirket@example.com") as carrier:
        failed = await refused(carrier, MAIL)
        assert "from_address is one" in failed.cause
        assert failed.fault is Fault.CARRIER


async def test_a_domain_beyond_ascii_is_taken_everywhere():
    async with mail_server(utf8=False) as server, smtp(server, from_address="mfa@örnek.com.tr") as carrier:
        await carrier.send(replace(MAIL, recipient="ann@şirket.com.tr"), soon())
    assert server.mails[0].recipients == ["ann@xn--irket-idb.com.tr"]
    assert server.mails[0].sender == "mfa@xn--rnek-4qa.com.tr"
    assert server.mails[0].octets.partition(b"\r\n\r\n")[0].isascii()


NO_ADDRESSES = [
    "",
    "ann",
    "ann@",
    "@example.com",
    "ann@example.com, eve@example.net",
    "ann@example.com> SIZE=1",
    "ann@example.com\r\nRCPT TO:<eve@example.net>",
    "Ann <ann@example.com>",
    '"a b"@example.com',
    "ann(x)@example.com",
    "ann@exa\x00mple.com",
    "ann@" + "ş" * 70 + ".com",
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
async def test_what_is_no_address_is_sent_nowhere(address):
    assert mailbox(address) is None
    async with mail_server() as server, smtp(server) as carrier:
        failed = await refused(carrier, replace(MAIL, recipient=address))
        assert (failed.cause, failed.final) == ("the recipient is no mail address", True)
        assert not server.connections


@pytest.mark.parametrize(
    "address", ["ann@example.com", "a.n-n+x@mail.example.com", "o'neil@localhost", "ann@[192.0.2.1]x"]
)
def test_what_is_an_address(address):
    assert mailbox(address) == (None if "[" in address else address)


async def test_from_address_that_no_mail_can_have():
    async with mail_server() as server, smtp(server, from_address="a(b@example.com") as carrier:
        assert "from_address" in (await refused(carrier)).cause


def test_a_mail_tells_nothing_of_itself():
    """What is logged by mistake is a repr."""
    assert "837465" not in repr(MAIL)
    assert "837465" not in f"{Secret('837465')}"
