"""`radiusd authenticator`: what is typed, what is printed, what the app shows, the exit code (S228 to S235)."""

from __future__ import annotations

import json
import re
import time

import pytest

from radiusd.rules import otpauth
from tests.servers.authenticator_apps import KeePassXC, camera, oathtool
from tests.servers.daemon import COMMAND
from tests.servers.terminal import terminal

SECRET = re.compile(r"into the app: ([A-Z2-7 ]+)")
BLOCKS = re.compile(r"^[█▀▄  ]{20,}$", re.MULTILINE)


@pytest.fixture
def office(here):
    """`here` with codes of an app before the password alone, a Turkish issuer, and ayşe."""
    yaml = here.yaml.read_text()
    yaml = yaml.replace(
        "profiles:\n", "profiles:\n  app: {method: soft_otp, directories: [local], issuer: 'Şirket: Güvenlik/ğ'}\n"
    )
    here.yaml.write_text(yaml.replace("profiles: [password-only]", "profiles: [app]"))
    done = here.radiusd("user", "add", "ayşe", "--password-stdin", input="long tulip 9\n")
    assert done.code == 0, done
    return here


def says(office, *words, code=0, **given):
    done = office.radiusd("authenticator", *words, **given)
    assert done.code == code, done
    return done.out if code == 0 else done.err


def listed(office, *words):
    return json.loads(says(office, "list", *words, "--json"))


def begun(office, *words):
    """What `add` printed, and the address in its QR code as a camera reads it."""
    out = says(office, "add", "ayşe", *words)
    return out, camera("\n".join(BLOCKS.findall(out)), office.path)


def shown(address, off=0):
    return oathtool(address, time.time() + off)


@pytest.mark.row("S228", "S229", "S230", "S232", "S234")
def test_set_up_by_a_qr_code_in_the_terminal(office):
    """What the camera reads is the issuer and the user in their own letters, and oathtool's code of it is right."""
    out, address = begun(office, "--label", "Pixel")
    read = otpauth.read(address)
    assert (read.issuer, read.account) == ("Şirket: Güvenlik/ğ", "ayşe")
    assert address.isascii()
    assert len(otpauth.octets_of(read.parameters.secret)) * 8 == 160
    assert SECRET.search(out)[1].replace(" ", "") == read.parameters.secret
    [one] = listed(office)
    assert (one["user"], one["name"], one["verified"], one["why_not"]) == (
        "ayşe", "Pixel", False, "the QR code was not scanned yet, or the first code was not typed",
    )  # fmt: skip
    done = says(office, "verify", one["id"], "--code", shown(address))
    assert done.startswith(f"authenticator {one['id']} of ayşe is verified\nRecovery codes, each good once")
    assert len(re.findall(r"^  [0-9a-z]{5}-[0-9a-z]{5}$", done, re.MULTILINE)) == 10
    [one] = listed(office, "ayşe", "--status", "verified")
    assert (one["verified"], one["recovery_codes_left"]) == (True, 10)
    assert "yes" in says(office, "list")


def test_keepassxc_as_the_app(office):
    _out, address = begun(office)
    app = KeePassXC(office.path, address)
    assert app.shows() in {shown(address), shown(address, -30)}
    says(office, "verify", listed(office)[0]["id"], "--code", app.shows())


def test_a_picture_for_who_has_no_terminal(office):
    says(office, "add", "ayşe", "--svg", "qr.svg")
    file = office.path / "qr.svg"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "<svg" in file.read_text()
    assert "secret=" not in file.read_text()


def test_a_secret_is_never_shown_again(office):
    _out, address = begun(office)
    [one] = listed(office)
    told = says(office, "show", one["id"]) + says(office, "show", one["id"], "--json") + says(office, "list")
    told += office.radiusd("audit", "--json").out
    secret = otpauth.read(address).parameters.secret
    assert secret not in told
    assert secret.encode() not in (office.path / "radiusd.db").read_bytes()


@pytest.mark.row("S235")
def test_a_first_code_that_is_wrong(office):
    _out, address = begun(office)
    [one] = listed(office)
    wrong = "000000" if shown(address) != "000000" else "111111"
    err = says(office, "verify", one["id"], "--code", wrong, code=1)
    assert "this is not the code that the app shows" in err
    assert listed(office)[0]["why_not"] == "the first code was wrong"
    says(office, "verify", one["id"], "--code", wrong, code=1)
    assert listed(office)[0]["why_not"] == "the first code was wrong 2 times"
    says(office, "verify", one["id"], "--code", shown(address))
    assert "it is verified" in says(office, "verify", one["id"], "--code", shown(address), code=1)
    reasons = [row["reason"] for row in json.loads(office.radiusd("audit", "--json").out)]
    assert [reason.partition(" by ")[0] for reason in reasons if "authenticator" in reason] == [
        "authenticator begun", "first code of authenticator wrong", "first code of authenticator wrong",
        "authenticator verified",
    ]  # fmt: skip


@pytest.mark.row("S238")
def test_a_clock_of_another_time_zone_is_told(office):
    _out, address = begun(office)
    [one] = listed(office)
    err = says(office, "verify", one["id"], "--code", shown(address, -7200), code=1)
    assert "set the clock of the phone; it is 2 hours behind" in err
    assert listed(office)[0]["why_not"] == "the first code was wrong; the app's clock is 2 hours behind"


def test_a_clock_that_is_some_minutes_off_is_learned(office):
    _out, address = begun(office)
    [one] = listed(office)
    done = office.radiusd("authenticator", "verify", one["id"], "--code", shown(address, 180))
    assert "the clock of the app is 3 minutes ahead; that is known from now on" in done.err
    assert listed(office)[0]["drift_steps"] == 6


@pytest.mark.row("S233")
def test_a_qr_code_expires_and_is_made_anew(office):
    office.yaml.write_text(office.yaml.read_text().replace("{method: soft_otp,", "{method: soft_otp, qr_validity: 1s,"))
    _out, address = begun(office)
    [one] = listed(office)
    expired = False
    for _ in range(100):
        expired = listed(office)[0]["why_not"].endswith("the QR code has expired")
        if expired:
            break
        time.sleep(0.1)
    assert expired
    assert "its QR code has expired" in says(office, "verify", one["id"], "--code", shown(address), code=1)
    office.yaml.write_text(office.yaml.read_text().replace("qr_validity: 1s", "qr_validity: 15m"))
    out = says(office, "renew", one["id"])
    again = camera("\n".join(BLOCKS.findall(out)), office.path)
    assert otpauth.read(again).parameters.secret != otpauth.read(address).parameters.secret
    says(office, "verify", one["id"], "--code", shown(address), code=1)
    says(office, "verify", one["id"], "--code", shown(again))
    assert "its QR code is shown once; add another one" in says(office, "renew", one["id"], code=1)


def test_disabled_enabled_removed(office):
    _out, address = begun(office)
    [one] = listed(office)
    assert "can not be disabled: it is pending" in says(office, "disable", one["id"], "--yes", code=1)
    says(office, "verify", one["id"], "--code", shown(address))
    asked = office.radiusd("authenticator", "disable", one["id"], input="n\n")
    assert "it is the last one of ayşe, who can not sign in with a code of an app without it" in asked.err
    assert asked.code == 1
    assert says(office, "disable", one["id"], "--yes") == f"authenticator {one['id']} of ayşe is disabled\n"
    assert listed(office)[0]["why_not"] == "disabled"
    says(office, "enable", one["id"])
    says(office, "remove", one["id"], "--yes")
    assert listed(office) == []
    assert f"there is no authenticator {one['id']}" in says(office, "show", one["id"], code=1)


def test_a_token_whose_clock_ran_away_is_synchronised(office):
    _out, address = begun(office)
    [one] = listed(office)
    says(office, "verify", one["id"], "--code", shown(address))
    codes = shown(address, 3000), shown(address, 3030)
    assert "no two codes" in says(office, "resync", one["id"], "--codes", *reversed(codes), code=1)
    says(office, "resync", one["id"], "--codes", *codes)
    assert listed(office)[0]["drift_steps"] in (100, 101)
    assert "no two codes" in says(office, "resync", one["id"], "--codes", *codes, code=1)


def test_new_recovery_codes(office):
    assert "has no authenticator that is verified" in says(office, "recovery-codes", "ayşe", "--yes", code=1)
    _out, address = begun(office)
    says(office, "verify", listed(office)[0]["id"], "--code", shown(address))
    made = json.loads(says(office, "recovery-codes", "ayşe", "--yes", "--json"))
    assert len(set(made)) == 10
    assert made[0].encode() not in (office.path / "radiusd.db").read_bytes()


def test_as_many_as_a_user_may_have(office):
    office.yaml.write_text(office.yaml.read_text() + "enrollment: {per_user: 1}\n")
    begun(office)
    assert "ayşe has 1, as many as enrollment.per_user allows" in says(office, "add", "ayşe", code=1)


def test_without_a_profile_nobody_could_use_it(here):
    here.radiusd("user", "add", "ann", "--password-stdin", input="long tulip 9\n")
    done = here.radiusd("authenticator", "add", "ann")
    assert (done.code, "no profile in radius.yaml has the method soft_otp" in done.err) == (2, True)


def test_nobody_of_that_name(office):
    assert "nobody of the name bob is known" in says(office, "add", "bob", code=1)


def test_a_first_code_may_come_later(office):
    """Who ends the question (Ctrl-D) is told how to go on."""
    with terminal([*COMMAND, "authenticator", "add", "ayşe"], office.path, office.env(), code=1) as asked:
        asked.answers("First code: ", "\x04")
        while asked.reads():
            pass
    assert re.search(r"is not verified; radiusd authenticator verify \w+ takes the code later\n", asked.shown)
    assert "Aborted" not in asked.shown
