"""`method: sms_otp`: the password, then a code by SMS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from config.models.methods import SentCodeOptions
from config.models.options import Advice, TypedOptions
from config.models.templates import CODE, rendered
from config.models.values import Distinct, NotEmpty, Span
from radiusd.enrollment.addresses import Destination
from radiusd.handlers import Tools, method
from radiusd.model.message import Sms
from radiusd.one_time.sent_codes import SentCodes
from radiusd.rules import sms
from radiusd.rules.sms import in_one_part


class SmsOtpOptions(SentCodeOptions):
    """`sms_gateways` in order of failover."""

    method: Literal["sms_otp"]
    sms_gateways: Distinct[NotEmpty[str]] = Field(description="Tried in this order.")
    validity: Span = timedelta(minutes=5)

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        return {"sms_gateways": self.sms_gateways}

    @property
    def needs_of_a_user(self) -> str:
        return "mobile"

    def advice(self, gateways: Sequence[TypedOptions], /) -> Iterator[Advice]:
        told = {**CODE, "code": "0" * self.code_length}
        for language, cost in sms.costs(self.message, told, gateways):
            yield Advice(cost, ("message", language))


# Longest first: the first that takes one part is sent.
OURS: Mapping[str, Sequence[str]] = {
    "en": (
        "{{ code }} is your sign-in code for {{ application }}. Valid for {{ validity }}.",
        "{{ code }} is your sign-in code. Valid for {{ validity }}.",
    ),
    "tr": (
        "Oturum açma kodunuz: {{ code }} ({{ application }}). {{ validity }} geçerlidir.",
        "Oturum açma kodunuz: {{ code }}. {{ validity }} geçerlidir.",
    ),
}
APPENDED: Sequence[str] = ("{{ code }} ({{ application }}). {{ next_step }}", "{{ code }}. {{ next_step }}")


@method("sms_otp", SmsOtpOptions)
class SmsOtp:
    """The code is in an SMS to a number of the user, if its country is allowed."""

    immediate = True

    def __init__(self, options: SmsOtpOptions, tools: Tools) -> None:
        theirs = {language: (text,) for language, text in (options.message or {}).items()}
        self._messages = tools.texts.chooser({**OURS, **theirs})
        self._appended = tools.texts.chooser({**dict.fromkeys(OURS, APPENDED), **theirs})
        self._codes = SentCodes(
            options,
            tools.keys,
            tools.texts,
            tools.time_zone,
            tools.titles,
            tuple(options.sms_gateways),
            tools.mobile,
            self._compose,
        )
        self.channel = self._codes.channel
        self.goes_otherwise = self._codes.goes_otherwise
        self.lacks = self._codes.lacks
        self.placement = options.placement
        self.code_length = options.code_length
        self.judges = self._codes.judges
        self.judges_at_once = self._codes.judges_at_once
        self.unasked = self._codes.unasked
        self.recall = self._codes.recall
        self.begin = self._codes.begin
        self.answer = self._codes.answer
        self.again = self._codes.again
        self.remind = self._codes.remind
        self.refused = self._codes.refused

    def _compose(self, to: Destination, language: str, told: Mapping[str, Any], *, appended: bool) -> Sms:
        templates = (self._appended if appended else self._messages)(language)
        # What somebody wrote is sent as it is written.
        text = in_one_part(templates, told) if len(templates) > 1 else rendered(templates[0], told)
        if appended and told["next_step"] not in text:
            text = f"{text.rstrip()} {told['next_step']}"
        return Sms(to.recipient, text)
