"""Options that several methods have: codes that are sent, and links by which somebody decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Le
from pydantic import PlainValidator, model_validator

from config.faults import instead
from config.models.addresses import MAIL, NUMBER, LinkBase, Recipient, recipient
from config.models.forms import pattern
from config.models.options import Options, ProfileOptions
from config.models.templates import DESTINATION, LOGIN, CodeTexts, LinkTexts, localized
from config.models.values import Distinct, Duration, Many, NotEmpty, Positive, Span, duration, everywhere, wrong

Texts = Mapping[str, str]
Placement = Literal["auto", "challenge", "appended"]
PROMPT = "Code sent to {{ destination }}"


class SentCodeOptions(ProfileOptions):
    """A code that is sent and must be typed. `message` None: ours, in the user's language."""

    validity: Span
    code_length: Annotated[int, Ge(4), Le(10)] = 6
    attempts: Positive = 3
    placement: Placement = "auto"
    resend_after: Duration = timedelta(seconds=30)
    sends_per_hour: Positive = 10
    send_within: Span = timedelta(seconds=8)
    message: CodeTexts | None = None
    prompt: Annotated[Texts, localized(DESTINATION)] = everywhere(PROMPT)


APPROVERS = ("manager", "sponsor", "managers_manager")


def _approver(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong("{value} must be a text: put it in quotes")
    if value in APPROVERS:
        return value
    if "@" not in value and not value.startswith("+") and not value[:1].isdigit():
        raise wrong(f"unknown approver {{value}}{instead(value, APPROVERS)} or write an address or a number")
    return recipient(value)


Approver = Annotated[str, PlainValidator(_approver), pattern(f"^({'|'.join(APPROVERS)})$", MAIL, NUMBER)]
"""`manager`, `sponsor`, `managers_manager`, or an address or number."""


def _choice(value: Any) -> str | timedelta:
    if value in {"once", "today"}:
        return str(value)
    try:
        length = duration(value)
    except ValueError:
        raise wrong("{value} is not a choice; write once, today, or a duration such as 4h") from None
    if not length:
        raise wrong("{value} is no time at all; write once, today, or a duration such as 4h")
    return length


Choice = Annotated[str | timedelta, PlainValidator(_choice), pattern("^(once|today)$", "^0*[1-9][0-9]{0,11}[smhd]$")]


class Grant(Options):
    """What an approver may choose; a choice of a duration is a timedelta."""

    choices: Distinct[NotEmpty[Choice]] = ("once",)
    longest: Span = timedelta(hours=8)

    @model_validator(mode="after")
    def _none_is_longer(self) -> Self:
        if any(isinstance(choice, timedelta) and choice > self.longest for choice in self.choices):
            raise wrong("has a choice that is longer than `longest`")
        return self


class LinkOptions(ProfileOptions):
    """A link that is sent, by which somebody decides. `server` None: public_url."""

    methods: Distinct[Many[str]] = ()
    server: LinkBase | None = None
    mail_servers: Distinct[Many[str]] = ()
    subject: Annotated[Texts, localized(LOGIN)]
    message: LinkTexts
    link_validity: Span
    approvers: Distinct[NotEmpty[Approver]] = ("manager",)
    default_recipient: Recipient | None = None
    escalate_after: Span | None = None
    quorum: Positive = 1
    confirm: Literal["button", "number"] = "button"
    grant: Grant = Grant()
    asks_per_hour: Positive = 6
    after_refusal: Duration = timedelta(minutes=15)
    waiting_message: Annotated[Texts, localized(LOGIN)] = everywhere("Waiting for manager approval")
    late_approval: Duration
