"""`method: sms_otp`: the password, then a code by SMS."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from config.methods import SentCodeOptions
from config.values import Distinct, NotEmpty, Span
from radiusd.handlers import planned


class SmsOtpOptions(SentCodeOptions):
    """`sms_gateways` in order of failover."""

    method: Literal["sms_otp"]
    sms_gateways: Distinct[NotEmpty[str]]
    validity: Span = timedelta(minutes=5)


planned("sms_otp", SmsOtpOptions)
