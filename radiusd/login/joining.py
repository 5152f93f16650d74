"""A request joins the login that stands at a factor already, instead of beginning another (D3).

Whoever calls with a login holds its lock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec.structs import replace

from radiusd.login import changes
from radiusd.login.cases import Case, Step
from radiusd.login.committing import Committing, Overtaken
from radiusd.login.judging import Judging
from radiusd.login.login_rows import is_marked, proofs_of
from radiusd.login.open_logins import OPEN, Login, OpenLogins, joins_of
from radiusd.login.progress import Progress
from radiusd.login.states import Keys
from radiusd.model.verdict import Failed, Verdict
from radiusd.running.stages import in_a_task
from store.logins import Written

TRIES = 3  # of joining what another node begins and ends at the same moment


class Drive(Protocol):
    """On from a verdict on a factor (see Factors.drive)."""

    def __call__(
        self, case: Case, progress: Progress, login: Login | None, factor: str, verdict: Verdict | None, /
    ) -> Awaitable[Step]: ...


class Joining:
    """Finds the login to be joined, and goes on with it."""

    def __init__(
        self,
        *,
        known: OpenLogins,
        committing: Committing,
        judging: Judging,
        keys: Keys,
        wall: Callable[[], float],
        drive: Drive,
    ) -> None:
        self._known = known
        self._committing = committing
        self._judging = judging
        self._keys = keys
        self._wall = wall
        self._drive = drive

    async def join(self, case: Case, progress: Progress, factor: str, mine: Login | None) -> Step | None:
        """What comes of joining a login that stands at that factor for the same user, station, client and application.

        Its earlier factors were all passed again by this request. None where there is none. Raises store.Unavailable and
        Overtaken.
        """
        joins = joins_for(case, progress, factor)
        # Of another node, or one whose time is up: who opens a login meets it, who takes a step must look.
        if mine is None and self._known.joinable(joins) is None:
            return None
        for tries_left in reversed(range(TRIES + 1)):
            found = self._known.joinable(joins)
            if found is None and mine is not None:
                found = await self._known.find_joinable(joins)
            if found is None or found is mine:
                return None
            async with found.lock:
                if not found.is_open(case.request.at) or found.row.joins != joins or not self._same(case, found, mine):
                    await self._close(case, found)
                    return None
                if mine is not None:
                    await self._close(case, mine)
                joined = replace(case, login=found.row.id)
                found.entry, found.looked_up = case.entry, case.request.at
                joined, verdict = await self._met(joined, factor, found)
                if verdict is None:
                    await self._close(case, found)
                    return None
                try:
                    return await self._drive(joined, progress, found, factor, verdict)
                except Overtaken:
                    if tries_left == 0:
                        raise
            case = replace(case, login="")
        return None

    async def _met(self, case: Case, factor: str, found: Login) -> tuple[Case, Verdict | None]:
        """What the method says to whoever joins a login that stands at its factor; None where that is begun anew.

        It was refused or lapsed while nobody waited: whether somebody is asked anew is the method's to say. Or a reload
        took away what a menu offered.
        """
        method, row = case.plan.methods[factor], found.row
        if not method.immediate:
            await in_a_task()
        if found.unsent:
            found.unsent = False
            verdict = await method.again(case.turn(factor, "", row.memory, row))
            return case, None if isinstance(verdict, Failed) and row.approval is not None else verdict
        if row.approval is None and case.behaviour.is_appended(method):
            # The password alone is what an empty answer is to a NAS that shows Challenges.
            turn = case.turn(factor, case.request.code, row.memory, row)
            return await self._judging.judged(case, turn, method.answer)
        # A code that was sent stays the code: only the State is new.
        verdict = await method.remind(case.turn(factor, "", row.memory, row))
        return case, None if isinstance(verdict, Failed) else verdict

    def _same(self, case: Case, found: Login, mine: Login | None) -> bool:
        """Whether what was proved for that login holds still: the password has not been changed since."""
        proofs = proofs_of(found.row)
        if found.row.profile != case.plan.profile or not proofs.is_of(case.entry.credential):
            return False
        if mine is not None:
            return proofs.password == proofs_of(mine.row).password
        return not proofs.password or is_marked(self._keys.records, case.request.password, proofs.password)

    async def _close(self, case: Case, login: Login) -> None:
        """Ends a login that nothing will come of; whatever still waits for it is silenced."""
        if login.row.status == OPEN:
            done = await self._committing.commit(case, login, changes.closed(login.row, self._wall()))
            if done.written is Written.DONE:
                return
        await self._known.refresh(login)


def joins_for(case: Case, progress: Progress, factor: str) -> str:
    """By which others of the login are known: whoever proved nothing and names no station joins nobody, and nobody joins
    them, since anybody knows a name (D2, D3).
    """
    alone = not progress.proved and not case.request.station
    return case.login if alone else joins_of(case.entry, case.request, factor)
