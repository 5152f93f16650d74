"""`type: http` of sms_gateways: one request for each message. The only door to httpx."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal, Self

import httpx
from annotated_types import Ge, Le
from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from config.kinds import Kind
from config.models.addresses import Url
from config.models.forms import all_of, not_both
from config.models.options import Advice, Options, TypedOptions
from config.models.templates import SMS, compiled, names, secret_template
from config.models.values import Distinct, Located, NotEmpty, Shown, Span, wrong
from config.secret import Secret
from radiusd.delivery import SMS_KINDS, Fault, NotTaken
from radiusd.delivery.connections import Attempt, Lanes, Trust, cause_of
from radiusd.delivery.outbox import Outbox
from radiusd.model.message import Mail, Sms
from radiusd.rules import phone_numbers


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


def _sources(value: object) -> Iterator[str]:
    """The templates in it."""
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, Mapping):
        yield from (source for each in value.values() for source in _sources(each))
    elif isinstance(value, tuple):
        yield from (source for each in value for source in _sources(each))


class Success(Options):
    """What the gateway answers where it took the message. `body_contains` None: its status alone says so."""

    status: Distinct[NotEmpty[Annotated[int, Ge(100), Le(599)]]] = Field((200, 202), description="HTTP status.")
    body_contains: Shown | None = Field(
        None, description="What its answer must have in it; for those that answer 200 to everything."
    )


class SmsHttpOptions(TypedOptions):
    """At most one of `json`, `form` and `body`."""

    model_config = ConfigDict(
        json_schema_extra=all_of(not_both("json", "form"), not_both("json", "body"), not_both("form", "body"))
    )

    type: Literal["http"]
    url: Annotated[Url, Field(repr=False)] = Field(
        description="Where the gateway is. With `method: GET` the `form` becomes its query."
    )
    ca_file: Located | None = Field(
        None,
        description="The authorities that sign its certificate. Left out: those of the machine. It is always checked.",
    )
    method: Literal["GET", "POST", "PUT"] = Field("POST", description="Of the HTTP request.")
    headers: Annotated[Mapping[str, SecretTemplate], BeforeValidator(_headers)] = Field(
        default_factory=dict, description="Further ones, as `Authorization`."
    )
    json_body: Annotated[Any, BeforeValidator(_json), Field(alias="json")] = Field(
        None, description="What is sent, as JSON. Texts in it have `{{ recipient }}` and `{{ message }}`."
    )
    form: Mapping[str, SecretTemplate] | None = Field(None, description="In place of `json`: fields of a form.")
    body: SecretTemplate | None = Field(
        None,
        description="In place of both: the text as it is. Each value needs its filter: `json`, `xml` or `urlencode`.",
    )
    number_format: Literal["e164", "digits", "national"] = Field(
        "e164", description="`e164`: +905554443322; `digits`: 905554443322; `national`: 05554443322."
    )
    success: Success = Field(Success(), description="How the gateway says that it took the message.")
    timeout: Span = Field(timedelta(seconds=10), description="Of one message by this gateway.")

    def advice(self) -> Iterator[Advice]:
        if self.url.startswith("http:"):
            yield Advice("messages with codes and links go in clear text; write https://", ("url",))
        bodies = [*_sources((self.json_body, self.form, self.body))]
        for variable, sources in (("recipient", [*bodies, *_sources(self.headers)]), ("message", bodies)):
            if not any(names(source, variable) for source in sources):
                told = f"lacks the {variable}; write {{{{ {variable} }}}} in `json`, `form` or `body`"
                yield Advice(f"what is sent to `{self.name}` {told}")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = [self.json_body, self.form, self.body]
        if sum(body is not None for body in bodies) > 1:
            raise wrong("must have one of `json`, `form` and `body`", of=("json", "form", "body"))
        return self


CONNECTIONS = 16  # to one gateway at once
IDLE_SECONDS = 30.0  # for so long an unused connection is kept
LONGEST = 65_536  # octets of an answer that are read
DRAINED_SECONDS = 1.0  # for so long the rest of an answer is awaited that has already said yes

for library in ("httpx", "httpcore"):
    # Below that they tell URLs, and gateways take passwords there.
    logging.getLogger(library).setLevel(logging.WARNING)


class SmsHttp:
    """One gateway."""

    def __init__(self, name: str, options: SmsHttpOptions, _outbox: Outbox) -> None:
        self.name = name
        self.immediate = False
        self._options = options
        self._url = httpx.URL(options.url)
        self._where = f"{self._url.host}:{self._url.port or (443 if self._url.scheme == 'https' else 80)}"
        self._lanes = Lanes(self._where, CONNECTIONS, options.timeout.total_seconds())
        self._trust = Trust(options.ca_file)
        self._client: httpx.AsyncClient | None = None

    async def send(self, content: Mail | Sms, deadline: float) -> None:
        """Raises NotTaken."""
        if not isinstance(content, Sms):
            raise NotTaken("an SMS gateway sends no mail", fault=Fault.MESSAGE)
        number = phone_numbers.written(content.recipient, self._options.number_format)
        if number is None:
            raise NotTaken("the recipient is no phone number", fault=Fault.RECIPIENT)
        await self._lanes.send(partial(self._deliver, number, content.text), deadline)

    async def close(self) -> None:
        await self._lanes.close()
        if self._client is not None:
            await self._client.aclose()

    async def _deliver(self, number: str, text: str, attempt: Attempt, _until: float) -> None:
        client = await self._connections()
        answer = await self._ask(client, number, text, attempt)
        try:
            await self._judge(answer, attempt)
        finally:
            await answer.aclose()

    async def _connections(self) -> httpx.AsyncClient:
        trusted = await self._trust.context()
        if self._client is None:
            # Neither proxies of the environment nor redirects: what is sent goes where radius.yaml says.
            self._client = httpx.AsyncClient(
                verify=trusted,
                timeout=None,  # noqa: S113 - the whole attempt has one
                limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_SECONDS),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    async def _ask(self, client: httpx.AsyncClient, number: str, text: str, attempt: Attempt) -> httpx.Response:
        """By a kept connection; where the gateway has ended it meanwhile, by a new one. The answer is to be closed."""
        while True:
            is_new = False

            async def trace(event: str, _about: Mapping[str, Any]) -> None:
                nonlocal is_new
                is_new = is_new or event == "connection.connect_tcp.started"
                attempt.said = attempt.said or event.endswith(".send_request_headers.started")

            try:
                return await client.send(self._request(number, text, trace), stream=True)
            except httpx.RequestError as error:
                if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError) and not is_new:
                    continue
                cause = cause_of(error.__cause__) or WORDS.get(type(error), type(error).__name__)
                raise NotTaken(f"{self._where}: {cause}", certain=not attempt.said) from None

    def _request(self, number: str, text: str, trace: Any) -> httpx.Request:
        """With no header but those of the settings and what HTTP and the body need: no cookie either."""
        options = self._options
        values = {"recipient": number, "message": text.encode("utf-8", "replace").decode("utf-8")}
        headers = {b"User-Agent": b"radiusd", b"Accept-Encoding": b"identity"}
        headers |= {name.encode(): one_line(_filled(each, values)).encode() for name, each in options.headers.items()}
        url, body = self._url, dict[str, Any]()
        if options.json_body is not None:
            body["json"] = _filled(options.json_body, values)
        elif options.form is not None and options.method == "GET":
            url = url.copy_merge_params(_filled(options.form, values))
        elif options.form is not None:
            body["data"] = _filled(options.form, values)
        elif options.body is not None:
            body["content"] = _filled(options.body, values).encode()
        return httpx.Request(options.method, url, headers=headers, extensions={"trace": trace}, **body)

    async def _judge(self, answer: httpx.Response, attempt: Attempt) -> None:
        status, success = answer.status_code, self._options.success
        if status in success.status and success.body_contains is None:
            attempt.taken = True
            # Only after its end the connection can be used again.
            with suppress(TimeoutError, httpx.RequestError):
                async with asyncio.timeout(DRAINED_SECONDS):
                    await _text(answer)
            return
        try:
            text = await _text(answer)
        except httpx.RequestError:
            cause = f"{self._where} answered {status} and ended the connection"
            raise NotTaken(cause, certain=status not in success.status and status < 500) from None
        if status not in success.status:
            # What went wrong inside the gateway may have done so after it sent the message.
            raise NotTaken(f"{self._where} answered {status}", certain=status < 500, said=text)
        if success.body_contains is not None and success.body_contains not in text:
            raise NotTaken(f"{self._where} answered {status} without the text that says it was taken", said=text)


WORDS: Mapping[type[httpx.RequestError], str] = {
    httpx.ConnectError: "can not be reached",
    httpx.ReadError: "ended the connection without an answer",
    httpx.WriteError: "ended the connection without an answer",
    httpx.RemoteProtocolError: "did not answer in HTTP, or ended the connection",
    httpx.LocalProtocolError: "the request can not be sent as it is; are its headers right?",
}


async def _text(answer: httpx.Response) -> str:
    """The beginning of what the gateway says. Raises httpx.RequestError."""
    read = b""
    async for part in answer.aiter_bytes():
        read += part
        if len(read) > LONGEST:
            break
    try:
        return read[:LONGEST].decode(answer.encoding or "utf-8", "replace")
    except (LookupError, UnicodeError):
        return read[:LONGEST].decode("utf-8", "replace")


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The templates in it rendered."""
    if isinstance(template, Secret):
        return compiled(template.reveal()).render(values)
    if isinstance(template, Mapping):
        return {key: _filled(each, values) for key, each in template.items()}
    if isinstance(template, tuple | list):
        return [_filled(each, values) for each in template]
    return template


def one_line(text: str) -> str:
    """For a header's value: nothing that is put in can add a header."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


SMS_KINDS.add(Kind("http", SmsHttpOptions, SmsHttp))
