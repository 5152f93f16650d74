"""Warnings, what is not active yet, and what a reload says of a change. No secret in any of it."""

from __future__ import annotations

import json

import pytest
from pydantic_core import PydanticSerializationError

from config.checks import inactive
from config.checks.inactive import Inactive
from config.difference import difference
from config.faults import SettingsError
from config.kinds import Kind
from radiusd.handlers import KINDS
from radiusd.handlers.soft_otp import SoftOtpOptions
from tests.config.test_meaning import SENDING
from tests.config.writing import CLIENTS, ENVIRONMENT, EXAMPLE, SMALL, changed, faults_of, settings_of, warnings_of


def test_nothing_to_say(tmp_path):
    assert warnings_of(tmp_path, SMALL) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("a secret of twenty characters", "twelve chars", ["2:37: the secret has 12 characters or fewer; take 20 or more, random ones"]),
        ("a secret of twenty characters", "thirteen char", []),
        ("a secret of twenty characters", "x" * 49, ["2:37: the secret has over 48 characters; some NASes cut it off"]),
        ("a secret of twenty characters", "x" * 48, []),
        ("application: vpn", "application: vpn, message_authenticator: auto", []),
        ("application: vpn", "application: vpn, message_authenticator: optional", ["2:111: requests without Message-Authenticator are taken; `required` or `auto` keeps forged replies out"]),
        ("application: vpn", "application: vpn, hold: 4s", ["2:94: a `hold` under 5s leaves little time to ask a directory; let the NAS wait 10s or more"]),
        ("application: vpn", "application: vpn, hold: 5s", []),
        ("ldaps:", "ldap:", ["5:28: passwords go to this server in clear text: write ldaps://, or `start_tls: true`"]),
        ('"ldaps://dc1.example.com"', '"ldap://dc1.example.com", start_tls: true', []),
        ("corp: {type: ldap,", "corp: {type: ldap, change_password: true, bind_dn: cn=r, bind_password: hush,", ["5:39: nobody is told that their password was changed, since there are no `mail_servers`"]),
        ("[local, corp]", "[local]", ["5:3: `corp` is used nowhere; name it in `directories` of a profile, or remove it"]),
        ("  plain:", "  other: {method: password, directories: local}\n  plain:", ["7:3: `other` is used nowhere; name it in `profiles` of an application, or remove it"]),
        ("  vpn: {", "  wifi: {profiles: [plain]}\n  vpn: {", ["9:3: `wifi` is used nowhere; name it in `application` of a client, or remove it"]),
    ],
)  # fmt: skip
def test_warnings(tmp_path, old, new, told):
    assert warnings_of(tmp_path, changed(SMALL, {old: new})) == told


def test_what_would_notice_one_password_for_many_users_is_not_there_yet(tmp_path):
    """X12: neither the default nor what is written promises it."""
    assert settings_of(tmp_path, SMALL).blocking.suspicious is None
    (told,) = warnings_of(tmp_path, SMALL + "blocking: {suspicious: {window: 5m}}\n")
    assert told.endswith("`suspicious` is accepted but not active yet")


def test_a_refusal_at_once_tells_who_exists(tmp_path):
    told = warnings_of(tmp_path, SMALL + "security: {reject_delay: 0s}\n")
    at = f"{len(SMALL.splitlines()) + 1}:26"
    assert told == [
        f"{at}: how fast a refusal comes tells who exists, is blocked or disabled; write `reject_delay: 1s`"
    ]


def test_a_forgeable_nas_is_told_loudly(tmp_path):
    text = changed(
        SMALL, {"application: vpn": "application: vpn, message_authenticator: optional, limit_proxy_state: false"}
    )
    (told,) = warnings_of(tmp_path, text)
    assert "CAN BE FORGED (CVE-2024-3596)" in told


def test_senders(tmp_path):
    text = changed(SENDING, {"from_address": "encryption: none, from_address", "https://sms": "http://sms"})
    told = warnings_of(tmp_path, text)
    assert "3:46: mails with codes and links go in clear text; write `encryption: starttls`, or tls" in told
    assert "5:27: messages with codes and links go in clear text; write https://" in told
    assert not any("clear text" in line for line in warnings_of(tmp_path, SENDING))


SMPP = "sms_gateways: {{gate: {{type: smpp, host: h, tls: true, system_id: s, source_address: A, password: p, {}}}}}\n"


def test_smpp(tmp_path):
    used = SMALL + SMPP.format("window: 5")
    assert not [line for line in warnings_of(tmp_path, used) if "password" in line]
    told = warnings_of(tmp_path, SMALL + SMPP.format("window: 5").replace("password: p", "password: longer-than-8"))
    assert [line for line in told if "has room for" in line] == [
        f"{len(SMALL.splitlines()) + 1}:98: is longer than the 8 characters that SMPP has room for; not every gateway takes it"
    ]
    for wrong, said in (
        ("source_address: A", "`source_address` is a name of more than the 11 characters that a phone can show"),
        ("system_id: s", "`system_id` has more than the 15 characters that SMPP has room for"),
    ):
        (fault,) = faults_of(tmp_path, SMALL + SMPP.format("window: 5").replace(wrong, wrong + "b" * 19))
        assert said in fault
    (fault,) = faults_of(tmp_path, SMALL + SMPP.format("window: 5").replace("password: p", "password: şifre"))
    assert fault.endswith("must have letters of ASCII alone: SMPP knows no others here")
    (fault,) = faults_of(tmp_path, SMALL + SMPP.format("alphabet: turkish"))
    assert "auto" in fault


@pytest.mark.parametrize(
    "section",
    ["absences: []", "blocking: {end_sessions: false}"],
)  # fmt: skip
def test_not_active_yet(tmp_path, section):
    key = section.replace("{", "").split(":")[-2].split()[-1] if "{" in section else section.partition(":")[0]
    told = warnings_of(tmp_path, SMALL + section + "\n")
    assert any(
        f"`{name}` is accepted but not active yet" in line for line in told for name in (key, section.partition(":")[0])
    )
    assert settings_of(tmp_path, SMALL + section + "\n").closed == {}


@pytest.mark.parametrize(
    "section",
    ["language: tr", "logging: {level: debug}", "security: {reject_delay: 2s}", "blocking: {failed_attempts: 3}",
     "listen: {radsec: []}", "workers: 1", "trusted_proxies: []",
     "blocking: {suspicious: null}", "security: {login_timeout: 15m}", "texts: {refused: No.}"],
)  # fmt: skip
def test_active(tmp_path, section):
    assert warnings_of(tmp_path, SMALL + section + "\n") == []


def test_methods_not_active_yet_let_nobody_in(tmp_path, monkeypatch):
    planned = Kind("soft_otp", SoftOtpOptions)
    monkeypatch.setitem(KINDS._kinds, "soft_otp", planned)
    settings = settings_of(tmp_path, changed(SENDING, {"mail_otp": "soft_otp", ", mail_servers: [post]": ""}))
    assert settings.closed == {"mailed": "the method soft_otp is not active yet"}
    assert any(
        str(warning).endswith(
            "radius.yaml:10:12: `method: soft_otp` is accepted but not active yet; profile `mailed` lets nobody in"
        )
        for warning in settings.warnings
    )
    assert settings_of(tmp_path, SMALL).closed == {}


def test_what_would_be_stricter_closes_its_profile(tmp_path, monkeypatch):
    """An option that nothing acts on yet and that makes a sign-in stricter is never ignored."""
    table = (Inactive("profiles.*.directories", lambda value: len(value) > 1, closes=lambda _: True),)
    monkeypatch.setattr(inactive, "INACTIVE", table)
    settings = settings_of(tmp_path, SMALL)
    assert settings.closed == {"plain": "profiles.plain.directories is not active yet"}
    assert str(settings.warnings[0]).endswith(
        "7:29: `directories` is accepted but not active yet; profile `plain` lets nobody in"
    )
    assert settings_of(tmp_path, changed(SMALL, {"[local, corp]": "[corp]"})).closed == {}


def test_a_section_that_would_be_stricter_closes_the_profiles_of_its_methods(tmp_path, monkeypatch):
    table = (Inactive("enrollment.allowed", bool, closes=lambda profile: profile.needs_nothing),)
    monkeypatch.setattr(inactive, "INACTIVE", table)
    rule = "enrollment: {allowed: [{directory: local, attribute: email, values: [a]}]}\n"
    assert settings_of(tmp_path, SMALL + rule).closed == {"plain": "enrollment.allowed is not active yet"}
    assert settings_of(tmp_path, SMALL + "enrollment: {allowed: []}\n").closed == {}


def test_what_must_be_passed_before_closes_as_well(tmp_path, monkeypatch):
    table = (Inactive("profiles.*.drift", closes=lambda profile: profile.is_a_factor),)
    monkeypatch.setattr(inactive, "INACTIVE", table)
    text = SENDING + (
        "  code: {method: soft_otp, directories: [corp], drift: 2}\n"
        "  boss: {method: approved_otp, directories: [corp], methods: [code], mail_servers: [post]}\n"
    )
    assert set(settings_of(tmp_path, text).closed) == {"code", "boss"}


CHANGES = {
    "application: vpn}": ("application: vpn, hold: 60s}", ["clients.nas.hold: auto -> 1m"]),
    "192.0.2.1": ("[192.0.2.1, '2001:db8::/64']", ["clients.nas.address: [192.0.2.1/32] -> [192.0.2.1/32, 2001:db8::/64]"]),
    "a secret of twenty characters": ("another secret of 20 characters", ["clients.nas.secret: changed"]),
    "  nas:": ("  nas2:", ["clients.nas: removed", "clients.nas2: added"]),
    "[local, corp]": ("[corp, local]", ["profiles.plain.directories: [local, corp] -> [corp, local]"]),
    "profiles: [plain]": ("profiles: [plain], reply: {Class: hush}", ["applications.vpn.reply.Class: added"]),
    "base_dn:": ("bind_dn: cn=a, bind_password: abc, base_dn:", [
        "directories.corp.bind_dn: null -> cn=a", "directories.corp.bind_password: changed"]),
    "clients:": ("blocking: {duration: permanent}\nclients:", ["blocking.duration: 30m -> permanent"]),
    "directories:\n": ("database: postgresql://radius:hush@h/n\ndirectories:\n", ["database: changed"]),
    "applications:\n": (
        "policies: [{profile: plain, directory: corp, attribute: mail, values: a}]\napplications:\n", ["policies.0: added"]),
}  # fmt: skip


@pytest.mark.parametrize("old", CHANGES)
def test_what_a_reload_says(tmp_path, old):
    new, told = CHANGES[old]
    before = settings_of(tmp_path, SMALL)
    after = settings_of(tmp_path, changed(SMALL, {old: new}))
    assert difference(before, after) == told
    assert difference(after, after) == []


def test_a_default_that_is_written_is_no_change(tmp_path):
    before = settings_of(tmp_path, SMALL)
    assert difference(before, settings_of(tmp_path, SMALL + "security: {reject_delay: 1s}\n")) == []


def test_what_came_from_outside_is_not_shown_by_a_reload(tmp_path):
    text = changed(SMALL, {"base_dn:": "bind_dn: env:DN, bind_password: abc, base_dn:"})
    before = settings_of(tmp_path, text, environ={"DN": "cn=one"})
    after = settings_of(tmp_path, text, environ={"DN": "cn=two"})
    assert difference(before, after) == ["directories.corp.bind_dn: changed"]


def test_no_secret_in_any_repr():
    settings = settings_of_example()
    for shown in (repr(settings), str(settings), f"{settings}", repr(settings.clients), repr(settings.directories),
                  repr(settings.mail_servers), repr(settings.sms_gateways), repr(settings.__dict__)):  # fmt: skip
        assert not any(secret in shown for secret in ENVIRONMENT.values())
    with pytest.raises((PydanticSerializationError, TypeError)):
        json.dumps(settings.model_dump())


def settings_of_example():
    from config.reading import read
    from radiusd.process.kinds import kinds

    return read(EXAMPLE, kinds(), environ=ENVIRONMENT)


HUSH = "hunter2hunter2"


@pytest.mark.parametrize(
    "written",
    [f"secret: [{HUSH}]", f"secret: {{a: {HUSH}}}", f"secrt: {HUSH}", f"secret: *{HUSH}", f"secret: !{HUSH}", f"secret: &{HUSH}",
     f'secret: "{HUSH}', "secret: env:HUSH, hold: env:HUSH", "secret: env:EMPTY", "secret: env:HUSH, address: env:HUSH",
     "secret: env:HUSH, message_authenticator: env:HUSH", "secret: 12345678901234", f"secret: file:{HUSH}\\0"],
)  # fmt: skip
def test_no_secret_in_any_fault(tmp_path, written):
    text = changed(SMALL, {'secret: "a secret of twenty characters"': written})
    environ = {"HUSH": HUSH, "EMPTY": ""}
    with pytest.raises(SettingsError) as told:
        settings_of(tmp_path, text, environ=environ)
    if "file:" not in written:
        assert HUSH not in str(told.value)
    assert "12345678901234" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_fault_prints_as_editors_read_it(tmp_path):
    with pytest.raises(SettingsError) as told:
        settings_of(tmp_path, CLIENTS)
    assert str(told.value) == f"{tmp_path}/radius.yaml:2:83: unknown application `vpn`; there is none"
    assert faults_of(tmp_path, SMALL) == []
