"""The administrator's contract, docs/radius.example.yaml."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.faults import SettingsError
from config.reading import read
from config.secret import Secret
from config.settings import Settings
from radiusd.cli.attributes import Attributes
from radiusd.process.kinds import kinds
from radiusd.process.trial import not_made
from tests.config.writing import ENVIRONMENT, EXAMPLE, SMALL, changed, faults_of, settings_of


def example() -> Settings:
    return read(EXAMPLE, kinds(), environ=ENVIRONMENT)


def test_is_accepted_as_it_stands():
    read_settings = example()
    gateway = read_settings.clients["vpn-gateway"]
    assert gateway.name == "vpn-gateway"
    assert gateway.address == (ip_network("192.0.2.10"), ip_network("2001:db8:10::/64"))
    assert gateway.secret == Secret("a secret of the gateway")
    assert gateway.hold == timedelta(seconds=55)
    assert read_settings.directories["corp"].user_names.realms == ("example.com",)
    assert read_settings.profiles["contractor-approval"].summary_at == time(18, 0)
    assert read_settings.applications["vpn"].reply == {"Session-Timeout": ("28800",)}
    assert read_settings.applications["vpn"].reply_rules[0].reply == {
        "Class": ("OU=admins;",),
        "Filter-Id": ("admins",),
    }
    assert read_settings.absences[0].begin == date(2026, 12, 20)
    assert str(read_settings.listen.authentication[1]) == "[::]:1812"
    assert read_settings.folder == EXAMPLE.parent


def test_needs_its_environment():
    with pytest.raises(SettingsError) as told:
        read(EXAMPLE, kinds(), environ={name: ENVIRONMENT[name] for name in ENVIRONMENT if name != "LDAP_PASSWORD"})
    assert [str(fault) for fault in told.value.faults] == [
        f"{EXAMPLE}:71:20: the environment has no `LDAP_PASSWORD`; set it, or write file:PATH"
    ]


# What the example shows and is no default: names, addresses and what belongs to one installation.
EXAMPLES_ALONE = {
    "public_url", "time_zone", "phone_country", "clients", "directories", "mail_servers", "sms_gateways", "profiles",
    "policies", "applications", "absences", "organisation",
}  # fmt: skip


def test_values_shown_are_the_defaults(tmp_path):
    shown, default = example(), settings_of(tmp_path, "")
    for name in (
        Settings.model_fields.keys()
        - EXAMPLES_ALONE
        - {"database", "key_file", "enrollment", "administration", "blocking"}
    ):
        assert getattr(shown, name) == getattr(default, name), name
    assert default.blocking == shown.blocking.model_copy(
        update={
            "not_me": shown.blocking.not_me.model_copy(update={"tell": ()}),
            "suspicious": None,  # a default that nothing acts on would promise what is not kept
        }
    )
    assert default.enrollment == shown.enrollment.model_copy(update={"automatic": None, "countries": ()})
    assert default.database == f"sqlite:///{tmp_path}/radiusd.db"
    assert default.organisation == shown.organisation.model_copy(update={"name": None})
    assert default.key_file == tmp_path / "radiusd.key"
    assert (default.public_url, default.phone_country, default.time_zone) == (None, None, None)


def test_values_shown_of_a_client_are_the_defaults(tmp_path):
    shown, default = example().clients["vpn-gateway"], settings_of(tmp_path).clients["nas"]
    own = {"address", "secret", "application", "hold"}
    assert shown.model_dump(exclude=own) == default.model_dump(exclude=own)
    assert default.hold is None


REQUIRED = {
    "corp": "{type: ldap, urls: [ldaps://dc1.example.com], base_dn: dc=example}",
    "office-mail": "{method: mail_otp, directories: [local], mail_servers: [post]}",
    "office-sms": "{method: sms_otp, directories: [local], sms_gateways: [gate]}",
    "authenticator": "{method: soft_otp, directories: [local]}",
    "contractor-approval": "{method: approved_otp, directories: [local], mail_servers: [post]}",
    "email-link": "{method: mail_auth, directories: [local], mail_servers: [post]}",
    "primary": "{type: smtp, host: smtp.example.com, from_address: a@example.com}",
    "http-gateway": "{type: http, url: https://sms.example.com}",
    "smpp-gateway": "{type: smpp, host: a.example.com, system_id: a, password: abc, source_address: A}",
}
OWN = {
    "corp": {"urls", "bind_dn", "bind_password", "base_dn", "user_names", "group_base_dn"},
    "office-mail": {"directories", "mail_servers", "message"},
    "office-sms": {"directories", "sms_gateways", "message"},
    "authenticator": {"directories", "issuer"},
    "contractor-approval": {"directories", "mail_servers", "methods", "server", "default_recipient", "message"},
    "email-link": {"directories", "mail_servers", "server", "subject", "message"},
    "primary": {"host", "username", "password", "from_address", "from_name"},
    "http-gateway": {"url", "headers", "json_body"},
    "smpp-gateway": {"host", "system_id", "password", "source_address"},
}
SECTIONS = {
    "corp": "directories",
    "primary": "mail_servers",
    "http-gateway": "sms_gateways",
    "smpp-gateway": "sms_gateways",
}


@pytest.mark.parametrize("name", REQUIRED)
def test_values_shown_of_a_kind_are_the_defaults(tmp_path, name):
    section = SECTIONS.get(name, "profiles")
    text = f"""
public_url: https://mfa.example.com
directories: {{local: {{type: local}}, {f"corp: {REQUIRED['corp']}" if section == "directories" else ""}}}
mail_servers: {{post: {REQUIRED["primary"]}}}
sms_gateways: {{gate: {REQUIRED[name] if section == "sms_gateways" else REQUIRED["smpp-gateway"]}}}
"""
    if section == "profiles":
        text += f"profiles: {{{name}: {REQUIRED[name]}}}\n"
    key = {"primary": "post", "http-gateway": "gate", "smpp-gateway": "gate"}.get(name, name)
    shown = getattr(example(), section)[name].model_dump(exclude=OWN[name])
    assert getattr(settings_of(tmp_path, text), section)[key].model_dump(exclude=OWN[name]) == shown


MISTAKES = {
    "    secret: env:VPN_GATEWAY_SECRET": "    secrt: env:VPN_GATEWAY_SECRET",
    "    hold: 55s ": "    hold: 55 ",
    "    on_outage: reject": "    on_outage: rejct",
    "    status_server: true": "    status_server: yes",
    "    start_tls: false": "    start_tls: 0",
    "env:SMTP_PASSWORD": "env:SMTP_PASWORD",
    "    method: mail_otp": "    method: mail_opt",
    "    drift: 1 ": "    drift: one ",
    "    methods: [password, office-mail]": "    methods: [password, ofice-mail]",
    "  - profile: contractor-approval": "  - profile: contractor-aproval",
    '["CN=Contractors,*", "/CN=Ext-[0-9]+,.*/"]': '["CN=Contractors,*", "/CN=Ext-[0-9+,.*/"]',
    "    directory: local\n": "    directory: lokal\n",
    "  reject_delay: 1s": "  reject_delay: 1 s",
    "  window: 10m\n": "  window: 10min\n",
    "  application: portal": "  application: protal",
    "retention: {audit: 365d": "retention: {audit: 365d, audits: 1d",
}
TOLD = [
    "5: unknown key `secrt`; did you mean `secret`?",
    "11: `hold`: `55` is not a duration: a unit is missing, write for example 30s, 10m, 8h or 30d",
    "16: `on_outage`: unknown value `rejct`; did you mean `reject`? it is one of reject, discard",
    "20: `status_server` must be true or false: write true",
    "16: `start_tls` must be true or false",
    "15: the environment has no `SMTP_PASWORD`; did you mean `SMTP_PASSWORD`?",
    "13: `method`: unknown method `mail_opt`; did you mean `mail_otp`?",
    "12: `drift` must be a whole number",
    "25: unknown profile `ofice-mail`; did you mean `office-mail`?",
    "14: unknown profile `contractor-aproval`; did you mean `contractor-approval`?",
    "34: `values`: `/CN=Ext-[0-9+,.*/` is not a regular expression of RE2: missing ]: [0-9+,.*",
    "16: unknown directory `lokal`; did you mean `local`?",
    "17: `reject_delay`: `1 s` is not a duration; write for example 30s, 10m, 8h or 30d",
    "11: `window`: `10min` is not a duration; write for example 30s, 10m, 8h or 30d",
    "16: unknown application `protal`; did you mean `portal`?",
    "26: unknown key `audits`; did you mean `audit`?",
]


def test_all_mistakes_in_one_run(tmp_path):
    """Each at its line and column, and none that only follows from another."""
    text = changed(EXAMPLE.read_text(), MISTAKES)
    lines = [1 + text[: text.index(wrong)].count("\n") for wrong in MISTAKES.values()]
    assert faults_of(tmp_path, text) == [f"{line}:{told}" for line, told in zip(lines, TOLD, strict=True)]


@pytest.mark.parametrize("index", range(len(MISTAKES)))
def test_each_mistake_alone(tmp_path, index):
    old, new = list(MISTAKES.items())[index]
    (told,) = faults_of(tmp_path, changed(EXAMPLE.read_text(), {old: new}))
    assert told.partition(":")[2] == TOLD[index]


SOURCE = EXAMPLE.read_text(encoding="utf-8")
LINES = SOURCE.splitlines(keepends=True)
PIECES = st.sampled_from(["", ":", "- ", "[", "]", "{", "}", '"', "&a ", "*a", "!x ", "\t", "null", "1", "\x00", "ş", "~", "env:NO",
                          "file:/", "10s", "? ", "|", "#", "<<: ", "---\n", "-1", "1e999", "@", "%", "0x", "\ud800", "\ufeff"])  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edits=st.lists(st.tuples(st.integers(0, len(SOURCE)), st.integers(0, 30), PIECES), min_size=1, max_size=4))
def test_whatever_is_written_is_settings_or_faults(tmp_path, edits):
    """Nothing but SettingsError comes out of a damaged file, every fault has a place, and none has a secret."""
    text = SOURCE
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    path = tmp_path / "radius.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    faults = None
    try:
        told = [str(read(path, kinds(), environ=ENVIRONMENT).warnings)]
    except SettingsError as error:
        faults, told = error.faults, [str(error), repr(error)]
    assert faults is None or (
        faults and all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in faults)
    )
    for secret in ENVIRONMENT.values():
        assert not any(secret in text for text in told)


WRITTEN = re.compile(r"(\s*(?:- )?[\w-]+: )([^#\n]+)(.*\n)")
VALUES = st.sampled_from(["null", "0", "-1", "1e9", "''", "'*'", "[]", "{}", "'(a'", "'/(/'", "true", "0s", "36500d", "'(a={username})'",
                          "ldap://[::1]", "'::1'", r"'a\b'", "'\u00e9'", "'{{ code }}'", "999999999999", "x", "local", "password"])  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edits=st.lists(st.tuples(st.integers(0, len(LINES) - 1), VALUES), min_size=1, max_size=2))
def test_what_is_accepted_can_be_made(tmp_path, edits):
    """Whatever stands in the place of some values: it is told as a fault, or the server's parts are made of it (X40)."""
    lines = list(LINES)
    for number, value in edits:
        if found := WRITTEN.match(lines[number]):
            lines[number] = f"{found[1]}{value} {found[3]}"
    path = tmp_path / "radius.yaml"
    path.write_text("".join(lines), encoding="utf-8")
    told = ""
    try:
        read(path, kinds(), environ=ENVIRONMENT, attributes_of=Attributes, not_made=not_made)
    except SettingsError as error:
        told = str(error)
    assert "can not be made" not in told


def test_small_one_stands(tmp_path):
    assert faults_of(tmp_path, SMALL) == []
