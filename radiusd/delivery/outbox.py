"""`type: outbox` of mail_servers and sms_gateways: what would be sent is kept and shown on /outbox."""

from __future__ import annotations

from typing import Literal

from config.addresses import MailAddress
from config.kinds import Kind
from config.options import TypedOptions
from config.values import Line
from radiusd.delivery import MAIL_KINDS, SMS_KINDS


class MailOutboxOptions(TypedOptions):
    """Takes the sender's address as smtp does, so that a template shows it."""

    type: Literal["outbox"]
    from_address: MailAddress = "radiusd@localhost"
    from_name: Line | None = None


class SmsOutboxOptions(TypedOptions):
    type: Literal["outbox"]


MAIL_KINDS.add(Kind("outbox", MailOutboxOptions))
SMS_KINDS.add(Kind("outbox", SmsOutboxOptions))
