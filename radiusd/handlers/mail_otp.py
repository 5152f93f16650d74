"""`method: mail_otp`: the password, then a code by mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from config.models.languages import everywhere
from config.models.methods import HTML, SentCodeOptions, written
from config.models.options import Text
from config.models.templates import LOGIN, CodeHtml, localized, rendered
from config.models.values import Distinct, NotEmpty, Span
from radiusd.enrollment.addresses import Destination
from radiusd.handlers import Tools, method
from radiusd.model.message import Mail
from radiusd.one_time.sent_codes import SentCodes
from radiusd.rules import letters
from radiusd.rules.letters import Fact, Letter

SUBJECT = {"en": "Your sign-in code", "tr": "Oturum açma kodunuz"}
LETTERS = {
    "en": Letter(
        title="Your sign-in code",
        code="{{ code }}",
        facts=(
            Fact("Valid for", "{{ validity }}"),
            Fact("Who", "{{ user.display_name }}"),
            Fact("Application", "{{ application }}"),
            Fact("From", "{{ station }}"),
            Fact("Asked at", "{{ time }}"),
        ),
        notes=(
            "{{ next_step }}",
            "If this was not you, somebody knows your password: change it and tell your help desk.",
        ),
    ),
    "tr": Letter(
        title="Oturum açma kodunuz",
        code="{{ code }}",
        facts=(
            Fact("Geçerlilik", "{{ validity }}"),
            Fact("Kullanıcı", "{{ user.display_name }}"),
            Fact("Uygulama", "{{ application }}"),
            Fact("Nereden", "{{ station }}"),
            Fact("İstek saati", "{{ time }}"),
        ),
        notes=(
            "{{ next_step }}",
            "Oturum açmak isteyen siz değilseniz parolanız başkasının elinde: değiştirin ve destek ekibine haber verin.",
        ),
    ),
}


class MailOtpOptions(SentCodeOptions):
    """`html` is sent beside the text. `mail_servers` in order of failover."""

    method: Literal["mail_otp"]
    mail_servers: Distinct[NotEmpty[str]] = Field(description="Tried in this order.")
    validity: Span = timedelta(minutes=10)
    subject: Annotated[Mapping[str, str], localized(LOGIN)] = Field(
        everywhere(SUBJECT["en"]), description="Of the mail."
    )
    html: CodeHtml | None = Field(None, description=HTML)

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        return {"mail_servers": self.mail_servers}

    @property
    def needs_of_a_user(self) -> str:
        return "mail"

    def texts(self) -> Iterator[Text]:
        yield from super().texts()
        yield Text("html", written(self.html), "code", self.validity)


@method("mail_otp", MailOtpOptions)
class MailOtp:
    """The code is in a mail to the address of the user that counts (S117, S154)."""

    immediate = True

    def __init__(self, options: MailOtpOptions, tools: Tools) -> None:
        self._options = options
        written = options.subject if "subject" in options.model_fields_set else {}
        self._subject = tools.texts.chooser({**SUBJECT, **written})
        written = options.message or {}
        texts, html = letters.templates(LETTERS, written, options.html, signed=bool(tools.titles.organisation))
        self._message = tools.texts.chooser(texts)
        self._html = tools.texts.chooser(html)
        self._codes = SentCodes(
            options,
            tools.keys,
            tools.texts,
            tools.time_zone,
            tools.titles,
            tuple(options.mail_servers),
            tools.mail,
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

    def _compose(self, to: Destination, language: str, told: Mapping[str, Any], *, appended: bool) -> Mail:
        subject = rendered(self._subject(language), told)
        text, html = self._message(language), self._html(language)
        mail = Mail(to.recipient, subject, rendered(text, told), rendered(html, told, html=True) if html else None)
        return letters.with_last(mail, told["next_step"]) if appended else mail
