"""The factors of one login, one after the other: begun, joined, asked for, until something is answered.

Whoever calls with a login holds its lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from msgspec.structs import replace

from radiusd.login import changes, login_rows, states
from radiusd.login.applications import too_long
from radiusd.login.asking import NO_CHALLENGE, Asking
from radiusd.login.cases import BEGIN, Case, Step, place_of
from radiusd.login.committing import Committing, Overtaken
from radiusd.login.joining import TRIES, Joining, joins_for
from radiusd.login.judging import Judging
from radiusd.login.login_rows import PASSWORD, UNWRITTEN, Proofs, mark_of
from radiusd.login.open_logins import Login, OpenLogins
from radiusd.login.progress import Begin, Progress, Refused, Stuck, advance, written
from radiusd.login.refusals import Refusals
from radiusd.login.refusing import Refusing
from radiusd.login.standing import Standing
from radiusd.login.states import Keys
from radiusd.login.taken import NO_ATTEMPT
from radiusd.model.access import Accept, Discard
from radiusd.model.verdict import Asked, Verdict, Waiting
from radiusd.running.stages import TOGETHER

FASTER = "another sign-in used the same code at the same moment"


class Factors:
    """Proves what a plan asks for."""

    def __init__(
        self,
        *,
        known: OpenLogins,
        committing: Committing,
        standing: Standing,
        judging: Judging,
        asking: Asking,
        refusing: Refusing,
        refusals: Refusals,
        keys: Keys,
        wall: Callable[[], float],
    ) -> None:
        self._known = known
        self._committing = committing
        self._standing = standing
        self._judging = judging
        self._asking = asking
        self.refuse = refusing.refuse
        self._refusals = refusals
        self._keys = keys
        self._joining = Joining(
            known=known, committing=committing, judging=judging, keys=keys, wall=wall, drive=self.drive
        )
        self.retired = False  # another configuration is in use

    async def drive(
        self,
        case: Case,
        progress: Progress,
        login: Login | None,
        factor: str = "",
        verdict: Verdict | None = None,
        tries: int = TRIES,
    ) -> Step:
        """On from that verdict on that factor, or from the next one's beginning, until something is to be answered.

        Does not suspend where memory has all the answers. Raises store.Unavailable and Overtaken. The case's attempt has
        ended then. `tries` are left where other nodes begin the same login.
        """
        while True:
            if verdict is None:
                factor = progress.remaining[0]
                found = await self._begun(case, progress, factor, login)
                if isinstance(found, Step):
                    return found
                case, verdict = found
            progress, following = advance(progress, factor, verdict)
            case = _with_chosen(case, progress.chosen) if progress.chosen else case
            match following:
                case Begin():
                    step = await self._blocked(case, progress, login) if self._standing.has_blocks(case.entry) else None
                    if step is not None:
                        return step
                    verdict = None
                case Accept():
                    return await self._accept(case, progress, login, following)
                case Asked() | Waiting():
                    with case.attempt or NO_ATTEMPT:
                        if login is None:
                            return await self._open(case, progress, following, tries)
                        asked = await self._asking.ask(case, progress, login, following)
                    if isinstance(asked, Step):
                        return asked
                    progress = written(progress)
                    factor, verdict = progress.remaining[0], asked
                case Refused():
                    with case.attempt or NO_ATTEMPT:
                        return await self.refuse(case, progress, login, following)
                case Stuck():
                    return self._stuck(case, progress, following)
                case _:
                    assert_never(following)

    async def _begun(
        self, case: Case, progress: Progress, factor: str, login: Login | None
    ) -> Step | tuple[Case, Verdict]:
        """The first verdict on a factor; or what is answered, where another login stands there, or nothing can be shown."""
        row = None if login is None else login.row
        if factor == PASSWORD:
            found: Step | tuple[Case, Verdict] = self._judging.recalled(case, row) or await self._judging.begun(
                case, factor, row
            )
        else:
            await TOGETHER
            step = await self._joining.join(case, progress, factor, login)
            if step is not None:
                return step
            method = case.plan.methods[factor]
            if case.behaviour.is_shut(method):
                return await self.refuse(case, progress, login, Refused(NO_CHALLENGE, ""))
            case = _named(case)
            if case.request.code and method.unasked:
                turn = case.turn(factor, case.request.code, "", row)
                found = await self._judging.judged(case, turn, method.answer)
            else:
                found = await self._judging.begun(case, factor, row)
        await TOGETHER
        return found

    async def _blocked(self, case: Case, progress: Progress, login: Login | None) -> Step | None:
        """Blocks are looked at again before the next factor: of many requests at once, some may have led to one."""
        refusal = await self._standing.refusal(case.request, case.entry)
        return await self.refuse(case, progress, login, Refused(refusal, "")) if refusal else None

    async def _open(self, case: Case, progress: Progress, following: Asked | Waiting, tries: int) -> Step:
        """A login that takes several steps begins."""
        factor = progress.remaining[0]
        joins = joins_for(case, progress, factor)
        if not tries or self._known.joinable(joins) is None:
            proofs = Proofs()
            if PASSWORD in progress.proved:
                mark = mark_of(self._keys.records, case.request.password)
                proofs = Proofs(password=mark, credential=case.entry.credential)
            row = login_rows.new(case.request, case.entry, case.plan.profile, case.login, joins, proofs, self._keys.records)  # fmt: skip
            login = Login(row, case.entry)
            # Known before it is written, so that what comes meanwhile waits for its lock.
            self._known.add(login)
            try:
                async with login.lock:
                    asked = await self._asking.ask(case, progress, login, following)
                    if isinstance(asked, Step):
                        return asked
                    return await self.drive(case, written(progress), login, factor, asked, tries)
            except Overtaken:
                if login.row.step != UNWRITTEN:
                    raise
            finally:
                if login.row.step == UNWRITTEN:
                    self._known.drop(login)
                    login.row = replace(row, status="ended")
            if not tries:
                cause = "another node was faster, again and again"
                return self._refusals.outage(case, "database", cause, *progress.trail)
            await self._known.find_joinable(joins)
        # Begun by another request while this one was judged.
        return await self.drive(replace(case, login="", step=BEGIN), progress, None, tries=tries - 1)

    async def _accept(self, case: Case, progress: Progress, login: Login | None, accept: Accept) -> Step:
        """Every factor was proved."""
        if login is not None and self.retired:
            # A reload came meanwhile: what is asked for now is the next engine's to say, when the NAS asks again (D18).
            return Step(Discard("reloaded"), None)
        standing, request, entry = self._standing, case.request, case.entry
        if len(accept.reply.encoded) > request.room:
            # Nothing is recorded as accepted that no packet holds.
            return await self.refuse(case, progress, login, Refused(too_long(accept.reply, request.room), ""))
        if standing.has_blocks(entry):
            refusal = await standing.refusal(request, entry)
            if refusal:
                return await self.refuse(case, progress, login, Refused(refusal, ""))
        place = place_of(request)
        forgets = standing.ends_failures(entry, place)
        if login is None and not progress.informing and not forgets and not progress.writes:
            standing.met(entry, place, request.at)
            return Step(accept, case.row("accept", "", progress.trail))
        if login is None and progress.informing:
            case = replace(case, login=case.login or states.new_login())
        change = changes.accepted(case, progress, None if login is None else login.row, accept, keys=self._keys)
        if forgets:
            change = replace(change, forgets=True)
        if change.row is None:
            try:
                await self._committing.end(case, change)
            except Overtaken:
                return await self.refuse(case, written(progress), login, Refused(FASTER, ""))
        else:
            first = login or Login(replace(change.row, step=UNWRITTEN), entry)
            await self._committing.commit_unless_overtaken(case, first, change)
        standing.met(entry, place, request.at)
        return Step(accept, None)

    def _stuck(self, case: Case, progress: Progress, stuck: Stuck) -> Step:
        """A factor could not be judged; the login stays as it is."""
        if stuck.overload:
            return Step(Discard("overload"), None)
        return self._refusals.outage(case, stuck.component, stuck.cause, *progress.trail)


def _with_chosen(case: Case, profile: str) -> Case:
    """With the plan of the profile that was chosen, if it is not that already."""
    return replace(case, plan=case.plan.of(profile))


def _named(case: Case) -> Case:
    """With the id of a login of several steps."""
    return case if case.login else replace(case, login=states.new_login())
