"""`clients:`, the NASes."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, PlainValidator, model_validator

from config.models.addresses import Net
from config.models.forms import all_of, has, not_both, pattern
from config.models.options import Options, Titled
from config.models.values import Distinct, Encoding, Hold, Hush, Line, Many, NotEmpty, Port, Positive, wrong

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
    ) = None
    psk_identity: Line | None = None
    psk: Hush | None = None

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

    address: Distinct[Many[Net]] = ()
    secret: Hush | None = None
    tls: ClientTls | None = None
    application: str
    message_authenticator: Literal["required", "optional", "auto"] = "required"
    limit_proxy_state: bool = True
    hold: Hold = None
    one_at_a_time: bool = False
    challenge: Annotated[bool | int, PlainValidator(_challenge, json_schema_input_type=bool | Positive)] = True
    station: Distinct[Many[Line]] = STATIONS
    on_outage: Literal["reject", "discard"] = "reject"
    password_encoding: Distinct[NotEmpty[Encoding]] = ("utf-8", "latin-1")
    status_server: bool = True
    max_held: Positive = 5000
    coa_port: Port = 3799

    @model_validator(mode="after")
    def _is_known_by_something(self) -> Self:
        if self.tls is None:
            lacking = [key for key in ("address", "secret") if not getattr(self, key)]
            if lacking:
                raise wrong(f"lacks `{'` and `'.join(lacking)}`; a client has `address` and `secret`, or `tls`")
        elif self.address or self.secret is not None:
            raise wrong("has `tls` beside `address` or `secret`; write two clients, one for each way")
        return self
