"""Where a code goes, of a user who has several addresses or numbers: asked by a Challenge of its own (D14, S176, S177).

The one that was used last stands first, and is taken where nobody can be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from math import inf

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from radiusd.enrollment.addresses import Destination
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed
from radiusd.rules.codes import DOT_ABOVE, LONGEST, typed
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

ANSWERS = 5  # that are none of the numbers, before the login ends
LABEL = 24  # characters of what the user calls one
AGAIN = ("resend", "yeniden")
BLANK = " \t\r\n\0"


class Offer(Struct, frozen=True, array_like=True):
    """The destinations that were shown, by what a login knows them by, and how many answers were none of the numbers."""

    shown: tuple[int, ...]
    wrong: int = 0


_encode = Encoder().encode
_decode = Decoder(Offer).decode


def is_offer(memory: str) -> bool:
    """Whether the login stands at this question, and no code was sent yet."""
    return memory.startswith("[")


def offer_of(memory: str) -> Offer:
    return _decode(memory)


def number_typed(answer: str, most: int) -> int:
    """The number that was typed, behind `resend` or alone; 0 where it is none of those that were shown."""
    words = answer[:LONGEST].strip(BLANK).casefold().replace(DOT_ABOVE, "")
    for word in AGAIN:
        words = words.removeprefix(word)
    digits = typed(words.strip(" .:)#"))
    return int(digits) if 0 < len(digits) <= 2 and int(digits) <= most else 0


class Choosing:
    """Asks, and reads what was typed."""

    def __init__(self, texts: Texts, titles: Titles, time_zone: tzinfo) -> None:
        self._texts = texts
        self._titles = titles
        self._time_zone = time_zone

    @staticmethod
    def can_ask(turn: Turn) -> bool:
        """Whether the NAS can show this question, and then ask for the code."""
        return turn.challenges not in (0, 1)

    def asked(self, turn: Turn, found: Sequence[Destination], wrong: int = 0, first: str = "") -> Asked:
        """The question, of a user who has several. `first` is the key of what is said before it."""
        numbered = (f"{number}: {self._told(turn, to)}" for number, to in enumerate(found, 1))
        said = f"{self._said(turn, first)} " if first else ""
        prompt = f"{said}{self._said(turn, 'choose_where')} {', '.join(numbered)}. {self._said(turn, 'choose_how')}"
        offer = Offer(tuple(to.number for to in found), wrong)
        reason = f"asks to which of {len(found)} a code is to go"
        if wrong:
            reason = f"no such number ({wrong} of {ANSWERS})"
        return Asked(prompt, _encode(offer).decode(), inf, reason=reason, echo=True)

    def chosen(self, turn: Turn, found: Sequence[Destination]) -> Destination | Asked | Failed:
        """The one that was meant; an empty answer means the first."""
        offer = offer_of(turn.memory)
        number = number_typed(turn.answer, len(offer.shown)) if turn.answer.strip(BLANK) else 1
        if number:
            meant = next((to for to in found if to.number == offer.shown[number - 1]), None)
            return meant or Failed("what was chosen can be used no more")
        wrong = offer.wrong + 1
        if wrong >= ANSWERS or not self.can_ask(turn):
            return Failed(
                f"no address or number was chosen: {wrong} answers were none of those shown", text="not_chosen"
            )
        shown = [to for each in offer.shown for to in found if to.number == each]
        return self.asked(turn, shown, wrong, "no_such_choice")

    def _told(self, turn: Turn, to: Destination) -> str:
        """Partly hidden, with what the user calls it, and when it was used, or added."""
        label = (
            "" if to.row is None else "".join(letter for letter in to.row.label if letter.isprintable())[:LABEL].strip()
        )
        told = f"{label} {to.hidden}" if label else to.hidden
        row = to.row
        if row is None or (row.last_used_at is None and to.is_own):
            return told
        at = row.created_at if row.last_used_at is None else row.last_used_at
        day = datetime.fromtimestamp(at, self._time_zone).strftime(self._titles.called(turn.entry.language).day)
        when = self._texts.of("added_on" if row.last_used_at is None else "used_on", turn.entry.language, day=day)
        return f"{told} ({when})"

    def _said(self, turn: Turn, key: str) -> str:
        return self._texts.of(key, turn.entry.language)
