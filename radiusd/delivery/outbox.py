"""`type: outbox` of mail_servers and sms_gateways: what would be sent is kept and shown on /outbox."""

from __future__ import annotations

import time
from collections import deque
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from config.kinds import Kind
from config.models.addresses import MailAddress
from config.models.options import TypedOptions
from config.models.values import Line
from radiusd.delivery import MAIL_KINDS, SMS_KINDS
from radiusd.model.message import Mail, Sms

KEPT = 200  # messages


class Kept(NamedTuple):
    """One message. `at` is seconds since the epoch; `kind` mail or sms; an SMS has neither subject nor HTML."""

    at: float
    kind: str
    carrier: str
    recipient: str
    subject: str
    text: str
    html: str | None

    def __repr__(self) -> str:
        return f"Kept(kind={self.kind!r}, carrier={self.carrier!r})"


class Outbox:
    """The last messages, in memory alone."""

    def __init__(self) -> None:
        self._kept: deque[Kept] = deque(maxlen=KEPT)

    def keep(self, carrier: str, content: Mail | Sms) -> None:
        """Takes a message."""
        if isinstance(content, Mail):
            kept = Kept(time.time(), "mail", carrier, content.recipient, content.subject, content.text, content.html)
        else:
            kept = Kept(time.time(), "sms", carrier, content.recipient, "", content.text, None)
        self._kept.appendleft(kept)

    def entries(self) -> list[Kept]:
        """Newest first."""
        return list(self._kept)


class MailOutboxOptions(TypedOptions):
    """Takes the sender's address as smtp does, so that a configuration can be tried without a mail server."""

    for_the_demo: ClassVar[bool] = True

    type: Literal["outbox"] = Field(description="Nothing is sent; it is shown on `/outbox`. For trying out.")
    from_address: MailAddress = Field("radiusd@localhost", description="The sender.")
    from_name: Line | None = Field(None, description="How the sender is shown.")


class SmsOutboxOptions(TypedOptions):
    for_the_demo: ClassVar[bool] = True

    type: Literal["outbox"] = Field(description="Nothing is sent; it is shown on `/outbox`. For trying out.")


class OutboxCarrier:
    """Puts what it is given into the outbox."""

    def __init__(self, name: str, _options: TypedOptions, outbox: Outbox) -> None:
        self.name = name
        self.immediate = True
        self._outbox = outbox

    async def send(self, content: Mail | Sms, _deadline: float) -> None:
        self._outbox.keep(self.name, content)

    async def close(self) -> None:
        """It has no connections."""


MAIL_KINDS.add(Kind("outbox", MailOutboxOptions, OutboxCarrier))
SMS_KINDS.add(Kind("outbox", SmsOutboxOptions, OutboxCarrier))
