"""Whoever answers for a user is told of sign-ins that failed (S63): after the answer, and never so that it waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

import structlog
from msgspec.structs import replace

from radiusd.login import states
from radiusd.login.cases import Case
from radiusd.login.committing import Committing
from radiusd.login.told_rows import FAILURE
from radiusd.model.message import Message
from radiusd.model.turn import Turn
from store import Unavailable

log = structlog.get_logger()

LOOK_UP_SECONDS = 10.0  # in which it is found who is told
HOUR = 3600.0
USERS_KEPT = 10_000  # beyond, who failed the longest ago is forgotten: the database counts as well


class Tells(Protocol):
    """What of a profile tells of failures. `what`: of those that it has a word for, by what the engine calls them."""

    @property
    def what(self) -> Mapping[str, object]: ...

    @property
    def most_per_hour(self) -> int: ...

    async def message(self, turn: Turn, what: str) -> Message | str:
        """What is sent, or why nothing is. Raises store.Unavailable."""


class Telling:
    """By the profiles that have somebody told."""

    def __init__(
        self,
        profiles: Mapping[str, Tells],
        committing: Committing,
        clock: Callable[[], float],
        background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._profiles = profiles
        self._committing = committing
        self._clock = clock
        self._background = background
        self._lately: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def failed(self, case: Case, what: str) -> None:
        """A sign-in was refused. `what` is the kind of failure that counts, or the key of what the user is told."""
        tells = self._profiles.get(case.plan.profile)
        if tells is not None and what in tells.what and self._may(case, tells.most_per_hour):
            self._background(self._tell(case, what, tells))

    def _may(self, case: Case, most: int) -> bool:
        """Whoever tries again and again has nobody looked up, once enough was told of it."""
        user, now = (case.entry.directory, case.entry.unique_id), case.request.at
        times = [at for at in self._lately.pop(user, []) if at > now - HOUR]
        may = len(times) < most
        self._lately[user] = [*times, now] if may else times
        if len(self._lately) > USERS_KEPT:
            self._lately.popitem(last=False)
        return may

    async def _tell(self, case: Case, what: str, tells: Tells) -> None:
        case = replace(case, login=case.login or states.new_login(), step=FAILURE)
        turn = replace(case.turn(case.plan.profile, "", "", None), deadline=self._clock() + LOOK_UP_SECONDS)
        try:
            message = await tells.message(turn, what)
            await self._committing.tell(case, message, case.request.at + HOUR)
        except Unavailable as gone:
            log.warning("nobody is told of a failed sign-in", profile=case.plan.profile, cause=gone.cause)
