"""`type: http` of sms_gateways: one request for each message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field, model_validator

from config.addresses import Url
from config.kinds import Kind
from config.options import Options, TypedOptions
from config.secret import Secret
from config.templates import SMS, secret_template
from config.values import Distinct, Located, NotEmpty, Shown, Span, wrong
from radiusd.delivery import SMS_KINDS


def _sms(value: Any) -> Secret:
    return secret_template(value, SMS)


SecretTemplate = Annotated[Secret, BeforeValidator(_sms)]


def _json(value: Any) -> Any:
    """Any JSON; each text in it is a template and hidden: gateways take their password there."""
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return tuple(_json(item) for item in value)
    return _sms(value) if isinstance(value, str) else value


def _headers(value: Any) -> Any:
    if isinstance(value, Mapping):
        for name in value:
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
                raise wrong("is not a header's name", name)
    return value


class Success(Options):
    """What the gateway answers where it took the message. `body_contains` None: its status alone says so."""

    status: Distinct[NotEmpty[Annotated[int, Ge(100), Le(599)]]] = (200, 202)
    body_contains: Shown | None = None


class SmsHttpOptions(TypedOptions):
    """At most one of `json`, `form` and `body`."""

    type: Literal["http"]
    url: Annotated[Url, Field(repr=False)]
    ca_file: Located | None = None
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: Annotated[Mapping[str, SecretTemplate], BeforeValidator(_headers)] = Field(default_factory=dict)
    json_body: Annotated[Any, BeforeValidator(_json), Field(alias="json")] = None
    form: Mapping[str, SecretTemplate] | None = None
    body: SecretTemplate | None = None
    number_format: Literal["e164", "digits", "national"] = "e164"
    success: Success = Success()
    timeout: Span = timedelta(seconds=10)

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = [self.json_body, self.form, self.body]
        if sum(body is not None for body in bodies) > 1:
            raise wrong("must have one of `json`, `form` and `body`")
        return self


SMS_KINDS.add(Kind("http", SmsHttpOptions))
