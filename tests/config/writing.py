"""A radius.yaml of a few lines, and what reading it says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from config.faults import SettingsError
from config.reading import read
from config.settings import Settings
from radiusd.process.kinds import kinds

EXAMPLE = Path(__file__).parents[2] / "docs" / "radius.example.yaml"
ENVIRONMENT = {
    "VPN_GATEWAY_SECRET": "a secret of the gateway",
    "LDAP_PASSWORD": "ldap-hush-hush",
    "SMTP_PASSWORD": "smtp-hush-hush",
    "SMS_TOKEN": "sms-hush-hush",
    "SMPP_PASSWORD": "smpp-hush-hush",
}

CLIENTS = """\
clients:
  nas: {address: 192.0.2.1, secret: "a secret of twenty characters", application: vpn}
"""
DIRECTORIES = """\
directories:
  local: {type: local}
  corp: {type: ldap, urls: "ldaps://dc1.example.com", base_dn: "dc=example,dc=com"}
"""
PROFILES = """\
profiles:
  plain: {method: password, directories: [local, corp]}
"""
APPLICATIONS = """\
applications:
  vpn: {profiles: [plain]}
"""
SMALL = CLIENTS + DIRECTORIES + PROFILES + APPLICATIONS


def settings_of(beside: Path, text: str = SMALL, **options: Any) -> Settings:
    (beside / "radius.yaml").touch(0o600)  # for it may have secrets in it
    (beside / "radius.yaml").write_text(dedent(text), encoding="utf-8")
    options.setdefault("environ", ENVIRONMENT)
    return read(beside / "radius.yaml", kinds(), **options)


def faults_of(folder: Path, text: str, **options: Any) -> list[str]:
    """`LINE:COLUMN: message` of every fault, [] where there is none."""
    try:
        settings_of(folder, text, **options)
    except SettingsError as error:
        return [f"{fault.line}:{fault.column}: {fault.message}" for fault in error.faults]
    return []


def warnings_of(folder: Path, text: str, **options: Any) -> list[str]:
    settings = settings_of(folder, text, **options)
    return [f"{fault.line}:{fault.column}: {fault.message}" for fault in settings.warnings]


def changed(text: str, changes: Mapping[str, str]) -> str:
    """The text with these replaced, each of which it must have exactly once."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text
