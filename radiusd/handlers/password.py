"""`method: password`: the directory's password, and nothing more. Also the first factor of the other methods."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal, assert_never

from config.models.options import NEW_PASSWORD, ProfileOptions
from radiusd.directories import Directory, Down, MustChange, Right, Wrong
from radiusd.handlers import Tools, method
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unavailable, Verdict, Write
from radiusd.running.stages import in_a_task
from store import passwords_to_change


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
        self._sealing = tools.sealing

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
                return Passed(REMEMBERED, judged.until) if judged.cached else PASSED
            case MustChange():
                return self._must_change(turn, directory, judged)
            case Wrong():
                return Failed(judged.reason, "password" if judged.counted else "")
            case Down():
                return Unavailable(judged.component, judged.cause, judged.overload)
            case _:
                assert_never(judged)

    def _must_change(self, turn: Turn, directory: Directory, due: MustChange) -> Passed:
        """It is changed once every other factor was proved; what the directory needs for that is kept, sealed."""
        entry, now = turn.entry, turn.at
        if due.grace and turn.challenges in (0, 1):
            return Passed(f"password right, but {due.reason}; the directory lets the user in for now")
        writes: tuple[Write, ...] = ()
        if directory.wants_old:
            sealed = self._sealing.seal(turn.answer.encode(), sealed_for(entry))
            keep = partial(
                passwords_to_change.keep, directory=entry.directory, unique_id=entry.unique_id, sealed=sealed, now=now
            )
            writes = (keep,)
        return Passed(f"password right, but {due.reason}", writes=writes, then=(NEW_PASSWORD,))

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


def sealed_for(entry: Entry) -> str:
    """What a kept password belongs to."""
    return f"password\0{entry.directory}\0{entry.unique_id}"


PASSED = Passed("password right")
REMEMBERED = "password right (verified before, remembered)"
