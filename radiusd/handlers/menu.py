"""The menu of `choose: ask`: which of the profiles that are open to the user it shall be (D6, D7).

It is a step and no profile, and stands behind the password. Which ways somebody has is told to nobody who has not proved
that password: a name is known to anybody, and a stranger would learn from the menu who can be asked for what (D4, D19).
So whoever has a profile first in their list that asks for no password gets that one, and no menu. Behind the password
such a profile is as good as any: it comes on top.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from math import inf

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from config.models.options import PASSWORD
from radiusd.handlers import KINDS
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict
from radiusd.rules.codes import DOT_ABOVE
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

MENU = "menu"
KINDS.reserved.add(MENU)
ANSWERS = 5  # that are none of the choices, before the login ends
LONGEST = 128  # characters of an answer that are looked at


NOT_AGAIN = Failed("")  # never told: the menu is begun anew


class Way(Struct, frozen=True):
    """A profile that is open to the user: its factors, and the placements of those behind the password (see Method)."""

    profile: str
    factors: tuple[str, ...]
    placements: tuple[str, ...]

    def fits(self, challenges: int) -> bool:
        """Whether a NAS can ask for all of it that can show so many Challenges more; -1: any number."""
        asked = sum(each in {"challenge", "auto"} for each in self.placements)
        return challenges < 0 or asked <= challenges

    def fits_from_the_beginning(self, challenges: int) -> bool:
        """The same of all that it can show; where it can show none, `auto` is typed behind the password."""
        return "challenge" not in self.placements if challenges == 0 else self.fits(challenges)


class Memory(Struct, frozen=True):
    """What was offered, by name in the order of the numbers, and how many answers were none of it."""

    offered: tuple[str, ...]
    wrong: int = 0

    def kept(self) -> str:
        return _encode(self).decode()


_encode = Encoder().encode
_decode = Decoder(Memory).decode


class Menu:
    """Asks one user which of `ways` it shall be. A wrong answer is no failure, since nothing is proved by it."""

    immediate = True
    placement = "challenge"
    code_length = 0
    judges = ""
    judges_at_once = False
    unasked = False

    def __init__(self, texts: Texts, titles: Titles, ways: Sequence[Way]) -> None:
        self._texts = texts
        self._titles = titles
        self._ways = {way.profile: way for way in ways}

    def offered(self, challenges: int) -> tuple[str, ...]:
        """What the menu can offer on a NAS that can show so many Challenges, of which it takes one itself.

        None where there is nothing to choose. What is typed behind the password is no choice: it begins with it.
        """
        if challenges == 0:
            return ()
        left = challenges - 1 if challenges > 0 else challenges
        fitting = [way for way in self._ways.values() if "appended" not in way.placements and way.fits(left)]
        return tuple(way.profile for way in fitting) if len(fitting) > 1 else ()

    def first(self, challenges: int) -> str:
        """The profile of a user whom no menu can be shown there: the first that can be.

        None that asks for no password, since it does not stand first: strangers would learn from it who exists (D4).
        """
        proving = (way for way in self._ways.values() if way.factors[0] == PASSWORD)
        fitting = (way.profile for way in proving if way.fits_from_the_beginning(challenges))
        return next(fitting, next(iter(self._ways)))

    def called(self, profile: str, language: str) -> str:
        """How the menu calls it."""
        return self._titles.called(language).profiles.get(profile, profile)

    def lacks(self, _entry: Entry) -> str:
        return ""

    def recall(self, _turn: Turn) -> Passed | None:
        """Whoever chose once is asked again: another way may be the better one today."""
        return None

    async def begin(self, turn: Turn) -> Verdict:
        offered = self.offered(turn.challenges)
        if not offered:
            return self._chosen(self.first(turn.challenges), "no menu can be shown")
        return self._asked(turn, Memory(offered))

    async def answer(self, turn: Turn) -> Verdict:
        """A number, a title or a name; an empty answer is the first."""
        memory = _decode(turn.memory)
        profile = self._read(turn.answer, memory.offered, turn.entry.language)
        if profile in self._ways:
            return self._chosen(profile, "chosen")
        if profile:
            return Failed(f"{profile} was chosen, and is not open to the user any more")
        memory = replace(memory, wrong=memory.wrong + 1)
        if memory.wrong >= ANSWERS or not self._fits(memory, turn.challenges):
            return Failed(f"nothing was chosen: {memory.wrong} answers were none of the menu's", text="not_chosen")
        asked = self._asked(turn, memory)
        said = self._texts.of("no_such_choice", turn.entry.language)
        reason = f"no such choice ({memory.wrong} of {ANSWERS})"
        return replace(asked, prompt=f"{said} {asked.prompt}", reason=reason)

    async def remind(self, turn: Turn) -> Verdict:
        """The same menu again; Failed where a reload changed what is in it."""
        memory = _decode(turn.memory)
        if not self._fits(memory, turn.challenges) or not self._ways.keys() >= set(memory.offered):
            return NOT_AGAIN
        return replace(self._asked(turn, memory), reason="joined: the menu is shown already")

    async def again(self, _turn: Turn) -> Verdict:
        return Failed("a menu sends nothing")

    async def refused(self, _turn: Turn, _cause: str) -> Verdict:
        return Failed("a menu sends nothing")

    def _chosen(self, profile: str, how: str) -> Passed:
        return Passed(f"{profile}: {how}", then=self._ways[profile].factors, chosen=profile)

    def _fits(self, memory: Memory, challenges: int) -> bool:
        """Whether the menu may be shown once more, and what is chosen then asked for."""
        offered = [self._ways[each] for each in memory.offered if each in self._ways]
        return challenges < 0 or (challenges > 0 and all(way.fits(challenges - 1) for way in offered))

    def _asked(self, turn: Turn, memory: Memory) -> Asked:
        language = turn.entry.language
        numbered = (f"{number}: {self.called(each, language)}" for number, each in enumerate(memory.offered, 1))
        question, how = self._texts.of("choose", language), self._texts.of("choose_how", language)
        offers = f"the menu offers {', '.join(memory.offered)}"
        return Asked(f"{question} {', '.join(numbered)}. {how}", memory.kept(), inf, reason=offers, echo=True)

    def _read(self, answer: str, offered: tuple[str, ...], language: str) -> str:
        """Which of them was meant, "" for none."""
        typed = _plain(answer[:LONGEST]).strip(" .:)")
        if not typed:
            return offered[0]
        if typed.isdecimal():
            number = int(typed)
            return offered[number - 1] if 1 <= number <= len(offered) else ""
        names = {_plain(each): each for each in offered}
        titles = {_plain(self.called(each, language)): each for each in offered}
        return titles.get(typed) or names.get(typed, "")


def _plain(text: str) -> str:
    """As names are compared: in any case, and by whichever i a Turkish keyboard has."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace(DOT_ABOVE, "").replace("ı", "i")
    return " ".join(folded.replace("\0", " ").split())
