"""`method: mail_otp`: the password, then a code by mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from config.models.languages import everywhere
from config.models.methods import SentCodeOptions
from config.models.options import Text
from config.models.templates import CODE, LOGIN, localized, rendered, template
from config.models.values import Distinct, NotEmpty, Span
from radiusd.handlers import Tools, method
from radiusd.model.message import Mail
from radiusd.one_time.destinations import Destination, mail_of
from radiusd.one_time.sent_codes import SentCodes
from radiusd.rules.titles import signed

SUBJECT = {"en": "Your sign-in code", "tr": "Oturum açma kodunuz"}


class MailOtpOptions(SentCodeOptions):
    """`html` is a template that is sent beside the text. `mail_servers` in order of failover."""

    method: Literal["mail_otp"]
    mail_servers: Distinct[NotEmpty[str]] = Field(description="Tried in this order.")
    validity: Span = timedelta(minutes=10)
    subject: Annotated[Mapping[str, str], localized(LOGIN)] = Field(
        everywhere(SUBJECT["en"]), description="Of the mail."
    )
    html: Annotated[str, template(CODE, html=True)] | None = Field(
        None, description="`file:PATH` of a template in HTML, which is sent beside the text."
    )

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        return {"mail_servers": self.mail_servers}

    @property
    def needs_of_a_user(self) -> str:
        return "mail"

    def texts(self) -> Iterator[Text]:
        yield from super().texts()
        if self.html is not None:
            yield Text("html", self.html, "code", self.validity)


OURS = {
    "en": "Your sign-in code is {{ code }}. It is valid for {{ validity }}. {{ next_step }}\n\n"
    "{{ user.display_name }} asks for it to sign in to {{ application }} from {{ station }}, {{ time }}.\n"
    "If this was not you, somebody knows your password: change it and tell your help desk.\n",
    "tr": "Oturum açma kodunuz: {{ code }}. {{ validity }} geçerlidir. {{ next_step }}\n\n"
    "{{ user.display_name }}, {{ station }} üzerinden {{ application }} uygulamasında oturum açmak istiyor, {{ time }}.\n"
    "Bu siz değilseniz parolanızı bilen biri var: parolanızı değiştirin ve yardım masasına haber verin.\n",
}


@method("mail_otp", MailOtpOptions)
class MailOtp:
    """The code is in a mail to the address that the directory has of the user (S117)."""

    immediate = True

    def __init__(self, options: MailOtpOptions, tools: Tools) -> None:
        self._options = options
        written = options.subject if "subject" in options.model_fields_set else {}
        self._subject = tools.texts.chooser({**SUBJECT, **written})
        ours = signed(OURS, "\n") if tools.titles.organisation else OURS
        self._message = tools.texts.chooser({**ours, **(options.message or {})})
        self._codes = SentCodes(
            options,
            tools.keys,
            tools.texts,
            tools.time_zone,
            tools.titles,
            tuple(options.mail_servers),
            lambda entry: mail_of(entry.mail),
            self._compose,
        )
        self.lacks = self._codes.lacks
        self.placement = options.placement
        self.code_length = options.code_length
        self.judges = self._codes.judges
        self.judges_at_once = self._codes.judges_at_once
        self.recall = self._codes.recall
        self.begin = self._codes.begin
        self.answer = self._codes.answer
        self.again = self._codes.again
        self.remind = self._codes.remind
        self.refused = self._codes.refused

    def _compose(self, to: Destination, language: str, told: Mapping[str, Any]) -> Mail:
        subject = rendered(self._subject(language), told)
        text = rendered(self._message(language), told)
        html = None if self._options.html is None else rendered(self._options.html, told, html=True)
        return Mail(to.recipient, subject, text, html)
