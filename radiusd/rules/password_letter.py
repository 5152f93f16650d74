"""The letter that tells somebody that their password was changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.models.templates import rendered
from radiusd.model.message import Mail
from radiusd.rules import letters
from radiusd.rules.letters import Fact, Letter
from radiusd.rules.texts import Texts

SUBJECT = {"en": "Your password was changed", "tr": "Parolanız değiştirildi"}
LETTERS = {
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


class PasswordLetter:
    """Writes it, in the reader's language."""

    def __init__(self, texts: Texts, *, signed: bool) -> None:
        """`signed` with the organisation's name."""
        text, html = letters.templates(LETTERS, {}, None, signed=signed)
        self._subject, self._text, self._html = texts.chooser(SUBJECT), texts.chooser(text), texts.chooser(html)

    def to(self, recipient: str, language: str, told: Mapping[str, Any]) -> Mail:
        """`told` are facts (rules/facts), and `how` it was changed, as people read it."""
        text, html = rendered(self._text(language), told), rendered(self._html(language), told, html=True)
        return Mail(recipient, self._subject(language), text, html)
