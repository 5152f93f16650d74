"""A carrier that does as it is told: takes, refuses, hangs, is slow, or takes and says that it did not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, Protocol

from config.kinds import Kind
from config.models.options import TypedOptions
from radiusd.delivery import MAIL_KINDS, SMS_KINDS, NotTaken
from radiusd.delivery.outbox import Outbox

TAKES, REFUSES, HANGS, SLOW, DROPS = "takes", "refuses", "hangs", "slow", "drops"
MOODS = (TAKES, REFUSES, HANGS, SLOW, DROPS)
SLOW_SECONDS = 0.3


class Post(Protocol):
    """Who receives what the carriers of one `of:` are given."""

    mood: str

    def given(self, outbox: Outbox, recipient: str, text: str) -> Callable[[bool], None] | None:
        """A message comes to its recipient; what is returned is told whether the carrier says so. None: it is lost."""


POSTS: dict[str, Post] = {}


class MoodyOptions(TypedOptions):
    """`of` is a key of POSTS."""

    type: Literal["moody"]
    of: str


class Moody:
    def __init__(self, name: str, options: MoodyOptions, outbox: Outbox) -> None:
        self.name = name
        self.immediate = True
        self._of = options.of
        self._outbox = outbox

    async def send(self, content: Any, deadline: float) -> None:
        post, loop = POSTS[self._of], asyncio.get_running_loop()
        mood = post.mood
        if mood == REFUSES:
            raise NotTaken("refused")
        if mood == HANGS:
            await asyncio.sleep(max(0.0, deadline - loop.time()))
            raise NotTaken("hung", certain=False)
        told = post.given(self._outbox, content.recipient, content.text)
        if mood == SLOW:
            await asyncio.sleep(min(SLOW_SECONDS, max(0.0, deadline - loop.time())))
        taken = told is not None and mood != DROPS
        if told is not None:
            told(taken)
        if not taken:
            raise NotTaken("dropped", certain=False)

    def down(self) -> str | None:
        return None

    async def close(self) -> None:
        """It has no connections."""


def declare() -> None:
    """`type: moody` may be written in radius.yaml from now on."""
    for kinds in (MAIL_KINDS, SMS_KINDS):
        if "moody" not in kinds:
            kinds.add(Kind("moody", MoodyOptions, Moody))
