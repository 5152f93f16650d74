"""`radiusd client trace`: each packet of one NAS while it happens (X34)."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import time
from contextlib import contextmanager

import pytest

from radiusd.nas.asking import Nas, NoReply
from tests.servers.daemon import COMMAND, SECRET, daemon, folder

YAML = """
listen:
  authentication: [127.0.0.1:{authentication}]
  accounting: [127.0.0.1:{accounting}]
  web: [127.0.0.1:{web}]
phone_country: TR
time_zone: UTC
clients:
  nas: {{address: 127.0.0.1, secret: "correct horse battery", application: vpn}}
  other: {{address: 127.0.0.2, secret: "correct horse battery", application: vpn, message_authenticator: optional}}
directories: {{local: {{type: local}}}}
profiles: {{password-only: {{method: password, directories: [local]}}}}
applications: {{vpn: {{profiles: [password-only], reply: {{Filter-Id: staff}}}}}}
security: {{reject_delay: 0s}}
"""
PASSWORD = "a tulip in May"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    place = folder(tmp_path_factory.mktemp("trace"), YAML)
    assert place.radiusd("user", "add", "ann", "--password-stdin", input=f"{PASSWORD}\n").code == 0
    with daemon(place) as server:
        yield server


class Looking:
    """Somebody who looks on at one client."""

    def __init__(self, process, out, err):
        self.process, self._out, self._err = process, out, err

    @property
    def shown(self):
        return self._out.read_text()

    def wait_for(self, text, times=1):
        end = time.monotonic() + 20
        while self.shown.count(text) < times:
            assert time.monotonic() < end, self.shown + self._err.read_text()
            time.sleep(0.02)
        return self.shown

    @property
    def events(self):
        return [json.loads(line) for line in self.shown.splitlines()]


@contextmanager
def looking(place, *words):
    out, err = place.path / f"out{time.monotonic_ns()}", place.path / f"err{time.monotonic_ns()}"
    with out.open("wb") as first, err.open("wb") as second:
        process = subprocess.Popen(
            [*COMMAND, "client", "trace", *words], cwd=place.path, env=place.env(), stdout=first, stderr=second
        )
    try:
        end = time.monotonic() + 20
        while "are shown from now on" not in err.read_text():
            assert time.monotonic() < end, err.read_text()
            time.sleep(0.02)
        yield Looking(process, out, err)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130


def nas(place, source="127.0.0.1", kind="authentication", **more):
    return Nas(("127.0.0.1", place.ports[kind]), SECRET.encode(), source=source, **more)


async def test_each_packet_with_its_attributes_by_name_and_why_one_is_dropped(running):
    with looking(running, "nas") as look:
        asks = nas(running)
        await asks.asks(User_Name="ann", User_Password=PASSWORD, Calling_Station_Id="198.51.100.7", State=b"s" * 48)
        with pytest.raises(NoReply):
            await nas(running, message_authenticator=False, timeout=0.1, tries=1).asks(
                User_Name="ann", User_Password="x"
            )
        await nas(running).sends(b"\x01")
        text = look.wait_for("dropped (length)")
    lines = text.splitlines()
    request = next(number for number, line in enumerate(lines) if "Access-Request" in line)
    port = asks._last[1]
    assert f"127.0.0.1:{port} > radiusd  Access-Request {asks.sent[1]}, {len(asks.sent)} octets" in lines[request]
    assert [line.split() for line in lines[request + 1 : request + 6]] == [
        ["Message-Authenticator", "(16", "octets)"],
        ["User-Name", "ann"],
        ["User-Password", "(16", "octets)"],
        ["Calling-Station-Id", "198.51.100.7"],
        ["State", "(48", "octets)"],
    ]
    assert f"radiusd > 127.0.0.1:{port}  Access-" in text
    assert ", after 0." in text
    assert "dropped (no Message-Authenticator): set message_authenticator of this client, or update the NAS" in text
    assert "> radiusd  no packet, 1 octets" in text


async def test_no_secret_is_shown(running):
    with looking(running, "nas", "--json") as look:
        reply = await nas(running).asks(User_Name="ann", User_Password=PASSWORD, Digest_Response="0123456789abcdef")
        await nas(running).asks(User_Name="ann", CHAP_Challenge=b"c" * 16, chap="secret word")
        assert reply.code == "Access-Reject" or reply["Filter-Id"] == "staff"
        look.wait_for('"out"', 2)
        shown = look.shown
    for secret in (PASSWORD, SECRET, "secret word", "0123456789abcdef", "c" * 16, "63" * 16, reply.octets[22:38].hex()):
        assert secret not in shown
    assert ["CHAP-Password", "(17 octets)"] in look.events[2]["attributes"]


async def test_copies_and_their_times(running):
    with looking(running, "nas", "--json") as look:
        asks = nas(running)
        await asks.asks(User_Name="ann", User_Password=PASSWORD)
        await asks.again()
        await asks.again()
        look.wait_for('"out"', 3)
    assert [(event["way"], event.get("copy")) for event in look.events] == [
        ("in", 1), ("out", None), ("in", 2), ("out", None), ("in", 3), ("out", None),
    ]  # fmt: skip
    assert {event["code"] for event in look.events} == {"Access-Request", "Access-Accept"}
    assert look.events[1]["attributes"][-1] == ["Filter-Id", "staff"]
    after = [event["after_seconds"] for event in look.events]
    assert after == sorted(after)


async def test_other_clients_are_not_shown_and_accounting_is(running):
    with looking(running, "other", "--json") as look, looking(running, "nas", "--json") as beside:
        await nas(running).asks(User_Name="ann", User_Password=PASSWORD)
        await nas(running, "127.0.0.2", "accounting").accounts(
            User_Name="ann", Acct_Status_Type="Start", Acct_Session_Id="77"
        )
        look.wait_for("Accounting-Response")
        beside.wait_for("Access-Accept")
    assert [event["code"] for event in look.events] == ["Accounting-Request", "Accounting-Response"]
    assert ["Acct-Status-Type", "Start"] in look.events[0]["attributes"]
    assert {event["client"] for event in beside.events} == {"nas"}


def test_it_is_the_owners_alone(running):
    (socket,) = running.path.glob("*.trace")
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600


def test_an_unknown_client(running):
    done = running.radiusd("client", "trace", "nsa")
    assert (done.code, done.out) == (2, "")
    assert "radius.yaml has no client `nsa`; did you mean `nas`?" in done.err


def test_no_server(here):
    done = here.radiusd("client", "trace", "nas")
    assert (done.code, done.out) == (1, "")
    assert "no radiusd runs here that could be looked at" in done.err
    assert "start it with: radiusd run" in done.err


def test_the_server_ends(tmp_path):
    place = folder(tmp_path, YAML)
    with daemon(place) as server:
        out, err = tmp_path / "seen", tmp_path / "said"
        with out.open("wb") as first, err.open("wb") as second:
            process = subprocess.Popen(
                [*COMMAND, "client", "trace", "nas"], cwd=tmp_path, env=place.env(), stdout=first, stderr=second
            )
        while "are shown from now on" not in err.read_text():
            assert process.poll() is None, err.read_text()
            time.sleep(0.02)
        (socket,) = tmp_path.glob("*.trace")
        server.stop()
        assert process.wait(10) == 1
    assert "the server has ended" in err.read_text()
    assert not socket.exists()


async def test_who_does_not_read_keeps_nobody_waiting(running):
    """Nor does who is gone without a word: the next request is answered as if nobody had looked on."""
    with looking(running, "nas") as look:
        look.process.send_signal(signal.SIGSTOP)
        for _ in range(50):
            await nas(running).asks(User_Name="ann", User_Password=PASSWORD)
        look.process.send_signal(signal.SIGCONT)
        look.wait_for("Access-Accept", 50)
    assert (await nas(running).asks(User_Name="ann", User_Password=PASSWORD)).code == "Access-Accept"
