"""What a user is sent whose sign-in was approved when nobody waited any more: that it counts for the next try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from config.models.templates import rendered
from radiusd.approval.question import SEND_SECONDS
from radiusd.enrollment.destinations import Destinations
from radiusd.model.message import Mail, Message, Sms
from radiusd.model.turn import Turn
from radiusd.rules import letters
from radiusd.rules.facts import facts, minute
from radiusd.rules.letters import Fact, Letter
from radiusd.rules.sms import in_one_part
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

KIND = "late"  # of its messages
SUBJECT: Mapping[str, str] = {"en": "Your sign-in was approved", "tr": "Oturum açma isteğiniz onaylandı"}
LETTER: Mapping[str, Letter] = {
    "en": Letter(
        title="Your sign-in was approved",
        facts=(
            Fact("Application", "{{ application }}"),
            Fact("From", "{{ station }}"),
            Fact("Asked at", "{{ asked }}"),
            Fact("Sign in by", "{{ until }}"),
        ),
        notes=(
            "Sign in again by then, from the same place: you need not wait any more.",
            "If you did not want to sign in, somebody knows your password: change it and tell your help desk.",
        ),
    ),
    "tr": Letter(
        title="Oturum açma isteğiniz onaylandı",
        facts=(
            Fact("Uygulama", "{{ application }}"),
            Fact("Nereden", "{{ station }}"),
            Fact("İstek saati", "{{ asked }}"),
            Fact("Son saat", "{{ until }}"),
        ),
        notes=(
            "Bu saate kadar aynı yerden yeniden oturum açın; artık beklemeniz gerekmez.",
            "Oturum açmak isteyen siz değilseniz parolanız başkasının elinde: değiştirin ve destek ekibine haber verin.",
        ),
    ),
}
# In Turkish of the letters that GSM's alphabet has too.
TEXTS: Mapping[str, Sequence[str]] = {
    "en": (
        "Your sign-in was approved: {{ application }}, {{ station }}. Sign in again by {{ until }}.",
        "Your sign-in was approved: {{ application }}. Sign in again by {{ until }}.",
    ),
    "tr": (
        "Onay verildi: {{ application }}, {{ station }}. Yeniden deneyin, son saat: {{ until }}.",
        "Onay verildi: {{ application }}. Yeniden deneyin, son saat: {{ until }}.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class LateNotice:
    """By mail or SMS, as the question went; to the user's own address or number."""

    profile: str
    delivery: Literal["mail", "sms"]
    carriers: tuple[str, ...]
    destinations: Destinations
    texts: Texts
    titles: Titles
    time_zone: tzinfo

    def message(self, turn: Turn, asked_at: float, until: float) -> Message | None:
        """Of a question that was asked then, and whose approval counts until then; None where there is no address."""
        found = self.destinations.of(turn.entry)
        if isinstance(found, str):
            return None
        language = turn.entry.language
        spoken, called = self.texts.spoken(language), self.titles.called(language)
        told = facts(
            entry=turn.entry, application=turn.application, profile=turn.profile, client=turn.client,
            station=turn.station, at=turn.at, time_zone=self.time_zone, called=called,
        )  # fmt: skip
        told |= {
            "asked": minute(asked_at, self.time_zone, called),
            "until": minute(until, self.time_zone, called),
        }
        recipient = found[0].recipient
        content: Mail | Sms
        if self.delivery == "sms":
            content = Sms(recipient, in_one_part(TEXTS[spoken], told))
        else:
            text, html = letters.templates(LETTER, {}, None, signed=bool(self.titles.organisation))
            content = Mail(
                recipient, SUBJECT[spoken], rendered(text[spoken], told), rendered(html[spoken], told, html=True)
            )
        return Message(KIND, self.profile, self.carriers, content, SEND_SECONDS)
