"""The tables of `method:` and `type:`, collected from the rooms."""

from __future__ import annotations

import pytest

from config.kinds import Kind, Kinds
from config.models.options import Options
from radiusd.process.kinds import kinds


def test_every_kind_of_the_contract():
    tables = {section: set(table) for section, table in kinds().items()}
    assert tables == {
        "directories": {"ldap", "local"},
        "mail_servers": {"smtp", "outbox"},
        "sms_gateways": {"http", "smpp", "outbox"},
        "profiles": {"password", "mail_otp", "sms_otp", "soft_otp", "approved_otp", "mail_auth"},
    }
    active = {name for name in kinds()["profiles"] if kinds()["profiles"][name].active}
    assert active == {"password", "mail_otp", "sms_otp", "soft_otp", "approved_otp", "mail_auth"}


def test_collected_once():
    assert kinds() is kinds()


def test_a_name_is_claimed_once():
    table = Kinds("method")
    table.add(Kind("password", Options))
    with pytest.raises(ValueError, match="password is claimed twice"):
        table.add(Kind("password", Options))
