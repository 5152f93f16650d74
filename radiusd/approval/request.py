"""A question to an approver, or what one is told: links, and the messages that bring them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Literal

from config.models.templates import rendered
from radiusd.approval import grounds, wording
from radiusd.approval.approvers import Approver
from radiusd.model.approval import Link
from radiusd.model.message import Mail, Message, PerHour, Sms
from radiusd.model.turn import Turn
from radiusd.rules import letters, links
from radiusd.rules.facts import facts, line, minute
from radiusd.rules.sms import in_one_part
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Connection, past
from store.records import Before, LinkRow

TEN_MINUTES = 600.0
Written = Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Wording:
    """What the messages of a profile say, as templates by language. `html` "" where there is none.

    Of `sms` the first that takes one part is sent; a text of radius.yaml is the only one.
    """

    subject: Mapping[str, str]
    text: Mapping[str, str]
    html: Mapping[str, str]
    sms: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, ours: wording.Ours, subject: Written, message: Written, html: Written, *, signed: bool) -> Wording:
        """Ours, but for what radius.yaml has by language. `signed`: mails end with the organisation's name."""
        written = message or {}
        text, shown = letters.templates(ours.letter, written, html, signed=signed)
        sms = {**ours.sms, **{language: (template,) for language, template in written.items()}}
        return cls({**ours.subject, **(subject or {})}, text, shown, sms)


@dataclass(frozen=True, slots=True)
class Sending:
    """How the messages of a profile look and leave. `base` is what its links begin with, `key` that of the links' digests.

    At most `most_per_hour` go to one recipient about one user, and no more than `per_hour` says.
    """

    kind: Literal["approval", "information", "link"]
    profile: str
    delivery: Literal["mail", "sms"]
    carriers: tuple[str, ...]
    wording: Wording
    base: str
    key: bytes
    texts: Texts
    titles: Titles
    time_zone: tzinfo
    most_per_hour: int = 0
    per_hour: PerHour | None = None

    def to_all(
        self,
        recipients: Sequence[Approver],
        turn: Turn,
        before: Before,
        *,
        until: float,
        within: float,
        since: float | None = None,
    ) -> tuple[tuple[Link, ...], tuple[Message, ...]]:
        """The same for each of them: the links, and the messages that bring them."""
        made = [self.to(each, turn, before, until=until, within=within, since=since) for each in recipients]
        return tuple(link for link, _message in made), tuple(message for _link, message in made)

    def to(
        self, approver: Approver, turn: Turn, before: Before, *, until: float, within: float, since: float | None = None
    ) -> tuple[Link, Message]:
        """A new link, and the message that brings it: its only copy. The link works `until` then.

        `before` is what is known of the user's sign-ins from there. `since` when somebody asks makes it a reminder.
        """
        token = links.new_token()
        told = self.facts(turn, approver.language)
        told |= self._asked(approver, turn, before, until)
        told["link"] = links.url(self.base, token)
        content = self._mail(approver, told, since) if self.delivery == "mail" else self._sms(approver, told, since)
        message = Message(
            self.kind, self.profile, self.carriers, content, within, self.most_per_hour, per_recipient=True,
            per_hour=self.per_hour,
        )  # fmt: skip
        digest = links.digest(self.key, token)
        return Link(digest, approver.recipient, approver.language, approver.why, approver.name), message

    def facts(self, turn: Turn, language: str = "") -> dict[str, Any]:
        """What templates are told of the sign-in. `language` is the reader's."""
        return facts(
            entry=turn.entry, application=turn.application, profile=turn.profile, client=turn.client,
            station=turn.station, at=turn.at, time_zone=self.time_zone, called=self.titles.called(language),
        )  # fmt: skip

    def name(self, turn: Turn) -> str:
        """What the user is called in what is asked of them."""
        return str(self.facts(turn)["user"]["display_name"])

    def _asked(self, approver: Approver, turn: Turn, before: Before, until: float) -> dict[str, Any]:
        language, seconds = approver.language, until - turn.at
        spoken, called = self.texts.spoken(language), self.titles.called(language)
        seen = wording.UNKNOWN_PLACE[spoken]
        if turn.station:
            seen, _unusual = grounds.seen_before(
                before, spoken, lambda at: f"{datetime.fromtimestamp(at, self.time_zone):{called.day}}"
            )
        return {
            "until": minute(until, self.time_zone, called),
            # Of more than ten minutes whole ones alone.
            "validity": self.texts.lasting(seconds if seconds < TEN_MINUTES else seconds // 60 * 60, language),
            "minutes": max(1, int(seconds // 60)),
            "seen": seen,
            "approver": {
                "name": line(approver.name) or approver.recipient,
                "why": grounds.why_asked(approver.why, spoken),
            },
        }

    def _mail(self, approver: Approver, told: Mapping[str, Any], since: float | None) -> Mail:
        language = approver.language
        subject = self._said(self.wording.subject, language, told)
        text = self._said(self.wording.text, language, told)
        template = self.texts.choose(self.wording.html, language)
        html = rendered(template, told, html=True) if template else None
        if since is None:
            return Mail(approver.recipient, " ".join(subject.split()), text, html)
        asking = {**told, "subject": subject, "since": minute(since, self.time_zone, self.titles.called(language))}
        subject = self._said(wording.REMINDER_SUBJECT, language, asking)
        mail = Mail(approver.recipient, " ".join(subject.split()), text, html)
        return letters.with_first(mail, self._said(wording.REMINDER, language, asking))

    def _sms(self, approver: Approver, told: Mapping[str, Any], since: float | None) -> Sms:
        templates = self.texts.choose(self.wording.sms, approver.language)
        if since is not None:
            again = self.texts.choose(wording.REMINDER_SMS, approver.language)
            templates = [f"{again}{template}" for template in templates]
        # What somebody wrote is sent as it is written.
        text = in_one_part(templates, told) if len(templates) > 1 else rendered(templates[0], told)
        return Sms(approver.recipient, text)

    def _said(self, templates: Mapping[str, str], language: str, told: Mapping[str, Any]) -> str:
        return rendered(self.texts.choose(templates, language), told)


def before(connection: Connection, turn: Turn) -> Before:
    """What somebody can judge a sign-in by."""
    entry = turn.entry
    return past.before(connection, entry.directory, entry.unique_id, turn.station, turn.client, turn.at)


def asked_by(link: LinkRow) -> Approver:
    """Who was asked by that link."""
    return Approver(link.recipient, link.language, link.why or "", name=link.name or "")
