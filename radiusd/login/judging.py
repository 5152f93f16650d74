"""What a method says: of a factor that begins, and of an answer, for which an attempt is taken before it is judged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from msgspec.structs import replace

from radiusd.login.attempts import Attempts
from radiusd.login.cases import Case, place_of
from radiusd.login.guard import AS_BEFORE, Guard, LocksOut
from radiusd.login.login_rows import PASSWORD, LoginRow
from radiusd.login.taken import Taken
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict
from radiusd.rules.passwords import composed
from radiusd.running.stages import in_a_task

Judge = Callable[[Turn], Awaitable[Verdict]]


class Judging:
    """Asks methods for their verdicts."""

    def __init__(
        self,
        attempts: Attempts,
        locks_out: Callable[[Case], LocksOut | None],
        count: Callable[[Taken], Awaitable[None]],
    ) -> None:
        """`locks_out` gives the user's directory where that has a rule by which it locks accounts.

        `count` counts an attempt as a failure and ends it, by itself.
        """
        self._attempts = attempts
        self._locks_out = locks_out
        self._count = count

    @staticmethod
    def recalled(case: Case, row: LoginRow | None) -> tuple[Case, Passed] | None:
        """The verdict on a password that is remembered as right: it takes no attempt, since it needs no work."""
        passed = case.plan.methods[PASSWORD].recall(case.turn(PASSWORD, case.request.password, "", row))
        return None if passed is None else (case, passed)

    async def begun(self, case: Case, factor: str, row: LoginRow | None) -> tuple[Case, Verdict]:
        """The factor's first verdict; the rest as `judged`."""
        method = case.plan.methods[factor]
        turn = case.turn(factor, case.request.password, "", row)
        if factor == PASSWORD:
            return await self.judged(case, turn, method.begin)
        if not method.immediate:
            await in_a_task()
        return case, await method.begin(turn)

    async def judged(self, case: Case, turn: Turn, judge: Judge) -> tuple[Case, Verdict]:
        """What the method says of an answer, for which an attempt is taken before where a wrong one counts.

        The attempt of one that counts is the case's, to be ended by `Factors.drive`. Raises store.Unavailable.
        """
        method = case.plan.methods[turn.factor]
        if not method.judges or not turn.answer:
            if not method.immediate:
                await in_a_task()
            return case, await judge(turn)
        if method.judges_at_once and method.immediate and self._attempts.is_free(case.entry):
            # Nothing has failed and nobody else is judged: one that turns out right needs none.
            verdict = await judge(turn)
            return await self._taken(case, turn, verdict) if _counts(verdict) else (case, verdict)
        if method.unasked and self._attempts.is_free(case.entry):
            # The same of what memory has; whatever it does not know to be right is judged as any answer is.
            passed = method.recall(turn)
            if passed is not None:
                return case, passed
        taken = await self._take(case, turn)
        if isinstance(taken, str):
            failed = Failed(taken)
            return await self._composed(case, turn, judge, failed) if taken == AS_BEFORE else (case, failed)
        verdict = await self._tried(case, turn, judge, taken)
        if not _counts(verdict):
            return case, verdict
        case = _with(case, taken, turn, verdict)
        return await self._composed(case, turn, judge, verdict) if taken.guard is not None else (case, verdict)

    async def _tried(self, case: Case, turn: Turn, judge: Judge, taken: Taken) -> Verdict:
        """What the method says; the attempt has ended where that counts for nothing."""
        counts = False
        try:
            if not case.plan.methods[turn.factor].immediate:
                await in_a_task()
            verdict = await judge(turn)
            counts = _counts(verdict)
            if isinstance(verdict, Passed):
                taken.was_right()
        finally:
            if not counts:
                taken.end()
        return verdict

    async def _composed(self, case: Case, turn: Turn, judge: Judge, first: Verdict) -> tuple[Case, Verdict]:
        """The password was wrong as it was typed: with its letters put together it is one more attempt (X58).

        Some devices send letters and their marks apart, and a directory compares octets. Where its guard has no place
        for one more, it is not tried. The other way around it never is: each mistyped password would count twice.
        """
        other = composed(turn.answer)
        if not other:
            return case, first
        if case.attempt is not None:
            # The directory has counted it; what comes of the other form changes nothing of it.
            await self._count(case.attempt)
            case = replace(case, attempt=None)
        turn = replace(turn, answer=other)
        taken = await self._take(case, turn)
        if isinstance(taken, str):
            assert isinstance(first, Failed)  # noqa: S101 - no directory asks for a password once more
            return case, replace(first, counted="")
        verdict = await self._tried(case, turn, judge, taken)
        if isinstance(verdict, Passed):
            return case, replace(verdict, detail=f"{verdict.detail}, with its letters put together")
        return (_with(case, taken, turn, verdict), verdict) if _counts(verdict) else (case, verdict)

    async def _taken(self, case: Case, turn: Turn, verdict: Verdict) -> tuple[Case, Verdict]:
        taken = await self._take(case, turn)
        return (case, Failed(taken)) if isinstance(taken, str) else (_with(case, taken, turn, verdict), verdict)

    def _take(self, case: Case, turn: Turn) -> Coroutine[Any, Any, Taken | str]:
        kind = case.plan.methods[turn.factor].judges
        directory = self._locks_out(case) if kind == PASSWORD else None
        guard = None if directory is None else Guard(directory, case.entry, turn.at, turn.deadline)
        place = place_of(case.request)
        return self._attempts.take(
            case.entry, place, kind, at=turn.at, deadline=turn.deadline, guard=guard, answer=turn.answer
        )


def _counts(verdict: Verdict) -> bool:
    """Whether an answer was wrong, and counts."""
    return isinstance(verdict, Failed | Asked) and bool(verdict.counted)


def _with(case: Case, taken: Taken, turn: Turn, verdict: Verdict) -> Case:
    """The case with the attempt that failed: what it comes to ends it."""
    against = verdict.against if isinstance(verdict, Failed | Asked) else ""
    taken.was_wrong(turn.answer, f"{case.login}\0{against}" if against else "")
    return replace(case, attempt=taken)
