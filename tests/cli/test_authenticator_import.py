"""`radiusd authenticator import`: what another system exported, and that its apps let in here."""

from __future__ import annotations

import json
import re
import time

import pytest
import segno

from radiusd.rules import otpauth
from radiusd.rules.time_steps import Parameters, code, step_at
from tests.rules.test_token_exports import BASE32, SECRET, USER, account, migration
from tests.servers.daemon import daemon


@pytest.fixture
def office(here):
    yaml = here.yaml.read_text()
    yaml = yaml.replace("profiles:\n", "profiles:\n  app: {method: soft_otp, directories: [local]}\n")
    here.yaml.write_text(yaml.replace("profiles: [password-only]", "profiles: [app]"))
    for name in ("ann", "bob"):
        assert here.radiusd("user", "add", name, "--password-stdin", input="long tulip 9\n").code == 0
    return here


def imports(office, *words, code=0):
    done = office.radiusd("authenticator", "import", *words)
    assert done.code == code, done
    return done


def listed(office):
    return json.loads(office.radiusd("authenticator", "list", "--json").out)


def test_privacyideas_csv(office):
    """Who can be taken over is, who can not is named, and the command ends with 1."""
    (office.path / "tokens.csv").write_text(
        f"ann@corp, TOTP0001, {SECRET.hex()}, totp, 6, 30\nzoe@corp, TOTP0002, {'ab' * 20}, totp, 6, 30\n"
        f"bob@corp, OATH0003, {SECRET.hex()}, hotp, 6\nbob@corp, TOTP0004, {'cd' * 20}, totp, 8, 60\n"
    )
    done = imports(office, "tokens.csv", "--dry-run", code=1)
    assert (
        done.out
        == "tokens.csv, line 1: would be ann's\ntokens.csv, line 4: would be bob's\n2 would be taken over, 2 not\n"
    )
    assert listed(office) == []
    done = imports(office, "tokens.csv", code=1)
    assert done.out == "tokens.csv, line 1: is ann's\ntokens.csv, line 4: is bob's\n2 taken over, 2 not\n"
    assert done.err == (
        "radiusd: tokens.csv, line 2: zoe: nobody of the name zoe is known: no directory has it\n"
        "radiusd: tokens.csv, line 3: bob: it is of the kind hotp; only totp is taken\n"
    )
    assert [(each["user"], each["verified"], each["digits"], each["period_seconds"]) for each in listed(office)] == [
        ("ann", True, 6, 30), ("bob", True, 8, 60),
    ]  # fmt: skip
    assert "ann has it already" in imports(office, "tokens.csv", code=1).err
    assert len(listed(office)) == 2
    kept = (office.path / "radiusd.db").read_bytes() + (done.out + done.err).encode()
    assert SECRET.hex().encode() not in kept
    assert BASE32.encode() not in kept
    reasons = [row["reason"] for row in json.loads(office.radiusd("audit", "--json").out)]
    assert sum(reason.startswith("authenticator imported by ") for reason in reasons) == 2


def test_the_picture_of_google_authenticators_export(office):
    picture = segno.make(migration(account(name="someone@example.com", issuer="VPN")))
    picture.save(str(office.path / "export.png"), scale=4)
    done = imports(office, "export.png", "--user", "ann")
    assert done.out == "export.png, line 1, account 1: is ann's\n1 taken over, 0 not\n"
    assert listed(office)[0]["name"] == "VPN"
    (office.path / "cat.png").write_bytes(b"\x89PNG no picture")
    assert "no QR code is found in it" in imports(office, "cat.png", code=2).err


def test_multiotps_file_and_what_it_had_learned(office):
    (office.path / "bob.db").write_text(USER + f"token_seed={SECRET.hex()}\n")
    imports(office, "bob.db")
    [one] = listed(office)
    assert (one["user"], one["drift_steps"]) == ("bob", 2)


def test_an_app_that_was_taken_over_lets_in(office):
    (office.path / "uris.txt").write_text(otpauth.address(Parameters(BASE32), "Old", "ann") + "\n")
    assert json.loads(imports(office, "uris.txt", "--json").out) == {
        "taken_over": [{"where": "uris.txt, line 1", "user": "ann", "directory": "local"}], "left": [],
    }  # fmt: skip
    with daemon(office):
        shown = code(Parameters(BASE32), step_at(time.time(), 30))
        done = office.radiusd("login", "ann", "--password-stdin", "--code", shown, input="long tulip 9\n")
        assert done.code == 0, done
        assert re.search("Access-Accept", done.out)


def test_a_file_that_is_none_of_these(office):
    (office.path / "x.txt").write_text("hello\n")
    assert "x.txt: it is none of these" in imports(office, "x.txt", code=2).err
    assert "missing.csv can not be read: No such file or directory" in imports(office, "missing.csv", code=2).err
