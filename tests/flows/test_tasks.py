"""Code of a method may ask for the current task, as every time-out does: there is one, unless it says `immediate`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Literal

import pytest

from config.kinds import Kind
from config.models.options import ProfileOptions
from radiusd.handlers import KINDS, Tools
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict
from tests.flows.mailing import mailing, yaml

PROFILE = "  timed: {method: timed, directories: [local]}\n"
ASKED = Asked("Which colour?", "", float("inf"))


class TimedOptions(ProfileOptions):
    """A method with a time-out of its own at every step."""

    method: Literal["timed"]


class Timed:
    """Asks for a colour."""

    immediate = False
    placement = "challenge"
    code_length = 0
    judges = "code"
    judges_at_once = False
    unasked = False

    def __init__(self, _options: TimedOptions, _tools: Tools) -> None:
        self.steps: list[str] = []
        made.append(self)

    def lacks(self, _entry: Entry) -> str:
        return ""

    def recall(self, _turn: Turn) -> Passed | None:
        return None

    async def begin(self, _turn: Turn) -> Verdict:
        return await self._within("begin", ASKED)

    async def answer(self, turn: Turn) -> Verdict:
        return await self._within("answer", Passed("it is blue") if turn.answer == "blue" else Failed("it is not"))

    async def remind(self, _turn: Turn) -> Verdict:
        return await self._within("remind", ASKED)

    async def again(self, _turn: Turn) -> Verdict:
        return await self._within("again", ASKED)

    async def refused(self, _turn: Turn, _cause: str) -> Verdict:
        return await self._within("refused", ASKED)

    async def _within(self, step: str, verdict: Verdict) -> Verdict:
        self.steps.append(step)
        async with asyncio.timeout(10):
            await asyncio.sleep(0)
        return verdict


made: list[Timed] = []


def steps() -> list[str]:
    """Of all that were made: where a sign-in is, is one of them."""
    return [step for each in made for step in each.steps]


@pytest.fixture(autouse=True)
def timed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(KINDS._kinds, "timed", Kind("timed", TimedOptions, Timed))
    made.clear()
    yield
    made.clear()


async def test_every_step_has_a_task(tmp_path):
    """It is begun, joined and answered, by two users at once, and once more."""
    async with mailing(tmp_path, yaml(PROFILE)) as radiusd:
        for name in ("ann", "ben"):
            await radiusd.user(name)
        for _ in range(2):
            begun = await asyncio.gather(*(radiusd.asks(name) for name in ("ann", "ben")))
            joined = await asyncio.gather(*(radiusd.asks(name) for name in ("ann", "ben")))
            assert [reply.code for reply in (*begun, *joined)] == ["Access-Challenge"] * 4
            for name, challenge in zip(("ann", "ben"), joined, strict=True):
                assert (await radiusd.answers(challenge, "blue", name)).code == "Access-Accept"
        assert sorted(steps()) == ["answer"] * 4 + ["begin"] * 4 + ["remind"] * 4


async def test_one_that_says_it_needs_none_has_none(tmp_path, monkeypatch):
    """The opposite: that is what `immediate` saves, and what it promises. What breaks the promise answers nobody."""
    monkeypatch.setattr(Timed, "immediate", True)
    async with mailing(tmp_path, yaml(PROFILE)) as radiusd:
        await radiusd.user("ann")
        assert (await radiusd.asks()).code == "Access-Challenge"  # the password was hashed: from there on it is a task
        with pytest.raises(Exception, match="answer"):
            await radiusd.asks(timeout=0.5)
        assert steps() == ["begin", "remind"]
