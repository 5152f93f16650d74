"""Writing to users about their addresses and numbers: what it says, by which carriers, within the limits of sign-ins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from radiusd.delivery.carriers import NotSent, Sent
from radiusd.enrollment import letters
from radiusd.enrollment.addresses import Destination
from radiusd.enrollment.destinations import Destinations
from radiusd.enrollment.letters import Text
from radiusd.model.entry import Entry
from radiusd.model.message import Mail, Message, Sms
from radiusd.rules import mail_addresses
from radiusd.rules.facts import facts
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

PROFILE = "enrollment"  # of the messages, which are no profile's
CODE, NOTICE = "code", "enrollment"  # kinds of message: codes count with those of sign-ins
WITHIN_SECONDS = 8.0
MOST_TOLD = 6  # of a user's addresses and numbers

Send = Callable[[Message, float], Awaitable[Sent | NotSent]]
"""Carriers.send: `deadline` is of the loop's clock."""


class Routes(NamedTuple):
    """By what messages go, in order of failover, and how many codes of a kind a user may be sent in an hour."""

    mail_servers: tuple[str, ...]
    sms_gateways: tuple[str, ...]
    codes_per_hour: int


class Post:
    """Composes messages; who sends them, and what is written of it, is for others."""

    def __init__(
        self, routes: Routes, texts: Texts, titles: Titles, time_zone: tzinfo, mail: Destinations, mobile: Destinations
    ) -> None:
        self._routes = routes
        self._texts = texts
        self._titles = titles
        self._time_zone = time_zone
        self._destinations = (mail, mobile)

    def can_reach(self, kind: str) -> bool:
        """Whether anything sends to addresses, or to numbers."""
        return bool(self._routes.mail_servers if kind == "mail" else self._routes.sms_gateways)

    def on_record(self, entry: Entry) -> list[Destination]:
        """All that the user has already and that can be written to, mail first; the one used last first."""
        found: list[Destination] = []
        for destinations in self._destinations:
            theirs = destinations.of(entry)
            if not isinstance(theirs, str) and self.can_reach(destinations.kind):
                found += theirs
        return found

    def code(self, entry: Entry, to: Destination, code: str, validity: float, at: float) -> Message:
        """A code to a new address or number."""
        told = {"code": code, "validity": self._texts.lasting(validity, entry.language)}
        return self._message(CODE, letters.CODE, entry, to, told, at, self._routes.codes_per_hour)

    def invitation(
        self, entry: Entry, to: Destination, link: str, kinds: Sequence[str], validity: float, at: float
    ) -> Message:
        """A link to the page where the user adds one of their own, of those kinds."""
        told = {"link": link, "validity": self._texts.lasting(validity, entry.language)}
        text = letters.APP_INVITATION if list(kinds) == ["authenticator"] else letters.INVITATION
        return self._message(NOTICE, text, entry, to, told, at)

    def added(self, entry: Entry, kind: str, hidden: str, value: str, at: float) -> Sequence[Message]:
        """To all that the user had before: something was added; its `value` is "" where it is none that is written to.

        Told apart by what they are: others may look like it, of what is shown of them.
        """
        what = letters.called(kind, self._language(entry))
        # Of an app there is nothing more to tell than what it is.
        told = {"what": what, "added": what if hidden == letters.called(kind, "en") else hidden}
        added = (value, mail_addresses.mailbox(value) if kind == "mail" else value)
        others = [to for to in self.on_record(entry) if to.recipient not in added][:MOST_TOLD]
        return [self._message(NOTICE, letters.ADDED, entry, to, told, at) for to in others]

    def _message(
        self, kind: str, text: Text, entry: Entry, to: Destination, told: dict[str, Any], at: float, most: int = 0
    ) -> Message:
        language = self._language(entry)
        known = facts(
            entry=entry, application="", profile="", client="", station="", at=at, time_zone=self._time_zone,
            called=self._titles.called(language),
        )  # fmt: skip
        content: Mail | Sms = letters.written(text, to, language, {**known, **told})
        carriers = self._routes.mail_servers if isinstance(content, Mail) else self._routes.sms_gateways
        return Message(kind, PROFILE, carriers, content, WITHIN_SECONDS, most)

    def _language(self, entry: Entry) -> str:
        return self._texts.spoken(entry.language)
