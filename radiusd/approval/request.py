"""A question to an approver, or what one is told: links, and the messages that bring them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from config.models.templates import compiled
from radiusd.approval import wording
from radiusd.approval.approvers import Approver
from radiusd.model.approval import Link
from radiusd.model.message import Mail, Message, Sms
from radiusd.rules import links
from radiusd.rules.texts import Texts

TEN_MINUTES = 600.0


@dataclass(frozen=True, slots=True)
class Sending:
    """How the messages of a profile look and leave. `subject` and `message` are templates by language.

    `base` is what its links begin with, `key` that of the links' digests.
    """

    kind: Literal["approval", "information"]
    profile: str
    delivery: Literal["mail", "sms"]
    carriers: tuple[str, ...]
    subject: Mapping[str, str]
    message: Mapping[str, str]
    base: str
    key: bytes
    texts: Texts
    most_per_hour: int = 0

    def to(
        self, approver: Approver, facts: Mapping[str, Any], *, live_seconds: float, within: float,
        since: str = "",
    ) -> tuple[Link, Message]:  # fmt: skip
        """A new link, and the message that brings it: its only copy. `live_seconds`: for how long the link will work.

        `since` when somebody asks, as people read it, makes it a reminder.
        """
        recipient, language = approver.recipient, approver.language
        token = links.new_token()
        variables: dict[str, Any] = {
            **facts,
            "link": links.url(self.base, token),
            **self._lasting(live_seconds, language),
        }
        text = compiled(self.texts.choose(self.message, language)).render(variables)
        subject = compiled(self.texts.choose(self.subject, language)).render(facts)
        if since:
            told = {**facts, "since": since, "subject": subject, "message": text}
            text = compiled(self.texts.choose(wording.REMINDER, language)).render(told)
            subject = compiled(self.texts.choose(wording.REMINDER_SUBJECT, language)).render(told)
        subject = " ".join(subject.split())
        content = Mail(recipient, subject, text) if self.delivery == "mail" else Sms(recipient, text)
        message = Message(
            self.kind, self.profile, self.carriers, content, within, self.most_per_hour, per_recipient=True
        )
        return Link(links.digest(self.key, token), recipient, language, approver.why, approver.name), message

    def _lasting(self, seconds: float, language: str) -> dict[str, Any]:
        """How long a link works; of more than ten minutes whole ones alone."""
        told = seconds if seconds < TEN_MINUTES else seconds // 60 * 60
        return {"validity": self.texts.lasting(told, language), "minutes": max(1, int(seconds // 60))}
