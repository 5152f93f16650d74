"""What can be read and not be made is told where it is written, before a server has it (X40)."""

from __future__ import annotations

import re

import pytest

from radiusd.delivery.mail import Smtp
from radiusd.delivery.sms_http import SmsHttp
from radiusd.directories.ldap import Ldap
from radiusd.handlers.mail_otp import MailOtp
from radiusd.radius.clients import Client
from tests.config.test_mistakes import CODES, said


def broken(*_given, **_named):
    raise LookupError("it may have a secret in it: tulip")


@pytest.mark.parametrize(
    ("part", "places"),
    [
        (Client, {"4:3": "nas", "5:3": "pc"}),
        (Ldap, {"8:3": "corp"}),
        (Smtp, {"10:3": "post"}),
        (SmsHttp, {"12:3": "gate"}),
        (MailOtp, {"21:3": "vpn"}),
    ],
)
def test_each_part(tmp_path, monkeypatch, part, places):
    assert said(tmp_path, CODES) == []
    monkeypatch.setattr(part, "__init__", broken)
    told = [message for level, message in said(tmp_path, CODES) if level == "fault"]
    assert len(told) == len(places)
    for message, (place, name) in zip(told, places.items(), strict=True):
        assert re.fullmatch(
            rf"{place}: `{name}` can not be made, though it should \(LookupError in .*\); write .*", message
        )
