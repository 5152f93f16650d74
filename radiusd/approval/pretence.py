"""A question that is put to nobody, for a name that nobody has: it waits as one that is (D4)."""

from __future__ import annotations

from collections.abc import Callable

from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unproved, Verdict, Waiting

NOT_ASKED = Failed("nobody was asked, or it was too long ago")


class Pretence:
    """A method that never passes. Its memory is until when it waits."""

    immediate = True
    placement = "none"
    code_length = 0
    unasked = False
    judges = ""
    judges_at_once = False

    def __init__(
        self, prompt: Callable[[Turn], str], validity: float, unproved: Unproved, reason: str = ""
    ) -> None:  # fmt: skip
        """`prompt` is what the question's is; `validity` its, in seconds; `reason` for the audit."""
        self._prompt = prompt
        self._validity = validity
        self._unproved = unproved
        self._reason = reason

    def because(self, reason: str) -> Pretence:
        """The same, for that reason."""
        return Pretence(self._prompt, self._validity, self._unproved, f"nobody is asked: {reason}") if reason else self

    def lacks(self, _entry: Entry) -> str:
        return ""

    def recall(self, _turn: Turn) -> Passed | None:
        return None

    async def begin(self, turn: Turn) -> Verdict:
        return self.since(turn, turn.at)

    async def answer(self, turn: Turn) -> Verdict:
        """As a question that nobody has decided."""
        until = float(turn.memory)
        return Failed("nobody decided in time") if turn.at >= until else self._wait(turn, until)

    async def remind(self, turn: Turn) -> Verdict:
        return await self.answer(turn)

    async def again(self, _turn: Turn) -> Verdict:
        return NOT_ASKED

    async def refused(self, _turn: Turn, _cause: str) -> Verdict:
        return NOT_ASKED

    def since(self, turn: Turn, began: float) -> Waiting:
        """The wait that began then."""
        return self._wait(turn, began + self._validity)

    def _wait(self, turn: Turn, until: float) -> Waiting:
        memory, prompt = repr(until), self._prompt(turn)
        return Waiting(turn.login, until, memory, prompt, reason=self._reason, unproved=self._unproved)
