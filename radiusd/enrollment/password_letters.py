"""Letters about passwords: that one was changed, to every address on record; and the link to set another one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from config.models.templates import rendered
from radiusd.enrollment.addresses import mail_of
from radiusd.enrollment.destinations import Destinations
from radiusd.model.entry import Entry
from radiusd.model.message import Mail, Message, Sms
from radiusd.rules import letters
from radiusd.rules.facts import facts
from radiusd.rules.letters import Fact, Letter
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

INFORMATION = "information"
WITHIN_SECONDS = 30.0
CHANGED = {
    "en": Letter(
        title="Your password was changed",
        facts=(
            Fact("Who", "{{ user.display_name }}"),
            Fact("How", "{{ how }}"),
            Fact("When", "{{ time }}"),
        ),
        notes=(
            "Everything that was signed in with the old password has to sign in again.",
            "If this was not you, tell your help desk at once.",
        ),
    ),
    "tr": Letter(
        title="Parolanız değiştirildi",
        facts=(
            Fact("Kullanıcı", "{{ user.display_name }}"),
            Fact("Nasıl", "{{ how }}"),
            Fact("Saat", "{{ time }}"),
        ),
        notes=(
            "Eski parolayla açılmış oturumların yeniden açılması gerekir.",
            "Değiştiren siz değilseniz hemen destek ekibine haber verin.",
        ),
    ),
}
RESET = {
    "en": Letter(
        title="Set another password",
        facts=(Fact("Who", "{{ user.display_name }}"), Fact("Valid for", "{{ validity }}")),
        notes=("The link is good once. If you did not ask your help desk for it, leave it and tell them.",),
        link="{{ link }}",
        button="Set another password",
    ),
    "tr": Letter(
        title="Yeni parola belirleyin",
        facts=(Fact("Kullanıcı", "{{ user.display_name }}"), Fact("Geçerlilik", "{{ validity }}")),
        notes=(
            "Bağlantı yalnızca bir kez kullanılabilir. Destek ekibinden siz istemediyseniz kullanmayın ve onlara haber verin.",
        ),
        link="{{ link }}",
        button="Yeni parola belirle",
    ),
}


# To whoever's mailbox may be the one from which it was set.
BY_SMS = {
    "en": "Your password was set by a link in a mail. Not you? Tell your help desk at once.",
    "tr": "Parolanız e-postadaki bir bağlantıyla belirlendi. Siz değilseniz hemen destek ekibine haber verin.",
}


class PasswordLetters:
    """Writes them, in the reader's language. `servers` are mail servers in order of failover, `gateways` those of SMS."""

    def __init__(
        self, texts: Texts, titles: Titles, time_zone: tzinfo, mail: Destinations, servers: tuple[str, ...],
        mobile: Destinations | None = None, gateways: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._texts = texts
        self._titles = titles
        self._time_zone = time_zone
        self._mail = mail
        self._servers = servers
        self._mobile = mobile
        self._gateways = gateways

    def changed(self, entry: Entry, how: str, at: float, profile: str) -> tuple[Message, ...]:
        """To each address on record, the directory's and those enrolled; none where there is none, or no mail server."""
        if not self._servers:
            return ()
        own, enrolled = mail_of(entry.mail), self._mail.of(entry)
        found = (*(() if isinstance(own, str) else (own,)), *(() if isinstance(enrolled, str) else enrolled))
        recipients = dict.fromkeys(each.recipient for each in found)
        told = self._told(entry, at) | {"how": how}
        return tuple([self._message(CHANGED, profile, to, entry.language, told) for to in recipients])

    def changed_by_link(self, entry: Entry, how: str, at: float) -> tuple[Message, ...]:
        """The same, and to each number on record: the mailbox may be in other hands."""
        numbers = self._mobile.of(entry) if self._mobile is not None and self._gateways else ""
        said = BY_SMS[self._texts.spoken(entry.language)]
        by_sms = [
            Message(INFORMATION, "", self._gateways, Sms(to.recipient, said), WITHIN_SECONDS)
            for to in (() if isinstance(numbers, str) else numbers)
        ]
        return (*self.changed(entry, how, at, ""), *by_sms)

    def reset(self, entry: Entry, to: str, link: str, validity: float, at: float) -> Message:
        """The link to set another one."""
        told = self._told(entry, at) | {"link": link, "validity": self._texts.lasting(validity, entry.language)}
        return self._message(RESET, "", to, entry.language, told)

    def _told(self, entry: Entry, at: float) -> dict[str, Any]:
        return facts(
            entry=entry, application="", profile="", client="", station="", at=at, time_zone=self._time_zone,
            called=self._titles.called(entry.language),
        )  # fmt: skip

    def _message(
        self, letter: Mapping[str, Letter], profile: str, to: str, language: str, told: Mapping[str, Any]
    ) -> Message:
        spoken = self._texts.spoken(language)
        said = letter[spoken]
        organisation = "{{ organisation }}" if self._titles.organisation else ""
        text = rendered(letters.text_of(said, organisation=organisation), told)
        html = rendered(letters.html_of(said, spoken, organisation=organisation), told, html=True)
        return Message(INFORMATION, profile, self._servers, Mail(to, said.title, text, html), WITHIN_SECONDS)
