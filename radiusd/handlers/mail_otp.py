"""`method: mail_otp`: the password, then a code by mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from config.methods import SentCodeOptions
from config.templates import CODE, LOGIN, everywhere, localized, template
from config.values import Distinct, NotEmpty, Span
from radiusd.handlers import planned


class MailOtpOptions(SentCodeOptions):
    """`html` is a template that is sent beside the text. `mail_servers` in order of failover."""

    method: Literal["mail_otp"]
    mail_servers: Distinct[NotEmpty[str]]
    validity: Span = timedelta(minutes=10)
    subject: Annotated[Mapping[str, str], localized(LOGIN)] = everywhere("Your sign-in code")
    html: Annotated[str, template(CODE, html=True)] | None = None


planned("mail_otp", MailOtpOptions)
