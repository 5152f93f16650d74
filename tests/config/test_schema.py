"""docs/radius.schema.json: what an editor knows of radius.yaml, from the models that read it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.reading import parse
from config.yaml.nodes import plain
from tests.config.test_meaning import RIGHT_AND_WRONG
from tests.config.writing import EXAMPLE, SMALL, changed

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "radius.schema.json"


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(PUBLISHED.read_text()))


def refused(text: str) -> list[str]:
    """What the schema says against a file, by where it is."""
    written = _lists(plain(parse("radius.yaml", text)[0]))
    return [".".join(map(str, error.absolute_path)) for error in validator().iter_errors(written)]


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(each) for key, each in value.items()}
    return [_lists(each) for each in value] if isinstance(value, tuple) else value


def test_it_is_a_schema():
    """That it is of these models tells tests/cli/test_check.py, by the command that prints it."""
    Draft202012Validator.check_schema(json.loads(PUBLISHED.read_text()))


@pytest.mark.parametrize("path", [EXAMPLE, ROOT / "radius.yaml"], ids=lambda path: path.name)
def test_what_is_shipped_is_accepted(path):
    assert refused(path.read_text()) == []


def test_the_example_names_it():
    """The first line is for editors; the path is relative to the file."""
    first = EXAMPLE.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=radius.schema.json"
    assert EXAMPLE.with_name(first.rpartition("=")[2]) == PUBLISHED


def test_every_key_is_explained_and_none_is_a_secret():
    text = PUBLISHED.read_text()
    for name, section in validator().schema["$defs"].items():
        for key, about in section.get("properties", {}).items():
            assert about.get("description"), f"{name}.{key}"
    assert "Secret" not in text


@pytest.mark.parametrize("rule", RIGHT_AND_WRONG)
def test_what_is_right_is_accepted(rule):
    assert refused(RIGHT_AND_WRONG[rule][0]) == []


FORMS = {
    "application: vpn}": [
        ("application: vpn, hold: 55s}", "application: vpn, hold: 55}"),
        ("application: vpn, hold: auto}", "application: vpn, hold: atuo}"),
        ("application: vpn, hold: env:HOLD}", "application: vpn, hold: 1 m}"),
        ("application: vpn, challenge: 3}", "application: vpn, challenge: 0}"),
        ("application: vpn, station: NAS-Port-Id}", "application: vpn, station: [a, a]}"),
        ("application: vpn, on_outage: discard}", "application: vpn, on_outage: drop}"),
        ("application: vpn, on_outage: env:OUTAGE}", "application: vpn, status_server: yes}"),
        ("application: vpn, coa_port: 3799}", 'application: vpn, coa_port: "3799"}'),
    ],
    "192.0.2.1,": [
        ("[192.0.2.1, 2001:db8::/64, 10.0.0.0/8],", "nas.example.com,"),
        ("'::1',", "[192.0.2.1, 192.0.2.1],"),
    ],
    'secret: "a secret of twenty characters"': [
        ("secret: file:nas.secret", "secret: 12345678"),
        ("secret: literal:env:it", 'secret: ""'),
        ("secret: a, max_held: 1", "max_held: 1"),
        ("secret: a, limit_proxy_state: true", "secret: a, tls: {subject_alt_name: 'DNS:a.b'}"),
    ],
    "type: local": [("type: local", "type: locale"), ("type: local", "typ: local")],
    '"ldaps://dc1.example.com"': [
        ("[ldaps://a, ldap://b:3389]", "https://dc1.example.com"),
        ("ldap://a, start_tls: true", "ldap://a, bind_dn: cn=a"),
        ("ldap://a, attributes: {manager: null}", "ldap://a, attributes: {manger: a}"),
        ("ldap://a, timeout: 3s", "ldap://a, timeout: 0s"),
    ],
    "{profiles: [plain]}": [
        ("{profiles: plain, reply: {Class: [a, b], Session-Timeout: 60}}", "{profiles: [plain], reply: {Class: []}}"),
        ("{profiles: [plain]}", "{profiles: []}"),
        ("{profiles: [plain], choose: ask}", "{profiles: [plain, plain]}"),
    ],
    "clients:": [
        ("workers:\nclients:", "workers: two\nclients:"),
        ("public_url: http://127.0.0.1:8080\nclients:", "public_url: http://mfa.example.com\nclients:"),
        ("listen: {web: '[::1]:8080'}\nclients:", "listen: {web: 8080}\nclients:"),
        ("absences: [{approver: a@b.c, deputy: d@b.c, from: 2026-12-20, until: 2027-01-05}]\nclients:",
         "absences: [{approver: a@b.c, deputy: d@b.c, from: 20.12.2026, until: 2027-01-05}]\nclients:"),
        ("blocking: {failed_attempts: {password: 3}, duration: permanent}\nclients:", "blocking: {duration: forever}\nclients:"),
        ("texts: {refused: {tr: Hayır.}, outage: Later.}\nclients:", "texts: {refused: {de: Nein.}}\nclients:"),
        ("include: [profiles/*.yaml]\nclients:", "includes: [profiles/*.yaml]\nclients:"),
        ("phone_country: TR\nclients:", "phone_country: turkey\nclients:"),
        ("tls: {certificate: a.pem, key: b.pem, web: true}\nclients:", "tls: {certificate: a.pem}\nclients:"),
        ("mail_servers: {a: {host: b, from_address: c@d.e, username: f, password: g}}\nclients:",
         "mail_servers: {a: {host: b, from_address: c@d.e, username: f}}\nclients:"),
        ("sms_gateways: {a: {type: http, url: 'https://b', form: {c: d}}}\nclients:",
         "sms_gateways: {a: {type: http, url: 'https://b', form: {c: d}, body: e}}\nclients:"),
        ("enrollment: {automatic: [{directory: corp}]}\nclients:",
         "enrollment: {automatic: [{directory: corp, attribute: mail}]}\nclients:"),
    ],
}  # fmt: skip
PAIRS = [(old, right, wrong) for old, pairs in FORMS.items() for right, wrong in pairs]


@pytest.mark.parametrize(("old", "right", "wrong"), PAIRS, ids=[wrong for _, _, wrong in PAIRS])
def test_a_mistake_of_form_is_refused_where_it_is(old, right, wrong):
    assert refused(changed(SMALL, {old: right})) == []
    assert refused(changed(SMALL, {old: wrong})) != []
