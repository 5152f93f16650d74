"""The options of `type: smtp`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from config.models.addresses import Host, MailAddress
from config.models.forms import all_of, has, together, where
from config.models.options import Advice, TypedOptions
from config.models.values import Hush, Line, Located, Port, Positive, Span, wrong

SUBMISSIONS_PORT = 465  # TLS from the first octet (RFC 8314 section 3.3)


class SmtpOptions(TypedOptions):
    """`ca_file` None: the system's authorities. `from_name` None: the address alone."""

    model_config = ConfigDict(
        json_schema_extra=all_of(
            *together("username", "password")["allOf"], where("encryption", "none", {"not": has("password")})
        )
    )

    type: Literal["smtp"] = Field("smtp", description="`smtp` where it is left out.")
    host: Host = Field(description="Name or address; its certificate must have it.")
    port: Port = Field(587, description="Mostly 587 or 25 for `starttls`, 465 for `tls`.")
    encryption: Literal["none", "starttls", "tls"] = Field(
        "starttls",
        description="`starttls`: TLS before anything is said, or nothing is. `none` is refused together with a "
        "password.",
    )
    ca_file: Located | None = Field(
        None,
        description="The authorities that sign its certificate. Left out: those of the machine. It is always checked.",
    )
    username: Line | None = Field(None, description="To sign in with.")
    password: Hush | None = Field(None, description="Together with `username`, or neither.")
    from_address: MailAddress = Field(description="The sender. Bounces come back to it.")
    from_name: Line | None = Field(None, description="How the sender is shown.")
    messages_per_connection: Positive = Field(
        10,
        description="After so many a connection is ended. Exim keeps what comes after the tenth for its next queue run, "
        "which may be in half an hour, and says so to nobody.",
    )
    timeout: Span = Field(timedelta(seconds=10), description="Of one message by this server.")

    def advice(self) -> Iterator[Advice]:
        encryption, port = self.encryption, self.port
        if encryption == "none":
            told = "mails with codes and links go in clear text; write `encryption: starttls`, or tls"
            yield Advice(told, ("encryption",))
        if encryption != "tls" and port == SUBMISSIONS_PORT:
            told = f"port {port} speaks TLS from the first octet; write `encryption: tls`, or `port: 587`"
            yield Advice(told, ("port",))
        if encryption == "tls" and port in {25, 587}:
            told = f"port {port} begins in clear text; write `encryption: starttls`, or `port: 465`"
            yield Advice(told, ("port",))

    @model_validator(mode="after")
    def _whole_credential(self) -> Self:
        if (self.username is None) is not (self.password is None):
            raise wrong("must have both `username` and `password`, or neither", of=("username", "password"))
        if self.password is not None and self.encryption == "none":
            told = "would send its password in clear text: set `encryption` to starttls or tls"
            raise wrong(told, of=("password", "encryption"))
        return self
