"""`radiusd simulate` against real servers: a demonstration for every NAS, and one that sends real mails."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from contextlib import AsyncExitStack
from xml.etree import ElementTree as ET

import pytest

from radiusd.nas.products import PRODUCTS
from tests.servers.daemon import ROOT, Folder, daemon, folder, free_ports
from tests.servers.mailbox import mailbox
from tests.servers.typed import typed

KEYS = [product.key for product in PRODUCTS]
SETTINGS = ("as it comes", "as recommended")
TRIES = 3  # one NAS gives up after a second: on a machine that is busy with other tests it may do so too soon
SVG = "{http://www.w3.org/2000/svg}"
MAILS = """
listen:
  authentication: [127.0.0.1:{authentication}]
  accounting: []
  web: [127.0.0.1:{web}]
public_url: http://127.0.0.1:{web}
clients:
  here: {{address: 127.0.0.1, secret: "correct horse battery", application: vpn, hold: 3s, message_authenticator: auto}}
directories:
  local: {{type: local}}
mail_servers:
  real: {{host: 127.0.0.1, port: MAIL, encryption: none, from_address: mfa@example.com}}
profiles:
  password-only: {{method: password, directories: [local]}}
  mailed-code: {{method: mail_otp, directories: [local], mail_servers: [real]}}
  approval: {{method: approved_otp, directories: [local], mail_servers: [real]}}
policies:
  - {{profile: mailed-code, directory: local, attribute: username, values: [ann]}}
  - {{profile: approval, directory: local, attribute: username, values: [ben]}}
applications:
  vpn: {{profiles: [mailed-code, approval, password-only]}}
security: {{reject_delay: 0s}}
"""


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """The radius.yaml of this project, running on free ports."""
    path, ports = tmp_path_factory.mktemp("demo"), free_ports()
    text = (ROOT / "radius.yaml").read_text()
    for usual, listener in ((1812, "authentication"), (1813, "accounting"), (8080, "web")):
        text = re.sub(rf'127\.0\.0\.1:{usual}(, "\[::1\]:{usual}")?', f"127.0.0.1:{ports[listener]}", text)
    (path / "radius.yaml").write_text(text)
    with daemon(Folder(path, ports), "--demo") as running:
        yield running


def drawn(path):
    """The texts of a drawing, in order."""
    return [text.text for text in ET.parse(path).iter(f"{SVG}text")]


def plays(demonstration):
    """All of them: the rows, and by NAS, setting and method."""
    done = demonstration.radiusd("simulate", "--json", "--types-after", "0.2", "--decides-after", "4.5")
    assert (done.code, done.err) == (0, "")
    rows = json.loads(done.out)
    return rows, {(row["nas"], row["setting"], row["method"]): row for row in rows}


def test_every_nas_as_it_comes_and_as_recommended(demonstration):
    """Issue: whether a mailed code and an approval can succeed, for each NAS of the table; the times are the wire's."""
    refused = {
        ("strongswan", "as it comes", "code"),
        ("strongswan", "as it comes", "approval"),
        *(("kamailio", setting, method) for setting in SETTINGS for method in ("code", "approval")),
    }
    for _ in range(TRIES):
        rows, played = plays(demonstration)
        if {key for key, row in played.items() if not row["signs_in"]} == refused:
            break
    assert set(played) == {(nas, each, method) for nas in KEYS for each in SETTINGS for method in ("code", "approval")}
    assert {key for key, row in played.items() if not row["signs_in"]} == refused
    assert played["kamailio", "as it comes", "code"]["why"] == "it speaks Digest alone, which is refused"
    assert played["strongswan", "as it comes", "code"]["why"] == "it speaks EAP alone, which is refused"

    def why(*key):
        return played[key]["why"]

    assert why("fortigate", "as it comes", "code") == "the code was typed in time"
    assert why("mikrotik", "as it comes", "code") == "the code came behind the password, at the second try"
    assert why("pam_radius", "as it comes", "approval").startswith("approved; Enter was pressed ")
    assert why("mikrotik", "as it comes", "approval") == "not decided in time; the approval counted at the second try"
    assert why("openvpn", "as it comes", "approval").startswith("it gave up after 1 s; the approval counted")
    assert why("ocserv", "as recommended", "approval").startswith("approved; Enter was pressed ")
    for nas in ("postgresql", "proftpd"):  # nothing can be set: 3 and 5 s
        assert why(nas, "as recommended", "approval").endswith("the approval counted at the second try")
    for nas in set(KEYS) - {"ocserv", "postgresql", "proftpd", "kamailio"}:
        assert why(nas, "as recommended", "approval") == "approved while the NAS waited"
        assert played[nas, "as recommended", "approval"]["seconds"] >= 4.5

    # Who was played is gone, and nobody else.
    left = [user["username"] for user in json.loads(demonstration.radiusd("user", "list", "--json").out)]
    assert left == ["demo", "demo-approval", "demo-mail", "demo-sms"]
    assert sorted(row["drawing"] for row in rows) == sorted(path.name for path in demonstration.path.glob("*.svg"))

    joined = drawn(demonstration.path / played["openvpn", "as it comes", "approval"]["drawing"])
    for text in ("who asks, and a link", "joins the sign-in that waits", "gives up after 1 s", "approves", "signed in"):
        assert text in joined
    assert "nobody waits: kept for the next try" in joined
    copies = drawn(demonstration.path / played["mikrotik", "as it comes", "approval"]["drawing"])
    assert copies.count("a duplicate: no second message") == 2
    assert any(re.fullmatch(r"Id \d+ again, the same octets", text) for text in copies)


def test_no_secret_is_in_a_drawing(demonstration):
    """Nor a password, nor a code."""
    secret = (demonstration.path / "radiusd-demo.secret").read_text().strip()
    passwords = re.findall(r"^  demo\S*\s+(\w+)", demonstration.out, re.MULTILINE)
    assert len(passwords) == 4
    drawings = list(demonstration.path.glob("*.svg"))
    assert drawings
    for path in drawings:
        texts = " ".join(drawn(path))
        assert not any(word in texts for word in (secret, *passwords))
        assert not re.search(r"(?<![\w.])\d{6}(?![\w.])", texts)


def test_a_user_of_the_demonstration(demonstration):
    """Somebody by name, with a password that is typed; the codes come from the outbox all the same."""
    password = re.search(r"^  demo-sms\s+(\w+)", demonstration.out, re.MULTILINE)[1]
    words = ("simulate", "pan-os", "--user", "demo-sms", "--password-stdin", "--types-after", "0.1")
    done = demonstration.radiusd(*words, input=f"{password}\n")
    assert done.code == 0
    assert len(re.findall(r"^pan-os +as (?:it comes|recommended) .* code +yes ", done.out, re.MULTILINE)) == 2


def test_what_can_not_be_played(demonstration):
    def complains(*words):
        done = demonstration.radiusd("simulate", *words)
        assert (done.code, done.out) == (2, "")
        return re.sub(r"\W+", " ", done.err)

    assert "nothing is known of fortigat did you mean fortigate" in complains("fortigat")
    assert "name the NASes that ann signs in by or write all fortigate" in complains("--user", "ann")
    assert "there is no client fw" in complains("f5", "--client", "fw")
    assert "decides after" in complains("f5", "--decides-after", "-1")


def test_no_demonstration_and_no_server(tmp_path):
    """Nobody is played where there is nobody to play."""
    here = folder(tmp_path)
    done = here.radiusd("simulate")
    assert done.code == 2
    assert "no demonstration runs here: name a user with --user" in done.err
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:  # closed: nothing listens
        other.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{other.getsockname()[1]}"
    done = here.radiusd("simulate", "f5", "--user", "ann", "--password-stdin", "--server", place, input="x\n")
    assert done.code == 1
    assert "Does the server run?" in done.err


async def test_real_mails(tmp_path):
    """A person types the codes and decides; a wrong password is refused at both tries of the NAS."""
    async with mailbox() as box, AsyncExitStack() as stack:
        place = folder(tmp_path, MAILS.replace("MAIL", str(box.port)))
        for words in (("ann", "--email", "ann@example.com"), ("ben", "--sponsor-email", "boss@example.com")):
            assert place.radiusd("user", "add", *words, "--password-stdin", input="long tulip 9\n").code == 0
        server = daemon(place)
        running = await asyncio.to_thread(server.__enter__)  # else the mails of its end would find nobody
        stack.push_async_callback(asyncio.to_thread, server.__exit__, None, None, None)
        simulate = [sys.executable, "-m", "radiusd", "simulate", "--password-stdin"]

        async with typed([*simulate, "pan-os", "--user", "ann"], running.env(), running.path) as terminal:
            await terminal.types("long tulip 9")
            for setting in ("as it comes", "as recommended"):
                await terminal.shows(
                    f"Palo Alto Networks GlobalProtect, {setting}, ann: Code sent to a***n@example.com"
                )
                await box.first("ann@example.com")
                [mail] = box.take("ann@example.com")
                await terminal.types(re.search(r"\d{6}", mail)[0])
            assert await terminal.ends()
        assert len(re.findall(r"code +yes .* the code was typed in time", terminal.shown)) == 2

        async with typed([*simulate, "mikrotik", "--user", "ben"], running.env(), running.path) as terminal:
            await terminal.types("long tulip 9")
            for _setting in range(2):
                said = await terminal.shows(" approve\n")
                [decide] = re.findall(r"radiusd (approval decide \w+ approve)", said)
                assert running.radiusd(*decide.split()).code == 0
            assert await terminal.ends()
        assert len(re.findall(r"approval +yes .* approved while the NAS waited", terminal.shown)) == 2

        wrong = running.radiusd("simulate", "f5", "--user", "ann", "--password-stdin", "--json", input="wrong\n")
        assert wrong.code == 0
        assert [re.sub(r"Ref \w{8}", "Ref", row["why"]) for row in json.loads(wrong.out)] == 2 * [
            "refused: Access denied. Ref"
        ]


async def test_at_a_menu(tmp_path):
    """`--choose` answers it; without, the person at the terminal does."""
    async with mailbox() as box, AsyncExitStack() as stack:
        text = MAILS.replace("MAIL", str(box.port)).replace("vpn: {{profiles", "vpn: {{choose: ask, profiles")
        place = folder(tmp_path, text[: text.index("policies:")] + text[text.index("applications:") :])
        added = place.radiusd(
            "user", "add", "ann", "--email", "ann@example.com", "--password-stdin", input="long tulip 9\n"
        )
        assert added.code == 0
        server = daemon(place)
        running = await asyncio.to_thread(server.__enter__)  # else the mails of its end would find nobody
        stack.push_async_callback(asyncio.to_thread, server.__exit__, None, None, None)
        simulate = [sys.executable, "-m", "radiusd", "simulate", "--password-stdin", "pan-os", "--user", "ann"]

        async with typed([*simulate, "--choose", "mailed-code"], running.env(), running.path) as terminal:
            await terminal.types("long tulip 9")
            for _setting in range(2):
                await terminal.shows("ann: Code sent to a***n@example.com")
                await box.first("ann@example.com")
                [mail] = box.take("ann@example.com")
                await terminal.types(re.search(r"\d{6}", mail)[0])
            assert await terminal.ends()
        assert len(re.findall(r"code +yes .* the code was typed in time", terminal.shown)) == 2

        async with typed(simulate, running.env(), running.path) as terminal:
            await terminal.types("long tulip 9")
            for _setting in range(2):
                await terminal.shows("ann: How do you want to sign in? 1: mailed-code, 2: approval, 3: password-only.")
                await terminal.types("3")
            assert await terminal.ends()
        assert len(re.findall(r"password +yes ", terminal.shown)) == 2
        assert "3" in drawn(running.path / "simulate-pan-os-as-it-comes-password.svg")
