"""Several sign-ins: side by side, so that all of them take no longer than the longest, or one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from radiusd.nas.asking import Nas
from radiusd.nas.simulate.people import Account, Pace, People
from radiusd.nas.simulate.playing import SignIn
from radiusd.nas.simulate.profiles import PlayedNas
from radiusd.nas.simulate.results import Result
from radiusd.radius.attributes import Dictionary

APART = 0.05  # seconds between two that begin side by side: else they would wait for each other's password hashes


@dataclass(frozen=True, slots=True)
class Play:
    """A sign-in to be played. `about` is the method of the account, "" where only the play will show it.

    `source` is the address that the NAS asks from, None for the one that the machine takes.
    """

    nas: PlayedNas
    account: Account
    station: str
    about: str
    secret: bytes = field(repr=False)
    source: str | None = None


async def played(
    plays: Sequence[Play], server: tuple[str, int], people: People, pace: Pace, *, side_by_side: bool
) -> list[Result]:
    """What came of each, in their order. Raises AttributeFault, and what `people` raises."""
    dictionary = Dictionary.shipped()

    async def one(play: Play, begins_after: float) -> Result:
        await asyncio.sleep(begins_after)
        signs = play.nas.signs
        nas = Nas(server, play.secret, source=play.source, dictionary=dictionary, message_authenticator=signs)
        return await SignIn(play.nas, nas, play.account, people, pace, play.station).plays()

    if not side_by_side:
        return [await one(play, 0.0) for play in plays]
    return await asyncio.gather(*(one(play, number * APART) for number, play in enumerate(plays)))
