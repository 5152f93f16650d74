"""`clients:`, the NASes."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, model_validator

from config.models.addresses import Net
from config.models.forms import all_of, has, not_both, pattern
from config.models.options import Options, Titled
from config.models.values import Distinct, Encoding, Hold, Hush, Line, Many, NotEmpty, Port, Positive, lacks, wrong

STATIONS = (
    "Calling-Station-Id",
    "Tunnel-Client-Endpoint",
    "Fortinet-Client-IP-Address",
    "PaloAlto-Client-Source-IP",
)


def _challenge(value: Any) -> bool | int:
    if isinstance(value, bool) or (isinstance(value, int) and value >= 1):
        return value
    raise wrong("{value} must be true, false, or how many challenges one login may have")


def _alternative_name(value: str) -> str:
    if not re.fullmatch(r"(DNS|IP|email|URI):[^\s:].*", value):
        raise wrong('{value} is not a subject alternative name; write for example "DNS:proxy.example.com"')
    return value


class ClientTls(Options):
    """How a RadSec client is known: by its certificate, or by a key that both sides have."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": has("subject_alt_name"),
            "then": {"not": {"anyOf": [has("psk_identity"), has("psk")]}},
            "else": has("psk_identity", "psk"),
        }
    )

    subject_alt_name: (
        Annotated[str, AfterValidator(_alternative_name), pattern(r"^(DNS|IP|email|URI):[^\s:]")] | None
    ) = Field(None, description="What its certificate must have, as `DNS:proxy.example.com`.")
    psk_identity: Line | None = Field(None, description="In place of a certificate: a key that both sides have.")
    psk: Hush | None = Field(None, description="That key.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_key = self.psk_identity is not None or self.psk is not None
        if (self.subject_alt_name is None) is not by_key or (self.psk_identity is None) is not (self.psk is None):
            raise wrong("must have either `subject_alt_name`, or `psk_identity` and `psk`")
        return self


class ClientSettings(Titled):
    """One NAS, or a network of equal ones. `hold` None: learned; `challenge` False: it can not show one."""

    model_config = ConfigDict(
        json_schema_extra={
            **all_of(not_both("tls", "address"), not_both("tls", "secret")),
            "if": {"not": has("tls")},
            "then": has("address", "secret"),
        }
    )

    address: Distinct[Many[Net]] = Field((), description="One or several addresses or networks.")
    secret: Hush | None = Field(None, description="The shared secret. Belongs in `env:` or `file:`.")
    tls: ClientTls | None = Field(None, description="A RadSec client, in place of `address` and `secret`.")
    application: str = Field(description="One of `applications`.")
    message_authenticator: Literal["required", "optional", "auto"] = Field(
        "required", description="Whether its requests must be signed. `auto`: from the first signed one on, remembered."
    )
    limit_proxy_state: bool = Field(
        True,
        description="Where a signature is optional: a request that has Proxy-State and none is dropped "
        "(CVE-2024-3596).",
    )
    hold: Hold = Field(
        None,
        description="How long this NAS waits for an answer: its time-out times its tries. `auto`: 10s until it is "
        "learned.",
    )
    one_at_a_time: bool = Field(
        False,
        description="It serves nobody else while it waits for an answer, as ocserv and squid do: no request is held "
        "for a decision. Users are asked to come again, or a late approval counts.",
    )
    challenge: Annotated[bool | int, PlainValidator(_challenge, json_schema_input_type=bool | Positive)] = Field(
        True, description="Whether it can show an Access-Challenge; a number: so many in one sign-in."
    )
    station: Distinct[Many[Line]] = Field(
        STATIONS, description="What names the user's device: the first of these attributes that a request has."
    )
    on_outage: Literal["reject", "discard"] = Field(
        "reject",
        description="While a directory or the database is down: refuse, or say nothing so that the NAS asks its next "
        "server. Once a password was judged it is a refusal anyway.",
    )
    password_encoding: Distinct[NotEmpty[Encoding]] = Field(
        ("utf-8", "latin-1"), description="The first one in which the password's octets are valid. Still one attempt."
    )
    status_server: bool = Field(True, description="Whether Status-Server (RFC 5997) is answered.")
    max_held: Positive = Field(
        5000, description="Requests held at once, of one user 16 at most; who comes beyond is told to try again."
    )
    coa_port: Port = Field(3799, description="Where it takes Disconnect-Request (RFC 5176).")

    @model_validator(mode="after")
    def _is_known_by_something(self) -> Self:
        if self.tls is None:
            lacking = [key for key in ("address", "secret") if not getattr(self, key)]
            if lacking:
                raise lacks(lacking, "; a client has `address` and `secret`, or `tls`")
        elif self.address or self.secret is not None:
            told = "has `tls` beside `address` or `secret`; write two clients, one for each way"
            raise wrong(told, of=("tls", "address", "secret"))
        return self
