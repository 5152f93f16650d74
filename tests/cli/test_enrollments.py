"""`radiusd enrollment`: what is typed, what is printed, the exit code (S164 to S171)."""

from __future__ import annotations

import json

import pytest

from tests.servers.daemon import COMMAND
from tests.servers.terminal import terminal

BY_SMS = """
sms_gateways: {gateway: {type: http, url: "https://sms.example.com/send", json: {to: "{{ recipient }}", text: "{{ message }}"}}}
enrollment: {per_user: 2}
"""


@pytest.fixture
def office(here):
    """`here` with a profile of codes by SMS before the password alone, and ann, who has a number."""
    yaml = here.yaml.read_text()
    yaml = yaml.replace(
        "profiles:\n", "profiles:\n  by-sms: {method: sms_otp, directories: [local], sms_gateways: [gateway]}\n"
    )
    here.yaml.write_text(yaml.replace("profiles: [password-only]", "profiles: [by-sms]") + BY_SMS)
    done = here.radiusd("user", "add", "ann", "--phone", "05554443322", "--password-stdin", input="long tulip 9\n")
    assert done.code == 0, done
    return here


def listed(office, *words):
    return json.loads(office.radiusd("enrollment", "list", *words, "--json").out)


def says(office, *words, code=0, **given):
    quietly = ("--no-tell",) if words[0] == "add" else ()  # no gateway is there
    done = office.radiusd("enrollment", *words, *quietly, **given)
    assert done.code == code, done
    return done.out if code == 0 else done.err


@pytest.mark.row("S164", "S165", "S166", "S167", "S168", "S169")
def test_the_list_shows_what_is_enrolled_and_what_the_directory_has(office):
    assert says(office, "add", "ANN", "0555 000 00 01", "--label", "at home") == (
        "+905550000001 of ann is enrolled: enrollment 1\n"
    )
    [one] = listed(office)
    assert {key: one[key] for key in ("id", "user", "directory", "kind", "value", "label", "status", "automatic")} == {
        "id": 1, "user": "ann", "directory": "local", "kind": "mobile", "value": "+905550000001", "label": "at home",
        "status": "active", "automatic": False,
    }  # fmt: skip
    assert one["verified_at"] == one["created_at"] != one["last_used_at"] is None
    assert [each["value"] for each in listed(office, "ann")] == ["+905550000001", "+905554443322"]
    assert listed(office, "ann", "--kind", "mail") == listed(office, "--status", "disabled") == []
    lines = says(office, "list", "ann").splitlines()
    assert lines[0].split() == [
        "ID",
        "USER",
        "DIRECTORY",
        "KIND",
        "VALUE",
        "STATUS",
        "LABEL",
        "SINCE",
        "BY",
        "LAST",
        "USED",
        "FROM",
    ]
    assert lines[1].split()[:8] == ["1", "ann", "local", "mobile", "+905550000001", "active", "at", "home"]
    assert lines[2].split() == ["ann", "local", "mobile", "+905554443322", "directory"]


def test_what_can_not_be_enrolled(office):
    assert says(office, "add", "ann", "nobody@", code=2) == "radiusd: nobody@ is not one\n"
    assert "enrollment.countries has TR only" in says(office, "add", "ann", "+4915123456789", code=2)
    assert says(office, "add", "bob", "a@example.com", code=1) == (
        "radiusd: nobody of the name bob is known: no directory has it\n"
    )
    says(office, "add", "ann", "ann@example.com")
    assert "it is enrolled already" in says(office, "add", "ann", "Ann+x@EXAMPLE.com", code=1)
    says(office, "add", "ann", "+905550000001")
    assert "as many as enrollment.per_user allows" in says(office, "add", "ann", "+905550000002", code=1)
    assert "did you mean `local`" in says(office, "add", "ann", "a@example.com", "--directory", "lokal", code=2)


@pytest.mark.row("S170", "S171")
def test_disabled_enabled_removed(office):
    says(office, "add", "ann", "+905550000001")
    assert says(office, "disable", "1") == "+905550000001 of ann is disabled: enrollment 1\n"
    assert "can not be disabled: it is disabled" in says(office, "disable", "1", code=1)
    assert "it is disabled; enable it" in says(office, "add", "ann", "+905550000001", code=1)
    says(office, "enable", "ann", "0555 000 00 01")
    says(office, "remove", "ann", "+905550000001")
    assert "has not enrolled" in says(office, "remove", "ann", "+905550000001", code=1)
    assert (
        says(office, "remove", "1", code=1)
        == "radiusd: there is no enrollment 1; radiusd enrollment list shows their numbers\n"
    )
    assert "can not be verified: it is active" in (
        says(office, "add", "ann", "a@example.com") and says(office, "verify", "1", code=1)
    )
    story = json.loads(office.radiusd("audit", "--user", "ann", "--json").out)
    reasons = [row["reason"].partition(" by ")[0] for row in story]
    assert [reason for reason in reasons if "number" in reason] == [
        "mobile number +90********01 enrolled",
        "mobile number +90********01 disabled",
        "mobile number +90********01 enabled",
        "mobile number +90********01 removed",
    ]


@pytest.mark.row("S170")
def test_what_the_directory_has_can_be_disabled_and_not_removed(office):
    assert "be changed there alone" in says(office, "remove", "ann", "05554443322", "--yes", code=1)
    says(office, "disable", "ann", "05554443322", "--yes")
    [own] = listed(office, "ann")
    assert (own["status"], own["automatic"]) == ("disabled", True)
    assert "the directory has it" in says(office, "remove", "1", "--yes", code=1)
    says(office, "enable", "1")


def test_the_last_one_of_what_the_policy_asks_is_asked_for(office):
    says(office, "add", "ann", "+905550000001")
    says(office, "disable", "1")  # not the last: the directory has another
    says(office, "enable", "1")
    asks = "without it ann can not sign in to vpn by by-sms: +90********22 is disabled, and there is no other"
    says(office, "remove", "1")
    with terminal(
        [*COMMAND, "enrollment", "disable", "ann", "05554443322"], office.path, office.env(), code=1
    ) as typed:
        typed.answers("Do it all the same?", "n")
    assert asks in typed.shown
    assert listed(office) == []
    with terminal([*COMMAND, "enrollment", "disable", "ann", "05554443322"], office.path, office.env()) as typed:
        typed.answers("Do it all the same?", "y")
    assert listed(office)[0]["status"] == "disabled"
