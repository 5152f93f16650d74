"""The values: what is read, and what is said of the others."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from config.faults import Fault
from config.models.values import duration, duration_text
from tests.config.writing import SMALL, changed, faults_of, settings_of


@given(st.integers(0, 36500), st.sampled_from("smhd"))
def test_durations(number, unit):
    size = {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert duration(f"{number}{unit}") == timedelta(seconds=number * size)
    assert duration(duration_text(timedelta(seconds=number * size))) == timedelta(seconds=number * size)


@given(st.one_of(st.text(max_size=6), st.integers(), st.floats(), st.none(), st.booleans()))
def test_what_is_no_duration(value):
    text = value if isinstance(value, str) else ""
    if not (text[:-1].isascii() and text[:-1].isdigit() and text[-1:] in set("smhd")):
        with pytest.raises(PydanticCustomError):
            duration(value)


def security(tmp_path, key, value):
    return settings_of(tmp_path, f"security: {{{key}: {value}}}").security


def test_none_is_a_duration_too(tmp_path):
    assert not security(tmp_path, "password_cache", "0s").password_cache
    assert faults_of(tmp_path, "security: {login_timeout: 0s}") == ["1:27: `login_timeout` must be longer than 0s"]
    assert faults_of(tmp_path, "security: {reject_delay: 11s}") == ["1:26: `reject_delay` must be at most 10s"]
    assert faults_of(tmp_path, "retention: {audit: 40000d}") == [
        "1:20: `audit`: `40000d` is longer than a hundred years"
    ]


CLIENT = {
    "hold: auto": ("hold", None),
    "hold: 60s": ("hold", timedelta(minutes=1)),
    "challenge: false": ("challenge", False),
    "challenge: 3": ("challenge", 3),
    "station: NAS-Port-Id": ("station", ("NAS-Port-Id",)),
    "password_encoding: [cp1254]": ("password_encoding", ("cp1254",)),
    "message_authenticator: auto": ("message_authenticator", "auto"),
}


def with_client(written: str) -> str:
    return changed(SMALL, {"application: vpn}": f"application: vpn, {written}}}"})


@pytest.mark.parametrize("written", CLIENT)
def test_clients(tmp_path, written):
    key, value = CLIENT[written]
    assert getattr(settings_of(tmp_path, with_client(written)).clients["nas"], key) == value


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("hold: audo", "`hold`: `audo` is neither a duration nor `auto`; did you mean `auto`?"),
        ("hold: 0s", "`hold` must be longer than 0s"),
        ("hold: 60", "`hold`: `60` is not a duration: a unit is missing, write for example 30s, 10m, 8h or 30d"),
        ("challenge: 0", "`challenge`: `0` must be true, false, or how many challenges one login may have"),
        ("challenge: no", "`challenge`: `no` must be true, false, or how many challenges one login may have"),
        ("coa_port: 65536", "`coa_port` must be at most 65535"),
        ("coa_port: 0", "`coa_port` must be at least 1"),
        ('coa_port: "3799"', "`coa_port` must be a whole number"),
        ("password_encoding: [utf9]", "`password_encoding`: `utf9` is not an encoding of text; write for example utf-8, latin-1 or cp1254"),
        ("password_encoding: base64", "`password_encoding`: `base64` is not an encoding of text; write for example utf-8, latin-1 or cp1254"),
        ("password_encoding: []", "`password_encoding` must have at least one entry"),
        ("station: [A, A]", "`station` names `A` twice"),
        ("limit_proxy_state: on", "`limit_proxy_state` must be true or false: write true"),
    ],
)  # fmt: skip
def test_what_a_client_may_not_have(tmp_path, written, told):
    (fault,) = faults_of(tmp_path, with_client(written))
    assert fault.partition(": ")[2] == told


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("192.0.2.1", ["192.0.2.1/32"]),
        ("[192.0.2.0/24, 2001:db8::/32]", ["192.0.2.0/24", "2001:db8::/32"]),
        ('"::ffff:192.0.2.1"', ["192.0.2.1/32"]),
        ('"::ffff:192.0.2.0/120"', ["192.0.2.0/24"]),
        ('"::1"', ["::1/128"]),
    ],
)
def test_addresses(tmp_path, address, networks):
    text = changed(SMALL, {"address: 192.0.2.1,": f"address: {address},"})
    assert settings_of(tmp_path, text).clients["nas"].address == tuple(ip_network(network) for network in networks)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("192.0.2.1/24", "2:18: `address`: `192.0.2.1/24` has bits behind its prefix; write 192.0.2.0/24, or 192.0.2.1 for the one address"),
        ("nas.example.com", "2:18: `address`: `nas.example.com` is not an address or network; write for example 192.0.2.10 or 2001:db8::/64"),
        ("[192.0.2.1, 192.0.2.1/32]", "2:18: `address` has an entry twice"),
        ("10", "2:18: `address`: `10` is not an address; write for example 192.0.2.10 or 2001:db8::/64"),
    ],
)  # fmt: skip
def test_what_is_no_address(tmp_path, address, told):
    assert faults_of(tmp_path, changed(SMALL, {"address: 192.0.2.1,": f"address: {address},"})) == [told]


def test_listeners(tmp_path):
    listen = settings_of(tmp_path, 'listen: {authentication: "[::1]:1645", accounting: [], web: [127.0.0.1:0]}').listen
    assert [str(socket) for socket in (*listen.authentication, *listen.accounting, *listen.web)] == [
        "[::1]:1645",
        "127.0.0.1:0",
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("0.0.0.0:65536", "`0.0.0.0:65536`: a port is a number from 1 to 65535"),
        ("localhost:1812", "`localhost:1812`: an IP address must stand before the port, for example 127.0.0.1"),
        ('"::1:1812"', '`::1:1812` is not an address and port; write for example 0.0.0.0:1812 or "[::]:1812"'),
        ("1812", '`1812` is not an address and port; write for example 0.0.0.0:1812 or "[::]:1812"'),
        ('"[127.0.0.1]:1812"', "`[127.0.0.1]:1812`: an IP address must stand before the port, for example 127.0.0.1"),
    ],
)
def test_what_is_no_listener(tmp_path, written, told):
    assert faults_of(tmp_path, f"listen: {{web: {written}}}") == [f"1:15: `web`: {told}"]


@pytest.mark.row("S266")
def test_blocking(tmp_path):
    blocking = settings_of(tmp_path, "blocking: {failed_attempts: 7, duration: permanent, suspicious: null}").blocking
    assert (blocking.failed_attempts.password, blocking.failed_attempts.code) == (7, 7)
    assert blocking.duration is None
    assert blocking.suspicious is None
    blocking = settings_of(tmp_path, "blocking: {failed_attempts: {password: 3, code: 9}}").blocking
    assert (blocking.failed_attempts.password, blocking.failed_attempts.code) == (3, 9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("blocking: {failed_attempts: 0}", "1:29: `failed_attempts` must be at least 1"),
        ("blocking: {duration: permanently}", "1:22: `duration`: `permanently` is neither a duration nor `permanent`; did you mean `permanent`?"),
        ("blokcing: {}", "1:1: unknown key `blokcing`; did you mean `blocking`?"),
        ("security: {passwords: {common: deny}}", "1:32: `common`: unknown value `deny`; it is one of refuse, warn, allow"),
        ("security: 5", "1:11: `security` must be a map of keys: write `name: value`, a line each"),
        ("policies: {}", "1:11: `policies` must be a list"),
        ("language: te", "1:11: `language`: unknown value `te`; it is one of en, tr"),
        ("time_zone: Europe/Istambul", "1:12: `time_zone`: `Europe/Istambul` is not a time zone of this machine; did you mean `Europe/Istanbul`?"),
        ("phone_country: tr", "1:16: `phone_country`: `tr` is not a country's code of two capital letters, for example TR; did you mean `TR`?"),
        ("workers: 0", "1:10: `workers` must be at least 1"),
        ("workers: true", "1:10: `workers` must be a whole number"),
        ("database: mysql://x", "1:11: `database` must begin with sqlite:/// or postgresql://"),
        ("database: sqlite://radiusd.db", "1:11: `database` must name a file: sqlite:///radiusd.db, or sqlite:////var/lib/radiusd/radiusd.db"),
        ("public_url: http://mfa.example.com", "1:13: `public_url` must be https: whoever reads the link of a login can decide it; http is for loopback alone"),
        ("public_url: https://mfa.example.com/?a=1", "1:13: `public_url` must have nothing but scheme, host, port and path: links are made by putting more behind it"),
        ("public_url: mfa.example.com", "1:13: `public_url` is not a URL; write for example https://mfa.example.com"),
        ("texts: {refusd: No}", "1:9: unknown key `refusd`; did you mean `refused`?"),
        ("texts: {refused: {de: Nein}}", "1:19: unknown key `de`; there is `en`, `tr`"),
        ("texts: {refused: '{{ component }}'}", "1:18: `refused` has the unknown variable `component` in its template; there is none"),
        ("texts: {outage: '{{ componet }}'}", "1:17: `outage` has the unknown variable `componet` in its template; did you mean `component`?"),
        ("texts: {outage: '{{ component '}", "1:17: `outage` is not a valid template (line 1 of it): unexpected end of template, expected 'end of print statement'."),
        ("absences: [{approver: a@b.c, from: 2026-13-20, until: 2027-01-05, deputy: d@b.c}]", "1:36: `from`: `2026-13-20` is not a date; write for example 2026-12-20"),
        ("absences: [{approver: a@b.c, from: 2027-12-20, until: 2027-01-05, deputy: d@b.c}]", "1:12: `absences` ends before it begins: `until` is before `from`"),
        ("tls: {certificate: a.pem}", "1:1: `tls` must have both `certificate` and `key`, or neither"),
        ("clients: {a/b: {address: 192.0.2.1, secret: hush-hush, application: vpn}}", "1:11: `a/b` is no name: it may have letters, digits, spaces and _ - . @, at most 64 of them"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, text, told):
    faults = faults_of(tmp_path, text)
    assert any(fault.startswith(told) for fault in faults), faults


@pytest.mark.parametrize(
    "url", ["https://mfa.example.com/", "http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost"]
)
def test_links_may_begin_so(tmp_path, url):
    assert settings_of(tmp_path, f'public_url: "{url}"').public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["sqlite:////var/lib/radiusd.db", "postgresql://radius@/radius", "postgresql+psycopg://a:b@h/n"]
)
def test_databases(tmp_path, url):
    assert settings_of(tmp_path, f"database: {url}").database == url


def test_reply_values_are_texts(tmp_path):
    text = changed(SMALL, {"profiles: [plain]}": "profiles: [plain], reply: {Session-Timeout: 28800, Class: [a, 7]}}"})
    assert settings_of(tmp_path, text).applications["vpn"].reply == {"Session-Timeout": ("28800",), "Class": ("a", "7")}
    for value in ("true", "1.5", "null", "[]", "{a: b}", "[[a]]"):
        text = changed(SMALL, {"profiles: [plain]}": f"profiles: [plain], reply: {{Class: {value}}}}}"})
        assert len(faults_of(tmp_path, text)) == 1


class Attributes:
    """Knows two, and whatever a file of `dictionaries` is named for."""

    missing, faults, warnings = (), (), ()

    def __init__(self, files):
        self.known = {"Session-Timeout", "Calling-Station-Id", *(file.name for file in files)}

    def reply_fault(self, name, values):
        assert values == ("5",)
        return None if name in self.known else "unknown attribute"

    def size(self, *_given):
        return 6

    def station_fault(self, name):
        return None if name in self.known else "unknown attribute"


@pytest.mark.parametrize(
    ("attribute", "told"),
    [("Session-Timeot", "unknown attribute"), ("Session-Timeout", None)],
)
def test_reply_attributes_are_judged_by_whoever_encodes_them(tmp_path, attribute, told):
    text = changed(SMALL, {"profiles: [plain]}": f"profiles: [plain], reply: {{{attribute}: 5}}}}"})
    assert faults_of(tmp_path, text, attributes_of=Attributes) == ([f"9:36: {told}"] if told else [])
    assert faults_of(tmp_path, f"dictionaries: {attribute}\n{text}", attributes_of=Attributes) == []


def test_station_attributes_are_judged_by_whoever_reads_them(tmp_path):
    text = with_client("station: [Calling-Station-Id, Caling-Station-Id]")
    assert faults_of(tmp_path, text, attributes_of=Attributes) == ["2:118: unknown attribute"]
    assert faults_of(tmp_path, text) == []


def test_what_is_said_of_dictionaries(tmp_path):
    class Said(Attributes):
        missing = (1,)
        faults = (Fault("here", 7, 8, "it is none"),)

    text = "dictionaries: [one, two]\n" + with_client("station: [Calling-Station-Id]")
    assert faults_of(tmp_path, text, attributes_of=Said) == ["7:8: it is none", "1:21: there is no file two"]
