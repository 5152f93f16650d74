"""What a manager is told of sign-ins that failed: what happened, who, when and from where. There is nothing to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from config.models.templates import rendered
from radiusd.approval import grounds, wording
from radiusd.approval.approvers import Nobody
from radiusd.approval.question import SEND_SECONDS, Find
from radiusd.approval.request import before
from radiusd.directories import Down
from radiusd.model.message import Mail, Message
from radiusd.model.turn import Turn
from radiusd.rules import letters
from radiusd.rules.facts import facts, line
from radiusd.rules.letters import WHOLE_NAME, Fact, Letter
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Store

KIND = "failure"  # of its messages
SUBJECT: Mapping[str, str] = {
    "en": "A sign-in of {{ user.display_name }} failed",
    "tr": "{{ user.display_name }} için başarısız oturum denemesi",
}
LETTER: Mapping[str, Letter] = {
    "en": Letter(
        title="A sign-in of {{ user.display_name }} failed",
        facts=(
            Fact("What happened", "{{ what }}"),
            Fact("Who", WHOLE_NAME),
            Fact("Application", "{{ application }}"),
            Fact("From", "{{ station }} – {{ seen }}"),
            Fact("At", "{{ time }}"),
            Fact("Why you", "{{ approver.name }} – {{ approver.why }}"),
        ),
        notes=(
            "This is for your information: nobody was let in, and there is nothing to decide.",
            "If it was not {{ user.display_name }}, tell your administrator.",
        ),
    ),
    "tr": Letter(
        title="{{ user.display_name }} için başarısız oturum denemesi",
        facts=(
            Fact("Ne oldu", "{{ what }}"),
            Fact("Kullanıcı", WHOLE_NAME),
            Fact("Uygulama", "{{ application }}"),
            Fact("Nereden", "{{ station }} – {{ seen }}"),
            Fact("Zaman", "{{ time }}"),
            Fact("Neden siz", "{{ approver.name }} – {{ approver.why }}"),
        ),
        notes=(
            "Bilginize sunulur: oturum açılmadı, karar vermeniz gerekmez.",
            "Deneyen kullanıcının kendisi değilse sistem yöneticinize bildirin.",
        ),
    ),
}
WRONG = {
    "password": {"en": "Wrong password", "tr": "Parola yanlış girildi"},
    "code": {"en": "Wrong code", "tr": "Kod yanlış girildi"},
}
"""By the kind of failure that counts. Of what a manager decided themselves nobody is told."""
_UNCONFIRMED = {"en": "The link was not confirmed in time", "tr": "Bağlantıdan süresi içinde onay verilmedi"}
OWN = {
    **WRONG,
    "not_confirmed": {
        "en": "The user said that it was somebody else",
        "tr": "Kullanıcı, oturum açmak isteyenin kendisi olmadığını bildirdi",
    },
    "unconfirmed": _UNCONFIRMED,
    "unconfirmed_ask_anew": _UNCONFIRMED,
}
"""The same of users who are asked themselves, and by the key of what is said to them (rules/texts)."""


@dataclass(frozen=True, kw_only=True)
class Failures:
    """Tells whoever answers for a user. `what` has in each language what happened, by the names that the engine has for it."""

    store: Store
    find: Find
    what: Mapping[str, Mapping[str, str]]
    profile: str
    carriers: tuple[str, ...]
    texts: Texts
    titles: Titles
    time_zone: tzinfo
    most_per_hour: int

    async def message(self, turn: Turn, what: str) -> Message | str:
        """The mail, or why there is none. Raises store.Unavailable."""
        approver = await self.find(turn, turn.deadline, ())
        if isinstance(approver, Down):
            return f"{approver.component} is not available: {approver.cause}"
        if isinstance(approver, Nobody):
            return approver.reason
        judged_by = await self.store.read(lambda connection: before(connection, turn))
        language = approver.language
        spoken, called = self.texts.spoken(language), self.titles.called(language)
        seen = wording.UNKNOWN_PLACE[spoken]
        if turn.station:
            seen, _unusual = grounds.seen_before(
                judged_by, spoken, lambda at: f"{datetime.fromtimestamp(at, self.time_zone):{called.day}}"
            )
        told = facts(
            entry=turn.entry, application=turn.application, profile=turn.profile, client=turn.client,
            station=turn.station, at=turn.at, time_zone=self.time_zone, called=called,
        )  # fmt: skip
        told |= {
            "what": self.what[what][spoken],
            "seen": seen,
            "approver": {
                "name": line(approver.name) or approver.recipient,
                "why": grounds.why_asked(approver.why, spoken),
            },
        }
        text, html = letters.templates(LETTER, {}, None, signed=bool(self.titles.organisation))
        mail = Mail(
            approver.recipient, " ".join(rendered(SUBJECT[spoken], told).split()), rendered(text[spoken], told),
            rendered(html[spoken], told, html=True),
        )  # fmt: skip
        return Message(KIND, self.profile, self.carriers, mail, SEND_SECONDS, self.most_per_hour)
