"""`type: http` of sms_gateways: one request for each message. The only door to httpx."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

import httpx
import phonenumbers
from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field, model_validator

from config.addresses import Url
from config.kinds import Kind
from config.options import Options, TypedOptions
from config.secret import Secret
from config.templates import SMS, compiled, secret_template
from config.values import Distinct, Located, NotEmpty, Shown, Span, wrong
from radiusd.delivery import SMS_KINDS, NotTaken
from radiusd.delivery.outbox import Outbox
from radiusd.model.message import Mail, Sms


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


LONGEST = 65_536  # octets of an answer that are looked at


class SmsHttp:
    """One gateway."""

    def __init__(self, name: str, options: SmsHttpOptions, _outbox: Outbox) -> None:
        self.name = name
        self._options = options
        self._timeout = options.timeout.total_seconds()
        self._where = httpx.URL(options.url).host
        self._client: httpx.AsyncClient | None = None
        self._down: str | None = None

    def down(self) -> str | None:
        return self._down

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def send(self, content: Mail | Sms, deadline: float) -> None:
        """Raises NotTaken."""
        if not isinstance(content, Sms):
            raise NotTaken("an SMS gateway sends no mail", final=True)
        # Where this is the first thing that waits, it may be outside of any task, which a time-out needs.
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(deadline, loop.time() + self._timeout)):
                await self._post(content)
        except TimeoutError:
            self._down = f"{self._where} did not answer in time"
            raise NotTaken(self._down, certain=False) from None
        except NotTaken as failed:
            self._down = failed.cause
            raise
        self._down = None

    async def _post(self, sms: Sms) -> None:
        options = self._options
        if self._client is None:
            trusted: ssl.SSLContext | bool = True
            if options.ca_file is not None:
                trusted = await asyncio.to_thread(ssl.create_default_context, cafile=str(options.ca_file))
            # Neither proxies of the environment nor redirects: what is sent goes where radius.yaml says.
            self._client = httpx.AsyncClient(
                verify=trusted,
                timeout=None,  # noqa: S113 - `send` ends it
                follow_redirects=False,
                trust_env=False,
            )
        values = {"recipient": written(sms.recipient, options.number_format), "message": sms.text}

        def filled(template: Any) -> Any:
            if isinstance(template, Secret):
                return compiled(template.reveal()).render(values)
            if isinstance(template, Mapping):
                return {key: filled(each) for key, each in template.items()}
            if isinstance(template, tuple | list):
                return [filled(each) for each in template]
            return template

        headers = {name: one_line(filled(value)) for name, value in options.headers.items()}
        body: dict[str, Any] = {}
        if options.json_body is not None:
            body["json"] = filled(options.json_body)
        elif options.form is not None:
            body["data"] = filled(options.form)
        elif options.body is not None:
            body["content"] = filled(options.body).encode()
        said = False
        try:
            async with self._client.stream(options.method, options.url, headers=headers, **body) as answer:
                said = True
                await self._judge(answer)
        except httpx.TransportError as error:
            unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol)
            raise NotTaken(f"{self._where}: {type(error).__name__}", certain=unsent and not said) from None

    async def _judge(self, answer: httpx.Response) -> None:
        success = self._options.success
        if answer.status_code not in success.status:
            raise NotTaken(f"{self._where} answered {answer.status_code}")
        if success.body_contains is None:
            return
        read = b""
        async for part in answer.aiter_bytes():
            read += part
            if len(read) > LONGEST:
                break
        if success.body_contains not in read.decode("utf-8", "replace"):
            raise NotTaken(f"{self._where} answered {answer.status_code} without the text that says it was taken")


def one_line(text: str) -> str:
    """For a header's value."""
    return "".join(letter for letter in text if letter.isprintable())


def written(number: str, number_format: str) -> str:
    """A number in E.164 as the gateway wants it."""
    if number_format == "e164":
        return number
    if number_format == "digits":
        return number.removeprefix("+")
    national = phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(letter for letter in national if letter.isdigit())


SMS_KINDS.add(Kind("http", SmsHttpOptions, SmsHttp))
