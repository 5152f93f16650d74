"""`method: password`: the directory's password, and nothing more. Also the first factor of the other methods."""

from __future__ import annotations

from typing import ClassVar, Literal, assert_never

from config.models.options import ProfileOptions
from radiusd.directories import Down, Right, Wrong
from radiusd.handlers import Tools, method
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unavailable, Verdict
from radiusd.running.stages import in_a_task


class PasswordOptions(ProfileOptions):
    """No options of its own."""

    needs_nothing: ClassVar[bool] = True

    method: Literal["password"]

    @property
    def passed_first(self) -> tuple[str, ...]:
        return ()


@method("password", PasswordOptions)
class Password:
    """Judged by the directory that has the user."""

    immediate = True
    placement = "none"
    code_length = 0
    judges = "password"
    judges_at_once = False
    unasked = False

    def __init__(self, _options: PasswordOptions, tools: Tools) -> None:
        self._directories = tools.directories

    def lacks(self, _entry: Entry) -> str:
        return ""

    def recall(self, turn: Turn) -> Passed | None:
        """Without a wait: the most frequent sign-in of all."""
        entry = turn.entry
        right = self._directories[entry.directory].recalls(entry, turn.answer)
        return None if right is None else Passed(REMEMBERED, right.until)

    async def begin(self, turn: Turn) -> Verdict:
        directory = self._directories[turn.entry.directory]
        if not directory.immediate:
            await in_a_task()
        judged = await directory.check(turn.entry, turn.answer, turn.station, turn.deadline)
        match judged:
            case Right():
                if judged.must_change:
                    return MUST_CHANGE
                return Passed(REMEMBERED, judged.until) if judged.cached else PASSED
            case Wrong():
                return Failed(judged.reason, "password" if judged.counted else "")
            case Down():
                return Unavailable(judged.component, judged.cause, judged.overload)
            case _:
                assert_never(judged)

    async def answer(self, _turn: Turn) -> Verdict:
        """A password is never asked for by a Challenge."""
        return Failed("the password method asks nothing")

    async def remind(self, _turn: Turn) -> Verdict:
        """Nor is anybody reminded of it."""
        return Failed("the password method asks nothing")

    async def again(self, _turn: Turn) -> Verdict:
        """A password sends nothing."""
        return Failed("the password method sends nothing")

    async def refused(self, _turn: Turn, _cause: str) -> Verdict:
        """Nor is anything of it refused."""
        return Failed("the password method sends nothing")


PASSED = Passed("password right")
MUST_CHANGE = Failed("the password must be changed first")
REMEMBERED = "password right (verified before, remembered)"
