"""Notices that accounts of the database end: their options, and what user and sponsor read (S209, S214)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal

from annotated_types import Le
from pydantic import Field

from config.models.languages import everywhere
from config.models.options import Options
from config.models.templates import USER, localized, rendered
from config.models.values import Distinct, NotEmpty, Span
from radiusd.model.message import Mail
from radiusd.rules import facts, letters
from radiusd.rules.letters import WHOLE_NAME, Fact, Letter
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store.expiring import Ending

DAY, HOUR = 86_400.0, 3_600.0  # seconds
OF_ONE = {"user": USER, "until": "2026-12-31", "left": "3 days", "sponsor": "Sam Example", "organisation": "Example"}
OF_MANY = {
    "users": [{**USER, "until": "2026-12-31"}],
    "count": 1,
    "until": "2026-12-31",
    "sponsor": "Sam Example",
    "organisation": "Example",
}
SUBJECT = {"en": "Your account ends: {{ until }}", "tr": "Hesabınızın süresi doluyor: {{ until }}"}
SPONSOR_SUBJECT = {
    "en": "{{ count }} account{% if count != 1 %}s{% endif %} that you answer for will end",
    "tr": "Sorumlusu olduğunuz {{ count }} hesabın süresi doluyor",
}
LETTERS = {
    "en": Letter(
        title="Your account ends in {{ left }}",
        facts=(
            Fact("Account", WHOLE_NAME),
            Fact("Last day", "{{ until }}"),
            Fact("Who answers for you", "{{ sponsor or '–' }}"),
        ),
        notes=("After that you can sign in no more. If you still need it, ask for more time before it ends.",),
    ),
    "tr": Letter(
        title="Hesabınızın süresi {{ left }} içinde doluyor",
        facts=(
            Fact("Hesap", WHOLE_NAME),
            Fact("Son gün", "{{ until }}"),
            Fact("Sorumlunuz", "{{ sponsor or '–' }}"),
        ),
        notes=(
            "Bu tarihten sonra oturum açamazsınız. Hesaba ihtiyacınız sürüyorsa süresi dolmadan uzatılmasını isteyin.",
        ),
    ),
}
EACH = (Fact("{{ each.until }}", WHOLE_NAME.replace("user.", "each.")),)
SPONSOR_LETTERS = {
    "en": Letter(
        title="{{ count }} account{% if count != 1 %}s{% endif %} that you answer for will end",
        facts=EACH,
        every="users",
        notes=(
            "You are the sponsor of these users. After the day beside their name they can sign in no more.",
            "If somebody still needs theirs, ask your help desk to extend it.",
        ),
    ),
    "tr": Letter(
        title="Sorumlusu olduğunuz {{ count }} hesabın süresi doluyor",
        facts=EACH,
        every="users",
        notes=(
            "Bu kullanıcıların sorumlusu sizsiniz. Adlarının yanında yazan tarihten sonra oturum açamazlar.",
            "Hesaba ihtiyacı sürenler için destek ekibinden süreyi uzatmasını isteyin.",
        ),
    ),
}
SPONSORS = "Of the mail to a sponsor: one for all users of whom it is due, with `{{ count }}` and a list `{{ users }}`."


class ExpiryNotices(Options):
    """Mails before an account ends. Each goes once, whatever node is up; of several that were missed the last one."""

    before: Distinct[NotEmpty[Annotated[Span, Le(timedelta(days=400))]]] = Field(
        description="How long before the end, as `[14d, 3d, 1d]`: one mail each."
    )
    tell: Distinct[NotEmpty[Literal["user", "sponsor"]]] = Field(
        ("user", "sponsor"), description="Who is told: the user, the sponsor by mail, or both."
    )
    mail_servers: Distinct[NotEmpty[str]] = Field(description="Tried in this order.")
    subject: Annotated[Mapping[str, str], localized(OF_ONE)] = Field(
        everywhere(SUBJECT["en"]), description="Of the mail to the user."
    )
    message: Annotated[Mapping[str, str], localized(OF_ONE)] | None = Field(
        None,
        description="With `{{ until }}` (the last day), `{{ left }}` (as `3 days`), `{{ user.display_name }}`, `{{ sponsor }}` "
        "(their name). Left out: ours, in the user's language.",
    )
    html: Annotated[Mapping[str, str], localized(OF_ONE, html=True)] | None = Field(
        None,
        description="`file:PATH` of a template in HTML, or one for each language. Left out: ours, where `message` is too.",
    )
    sponsor_subject: Annotated[Mapping[str, str], localized(OF_MANY)] = Field(
        everywhere(SPONSOR_SUBJECT["en"]), description="Of the mail to a sponsor."
    )
    sponsor_message: Annotated[Mapping[str, str], localized(OF_MANY)] | None = Field(None, description=SPONSORS)
    sponsor_html: Annotated[Mapping[str, str], localized(OF_MANY, html=True)] | None = Field(
        None, description="The same in HTML."
    )

    def due(self, expires_at: float, now: float) -> float | None:
        """When the last of the notices was due that are by now; None where none is."""
        moments = [expires_at - before.total_seconds() for before in self.before]
        return max((moment for moment in moments if moment <= now), default=None)

    @property
    def longest(self) -> float:
        """Seconds before the end from which on a notice may be due."""
        return max(before.total_seconds() for before in self.before)


class ExpiryLetters:
    """What is sent by these options."""

    def __init__(self, options: ExpiryNotices, texts: Texts, titles: Titles, time_zone: tzinfo) -> None:
        signed, given = bool(titles.organisation), options.model_fields_set
        self._texts, self._titles, self._time_zone = texts, titles, time_zone
        self._user = _Chosen(
            {**SUBJECT, **(options.subject if "subject" in given else {})},
            *letters.templates(LETTERS, options.message or {}, options.html, signed=signed),
        )
        self._sponsor = _Chosen(
            {**SPONSOR_SUBJECT, **(options.sponsor_subject if "sponsor_subject" in given else {})},
            *letters.templates(SPONSOR_LETTERS, options.sponsor_message or {}, options.sponsor_html, signed=signed),
        )

    def to_user(self, user: Ending, now: float) -> Mail:
        left = max(0.0, user.expires_at - now)
        unit = DAY if left > DAY else HOUR
        told = {
            "user": _told(user),
            "until": self.last_day(user.expires_at, user.language),
            "left": self._texts.lasting(math.ceil(left / unit) * unit, user.language),
            "sponsor": facts.line(user.sponsor_name or user.sponsor_email),
            "organisation": self._titles.organisation,
        }
        return self._user.mail(self._texts, user.email, user.language, told)

    def to_sponsor(self, users: Sequence[Ending]) -> Mail:
        """Of users with the same sponsor, soonest first; in the default language, since nobody knows the sponsor's."""
        first = users[0]
        people = [_told(user) | {"until": self.last_day(user.expires_at, "")} for user in users]
        told = {
            "users": people,
            "count": len(users),
            "until": people[0]["until"],
            "sponsor": facts.line(first.sponsor_name or first.sponsor_email),
            "organisation": self._titles.organisation,
        }
        return self._sponsor.mail(self._texts, first.sponsor_email, "", told)

    def last_day(self, expires_at: float, language: str) -> str:
        """As people read it in that language: the day where the account ends with one, else the moment."""
        called = self._titles.called(language)
        end = datetime.fromtimestamp(expires_at, self._time_zone)
        if (end.hour, end.minute, end.second) == (0, 0, 0):
            return f"{end - timedelta(days=1):{called.day}}"
        return facts.minute(expires_at, self._time_zone, called)


def _told(user: Ending) -> dict[str, str]:
    spelled = user.shown_name or user.username
    name = f"{user.first_name} {user.last_name}".strip() or spelled
    told = {"username": spelled, "display_name": name, "mail": user.email, "mobile": user.phone}
    return {key: facts.line(text) for key, text in told.items()}


class _Chosen:
    """Templates of a mail by language."""

    def __init__(self, subject: Mapping[str, str], text: Mapping[str, str], html: Mapping[str, str]) -> None:
        self._subject, self._text, self._html = subject, text, html

    def mail(self, texts: Texts, recipient: str, language: str, told: Mapping[str, Any]) -> Mail:
        subject, text, html = (texts.choose(each, language) for each in (self._subject, self._text, self._html))
        shown = rendered(html, told, html=True) if html else None
        return Mail(recipient, rendered(subject, told), rendered(text, told), shown)
