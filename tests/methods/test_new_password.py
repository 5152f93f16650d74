"""The step `new-password` in whatever order its answers come: it passes by two equal ones that are taken, and by nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.models.security import PasswordRules
from radiusd.directories import Changed, Down, Unfit, Wrong
from radiusd.handlers import Tools
from radiusd.handlers.new_password import TRIES, NewPassword
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

ANN = Entry("corp", "1", "ann", credential="7")  # nobody tells her: she has no address
ANSWERS = ("otter gravel", "heron pebble", "short", "password1", "", "ann", "otter gravel ", "\u0000otter gravel")
FIT = {"otter gravel", "heron pebble", "otter gravel "}


class Corp:
    """A directory that says what it is told to, and notes what it was asked."""

    wants_old = False

    def __init__(self, says: Any) -> None:
        self.says, self.set = says, []

    async def change(self, _entry: Entry, _old: str, new: str, _deadline: float) -> Any:
        self.set.append(new)
        return self.says


def step_of(directory: Corp) -> NewPassword:
    texts = Texts({}, "en")
    return NewPassword(
        Tools(
            directories={"corp": directory}, store=None, keys=(b"k" * 32,), sealing=None, texts=texts, public_url="",
            phone_country="", countries=(), time_zone=UTC, titles=Titles(texts), passwords=PasswordRules(),
            mail_servers=(), mail=None, mobile=None, authenticators=None,
        )
    )  # fmt: skip


def turn(answer: str, memory: str, challenges: int) -> Turn:
    return Turn("0a", ANN, answer, "nas", "vpn", "only", "pc", memory, 1.0, 9.0, "new-password", challenges=challenges)


SAYS = st.sampled_from(
    [Changed(), Unfit((("password_rule_length", 9),), "too short"), Wrong("gone"), Down("corp", "hung")]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ANSWERS), max_size=12), SAYS, st.sampled_from([-1, 2, 3, 5, 9]))
def test_two_equal_ones_that_are_taken_and_nothing_else(answers, says, shown):
    async def walk() -> None:
        corp = Corp(says)
        step = step_of(corp)
        verdict, first, asked, refused = await step.begin(turn("", "", shown)), None, 1, 0
        assert isinstance(verdict, Asked)
        for answer in answers:
            assert not any(typed in verdict.memory for typed in ANSWERS if typed)
            left = shown if shown < 0 else shown - asked
            before, verdict = len(corp.set), await step.answer(turn(answer, verdict.memory, left))
            if first is None and answer in FIT:
                assert isinstance(verdict, Asked), verdict  # once more
                first, asked = answer, asked + 1
                continue
            is_equal, first = first is not None and answer == first, None
            assert corp.set[before:] == ([answer] if is_equal else [])
            if is_equal and not isinstance(says, Unfit):
                expected = {Changed: Passed, Wrong: Failed, Down: Unavailable}[type(says)]
                assert isinstance(verdict, expected)
                return
            refused, asked = refused + 1, asked + 1
            if refused == TRIES or 0 <= left < 2:
                assert isinstance(verdict, Failed)
                assert verdict.text == "password_not_changed"
                return
            assert isinstance(verdict, Asked)

    asyncio.run(walk())
