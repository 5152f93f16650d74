"""Requests go to the engine, and what comes of them to the door that they came by: once it is recorded.

A door hands over a request and what it knows it by, and is told the outcome. It commits nothing, and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol, TypeVar

from radiusd.login.cases import Step
from radiusd.login.engine import Engine
from radiusd.model.access import AccessRequest, Discard, Held, Hold, Outcome
from radiusd.model.audit import Row
from radiusd.running.eager import Eager

WAITING_STEPS = 20_000  # beyond, requests are dropped early: the NAS sends them again

OVERLOAD = Discard("overload")

Append = Callable[[Row, Callable[[bool], None]], None]
Asked = TypeVar("Asked")
Asked_contra = TypeVar("Asked_contra", contravariant=True)


class Door(Protocol[Asked_contra]):
    """By which requests come. `asked` is what it knows one by."""

    def answer(self, asked: Asked_contra, outcome: Outcome, /) -> None:
        """The outcome, which is recorded. Not a Hold."""

    def hold(self, asked: Asked_contra, held: Held, /) -> None:
        """The request is kept open; its answer comes later."""

    def failed(self, asked: Asked_contra, bug: Exception, /) -> None:
        """The engine met a bug: no outcome can be trusted."""

    def request_of(self, asked: Asked_contra, /) -> AccessRequest:
        """The request once more, without its password."""


class _Unanswered:
    """A request whose outcome is not known yet, or not recorded yet."""

    __slots__ = ("_answering", "_asked", "_door", "_outcome")

    def __init__(self, answering: Answering, door: Door[Any], asked: Any) -> None:
        self._answering = answering
        self._door = door
        self._asked = asked

    def done(self, step: Step) -> None:
        """The engine decided: answered at once where nothing is left to be recorded."""
        outcome, row = step.outcome, step.row
        if row is not None:
            self._outcome = outcome
            self._answering.append(row, self._recorded)
        elif outcome.__class__ is Hold:
            self._door.hold(self._asked, outcome.held)
            outcome.held.wait(self)
        else:
            self._door.answer(self._asked, outcome)

    def failed(self, bug: Exception) -> None:
        """The engine met a bug."""
        self._door.failed(self._asked, bug)

    def _recorded(self, committed: bool) -> None:
        """The row is committed, or may not be there: then the outcome is as if nothing had come of it."""
        door, asked = self._door, self._asked
        door.answer(asked, self._outcome if committed else self._answering.engine.lost(door.request_of(asked)))


class Answering:
    """Has requests decided by the engine in use. `append` commits an audit row and tells whether it is there."""

    def __init__(self, append: Append) -> None:
        self.append = append
        self._steps = Eager(WAITING_STEPS)

    def use(self, engine: Engine) -> None:
        """Takes an engine into use; what is under way keeps the one it began with."""
        self.engine = engine
        self.repeating = engine.repeating

    def waiting(self) -> int:
        """Steps of logins that wait for a directory, a hash or the database."""
        return len(self._steps)

    async def close(self) -> None:
        """Ends what waits."""
        await self._steps.close()

    def take(self, door: Door[Asked], requests: Iterable[tuple[AccessRequest, Asked]]) -> None:
        """Has them decided: side by side, stage by stage (radiusd/running/stages.py)."""
        steps, step = self._steps, self.engine.step
        for request, asked in requests:
            if steps.full:
                door.answer(asked, OVERLOAD)
            else:
                steps.run(step(request), _Unanswered(self, door, asked))
        steps.go_on()

    def repeats(self, door: Door[Asked], asked: Asked, fingerprint: Hashable, at: float, now: float) -> bool:
        """Whether the request repeats an accepted login, and is answered as that was.

        To be asked for applications in `repeating` alone. `at` is seconds since the epoch, `now` of the loop's clock.
        """
        step = self.engine.repeat(fingerprint, at, now)
        if step is None:
            return False
        _Unanswered(self, door, asked).done(step)
        return True
