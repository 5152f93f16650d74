"""`type: smtp` of mail_servers."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import model_validator

from config.addresses import Host, MailAddress
from config.kinds import Kind
from config.options import TypedOptions
from config.values import Hush, Line, Located, Port, Span, wrong
from radiusd.delivery import MAIL_KINDS


class SmtpOptions(TypedOptions):
    """`ca_file` None: the system's authorities. `from_name` None: the address alone."""

    type: Literal["smtp"] = "smtp"
    host: Host
    port: Port = 587
    encryption: Literal["none", "starttls", "tls"] = "starttls"
    ca_file: Located | None = None
    username: Line | None = None
    password: Hush | None = None
    from_address: MailAddress
    from_name: Line | None = None
    timeout: Span = timedelta(seconds=10)

    @model_validator(mode="after")
    def _whole_credential(self) -> Self:
        if (self.username is None) is not (self.password is None):
            raise wrong("must have both `username` and `password`, or neither")
        if self.password is not None and self.encryption == "none":
            raise wrong("would send its password in clear text: set `encryption` to starttls or tls")
        return self


MAIL_KINDS.add(Kind("smtp", SmtpOptions))
