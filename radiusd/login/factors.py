"""The factors of one login, one after the other: begun, joined, asked again, waited for, until something is answered.

Whoever calls with a login holds its lock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, assert_never

from msgspec.structs import replace

from radiusd.delivery import Fault
from radiusd.delivery.carriers import NotSent
from radiusd.directories.ldap_options import Lockout
from radiusd.login import changes, login_rows, states
from radiusd.login.attempts import NO_ATTEMPT, Attempts, Taken
from radiusd.login.behaviours import Behaviours
from radiusd.login.changes import Change, Following
from radiusd.login.committing import Committing
from radiusd.login.holds import Holds
from radiusd.login.login_rows import PASSWORD, UNWRITTEN, LoginRow, Proofs, is_marked, mark_of, proofs_of
from radiusd.login.open_logins import OPEN, Held, Login, OpenLogins, joins_of
from radiusd.login.progress import Begin, Progress, Refused, Stuck, advance
from radiusd.login.refusals import ANSWER, BEGIN, Case, Refusals, Step, place_of
from radiusd.login.standing import Standing
from radiusd.login.states import Keys
from radiusd.model.access import Accept, Discard, Hold, Reject, Silence
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict, Waiting
from radiusd.rules.texts import Texts
from radiusd.running.stages import TOGETHER, in_a_task
from store.logins import Written

TOO_MANY = "as many messages as an hour allows were sent"
NO_CHALLENGE = "the client can show no (further) Challenge"
TRIES = 3  # of joining what another node begins and ends at the same moment
LOOKED_AT_SECONDS = 120.0  # for which a user is taken to look at the prompt that waits
SILENCE = Step(Silence(), None)


class Overtaken(Exception):
    """Another step of the login was written first, by another node or at the same moment; what is known of it is fresh."""


class Factors:
    """Proves what a plan asks for."""

    def __init__(
        self,
        *,
        known: OpenLogins,
        holds: Holds,
        committing: Committing,
        standing: Standing,
        attempts: Attempts,
        lockout_of: Callable[[Case], Lockout | None],
        behaviours: Behaviours,
        refusals: Refusals,
        texts: Texts,
        keys: Keys,
        login_timeout: float,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._known = known
        self._holds = holds
        self._committing = committing
        self._standing = standing
        self._attempts = attempts
        self._lockout_of = lockout_of
        self._behaviours = behaviours
        self._refusals = refusals
        self._texts = texts
        self._keys = keys
        self._login_timeout = login_timeout
        self._clock = clock
        self._wall = wall
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
        ended then.
        """
        while True:
            if verdict is None:
                factor = progress.remaining[0]
                if factor == PASSWORD:
                    case, verdict = self.recalled(case, login) or await self.begun(case, factor, login)
                else:
                    await TOGETHER
                    step = await self._met_or_shut(case, progress, factor, login, tries)
                    if step is not None:
                        return step
                    case, verdict = await self.begun(_named(case), factor, login)
                await TOGETHER
            progress, following = advance(progress, factor, verdict)
            match following:
                case Begin():
                    step = await self._blocked(case, progress, login)
                    if step is not None:
                        return step
                    verdict = None
                case Accept():
                    return await self._accept(case, progress, login, following)
                case Asked() | Waiting():
                    with case.attempt or NO_ATTEMPT:
                        return await self._stand(case, progress, login, following, tries)
                case Refused():
                    with case.attempt or NO_ATTEMPT:
                        return await self.refuse(case, progress, login, following)
                case Stuck():
                    return self._stuck(case, progress, following)
                case _:
                    assert_never(following)

    def recalled(self, case: Case, login: Login | None) -> tuple[Case, Passed] | None:
        """The verdict on a password that is remembered as right: it takes no attempt, since it needs no work."""
        turn = case.turn(PASSWORD, case.request.password, "", self._challenges_left(case, login))
        passed = case.plan.methods[PASSWORD].recall(turn)
        return None if passed is None else (case, passed)

    async def begun(self, case: Case, factor: str, login: Login | None) -> tuple[Case, Verdict]:
        """The factor's first verdict."""
        method = case.plan.methods[factor]
        turn = case.turn(factor, case.request.password, "", self._challenges_left(case, login))
        if factor == PASSWORD:
            return await self.judged(case, turn, method.begin)
        if not method.immediate:
            await in_a_task()
        return case, await method.begin(turn)

    async def judged(self, case: Case, turn: Turn, judge: Callable[[Turn], Awaitable[Verdict]]) -> tuple[Case, Verdict]:
        """What the method says of an answer, for which an attempt is taken before where a wrong one counts.

        The attempt of one that counts is the case's, to be ended by `drive`. Raises store.Unavailable.
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
        taken = await self._take(case, turn)
        if isinstance(taken, str):
            return case, Failed(taken)
        counts = False
        try:
            if not method.immediate:
                await in_a_task()
            verdict = await judge(turn)
            counts = _counts(verdict)
        finally:
            if not counts:
                taken.end()
        return (_with(case, taken, turn, verdict), verdict) if counts else (case, verdict)

    async def _taken(self, case: Case, turn: Turn, verdict: Verdict) -> tuple[Case, Verdict]:
        taken = await self._take(case, turn)
        return (case, Failed(taken)) if isinstance(taken, str) else (_with(case, taken, turn, verdict), verdict)

    def _take(self, case: Case, turn: Turn) -> Coroutine[Any, Any, Taken | str]:
        kind = case.plan.methods[turn.factor].judges
        lockout = self._lockout_of(case) if kind == PASSWORD else None
        place = place_of(case.request)
        return self._attempts.take(case.entry, place, kind, at=turn.at, deadline=turn.deadline, lockout=lockout)

    async def _met_or_shut(
        self, case: Case, progress: Progress, factor: str, login: Login | None, tries: int
    ) -> Step | None:
        """What is in the way of a factor's beginning: a login to be joined, or a NAS that can not show what is asked."""
        joins = _joins(case, progress, factor)
        # Of another node, or one whose time is up: who opens a login meets it, who takes a step must look.
        if login is not None or self._known.joinable(joins) is not None:
            step = await self._join(case, progress, factor, joins, login, tries)
            if step is not None:
                return step
        if self._behaviours.is_shut(case, factor):
            return await self.refuse(case, progress, login, Refused(NO_CHALLENGE, ""))
        return None

    async def _blocked(self, case: Case, progress: Progress, login: Login | None) -> Step | None:
        """Blocks are looked at again before the next factor: of many requests at once, some may have led to one."""
        if not self._standing.has_blocks(case.entry):
            return None
        refusal = await self._standing.refusal(case.request, case.entry)
        return await self.refuse(case, progress, login, Refused(refusal, "")) if refusal else None

    async def refuse(self, case: Case, progress: Progress, login: Login | None, refused: Refused) -> Step:
        """The login ends. Raises store.Unavailable and Overtaken."""
        if refused.text and PASSWORD in progress.proved:
            step = self._refusals.refuse_proved(case, refused.text, refused.reason, *progress.trail)
        else:
            step = self._refusals.refuse(case, refused.reason, *progress.trail)
        mine = None if login is None or login.row.step == UNWRITTEN else login
        if mine is None and not refused.counted:
            return step
        reject, told = step.outcome, step.row
        assert isinstance(reject, Reject) and told is not None  # noqa: S101, PT018 - what a refusal is
        change = changes.refused(
            case, None if mine is None else mine.row, reject, (told,), counted=refused.counted,
            keys=self._keys,
        )  # fmt: skip
        if mine is None:
            await self._committing.end(case, change)
        else:
            await self._commit(case, mine, change)
        return Step(reject, None)

    async def undecided(
        self, case: Case, login: Login, packet: str, *, shows: bool, following: Following | None = None
    ) -> Step:
        """Nobody has decided before the NAS gives up: it is asked to come again, where it can be, else refused (D1).

        `shows`: the NAS is there still, to show a prompt. `following` stood in line behind the request (D24). Raises
        store.Unavailable and Overtaken.
        """
        row = login.row
        prompt = login_rows.outcome_of(row).text
        if shows and following is None and self._behaviours.challenges_left(case.request.client, row) != 0:
            reason = "nobody has decided yet; the user is asked to wait on"
            prompt = f"{prompt.rstrip('.')}. {self._texts.of('press_enter', case.entry.language)}"
            change = changes.asked_to_wait(
                row, packet, prompt, states.new_challenge(), (case.row("challenge", reason, (reason,)),),
                self._wall() + LOOKED_AT_SECONDS, self._keys,
            )  # fmt: skip
        else:
            step = self.not_yet(case, row)
            assert isinstance(step.outcome, Reject) and step.row is not None  # noqa: S101, PT018 - what a refusal is
            change = changes.undecided(row, packet, step.outcome, (step.row,), self._wall(), following)
        await self._commit(case, login, change)
        assert change.answer is not None  # noqa: S101 - it is held no longer
        return Step(change.answer, None)

    def not_yet(self, case: Case, row: LoginRow) -> Step:
        """A Reject of a request for which nobody has decided in time, though the question stays."""
        held = login_rows.outcome_of(row)
        reason = "nobody decided before the NAS gives up"
        if held.undecided and PASSWORD in proofs_of(row).factors:
            return self._refusals.refuse_proved(case, held.undecided, reason)
        return self._refusals.refuse_with(case, held.text, reason)

    async def _commit(self, case: Case, login: Login, change: Change) -> None:
        done = await self._committing.commit(case, login, change)
        if done.written is not Written.DONE:
            raise Overtaken

    def _challenges_left(self, case: Case, login: Login | None) -> int:
        return self._behaviours.challenges_left(case.request.client, None if login is None else login.row)

    async def _join(
        self, case: Case, progress: Progress, factor: str, joins: str, mine: Login | None, tries: int = TRIES
    ) -> Step | None:
        """What comes of joining a login that stands at that factor for the same user, station, client and application.

        Its earlier factors were all passed again by this request (D3). None where there is none.
        """
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
            if isinstance(verdict, Failed) and found.row.approval is not None:
                # Refused or lapsed while nobody waited: whether somebody is asked anew is the method's to say.
                await self._close(case, found)
                return None
            try:
                return await self.drive(joined, progress, found, factor, verdict)
            except Overtaken:
                if tries == 0:
                    raise
        return await self._join(replace(case, login=""), progress, factor, joins, mine, tries - 1)

    async def _met(self, case: Case, factor: str, found: Login) -> tuple[Case, Verdict]:
        """What the method says to whoever joins a login that stands at its factor."""
        method, request = case.plan.methods[factor], case.request
        challenges = self._challenges_left(case, found)
        if not method.immediate:
            await in_a_task()
        if found.unsent:
            found.unsent = False
            return case, await method.again(case.turn(factor, "", found.row.memory, challenges))
        if found.row.approval is None and self._behaviours.is_appended(request.client, method):
            # The password alone is what an empty answer is to a NAS that shows Challenges.
            return await self.judged(case, case.turn(factor, request.code, found.row.memory, challenges), method.answer)
        # A code that was sent stays the code: only the State is new.
        return case, await method.remind(case.turn(factor, "", found.row.memory, challenges))

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

    async def _open(self, case: Case, progress: Progress, following: Asked | Waiting, tries: int) -> Step:
        """A login that takes several steps begins."""
        request, plan = case.request, case.plan
        joins = _joins(case, progress, progress.remaining[0])
        if tries and self._known.joinable(joins) is not None:
            # Begun by another request while this one was judged.
            return await self.drive(replace(case, login="", step=BEGIN), progress, None, tries=tries - 1)
        proofs = Proofs()
        if PASSWORD in progress.proved:
            mark = mark_of(self._keys.records, request.password)
            proofs = Proofs(password=mark, credential=case.entry.credential)
        row = login_rows.new(request, case.entry, plan.profile, case.login, joins, proofs, self._keys.records)
        login = Login(row, case.entry)
        # Known before it is written, so that what comes meanwhile waits for its lock.
        self._known.add(login)
        try:
            async with login.lock:
                step = await self._stand(case, progress, login, following, tries)
        finally:
            if login.row.step == UNWRITTEN:
                self._known.drop(login)
                login.row = replace(row, status="ended")
        if step is not OVERTAKEN:
            return step
        if tries == 0:
            cause = "another node was faster, again and again"
            return self._refusals.outage(case, "database", cause, *progress.trail)
        await self._known.find_joinable(joins)
        return await self.drive(replace(case, login="", step=BEGIN), progress, None, tries=tries - 1)

    async def _stand(
        self, case: Case, progress: Progress, login: Login | None, following: Asked | Waiting, tries: int
    ) -> Step:
        """The login stands at a factor: the user is asked, or somebody else."""
        if login is None:
            return await self._open(case, progress, following, tries)
        ready: Change | Refused | Step
        if isinstance(following, Asked):
            ready = self._asking(case, progress, login, following)
        else:
            ready = self._waiting(case, progress, login, following)
        if isinstance(ready, Refused):
            return await self.refuse(case, progress, login, ready)
        if isinstance(ready, Step):
            return ready
        if isinstance(following, Waiting):
            with self._holds.place(case.request, login):
                done = await self._committing.commit(case, login, ready)
        else:
            done = await self._committing.commit(case, login, ready)
        if done.written is not Written.DONE:
            return await self._not_written(case, progress, login, following, done.written, tries)
        if done.unsent is not None:
            return await self._not_taken(case, progress, login, following, done.unsent, tries)
        if ready.answer is not None:
            return Step(ready.answer, ready.told)
        return await self._hold(case, login)

    async def _not_written(
        self, case: Case, progress: Progress, login: Login, following: Asked | Waiting, written: Written, tries: int
    ) -> Step:
        if written is Written.LATE:
            if login.row.step == UNWRITTEN:
                return OVERTAKEN
            raise Overtaken
        otherwise = following.otherwise
        if otherwise is not None and not isinstance(otherwise, Failed):
            return await self._stand(case, progress, login, otherwise, tries)
        if otherwise is None:
            return await self.refuse(case, progress, login, Refused(TOO_MANY, ""))
        # Whoever types a code behind the password could try it against that text.
        appended = self._behaviours.is_appended(case.request.client, case.plan.methods[progress.remaining[0]])
        refused = Refused(otherwise.reason, otherwise.counted, "" if appended else otherwise.text)
        return await self.refuse(case, progress, login, refused)

    async def _not_taken(
        self, case: Case, progress: Progress, login: Login, following: Asked | Waiting, failed: NotSent, tries: int
    ) -> Step:
        """No carrier took the message."""
        if isinstance(following, Waiting) and isinstance(following.otherwise, Waiting):
            return await self._hold(case, login)  # it only reminds
        if failed.fault is Fault.CARRIER:
            return await self._unreachable(case, progress, login, failed.component, failed.cause)
        factor = progress.remaining[0]
        method = case.plan.methods[factor]
        if not method.immediate:
            await in_a_task()
        turn = case.turn(factor, "", login.row.memory, self._challenges_left(case, login))
        verdict = await method.refused(turn, failed.cause)
        if not isinstance(verdict, Failed):
            return await self.drive(case, progress, login, factor, verdict, tries=tries)
        step = self._refusals.refuse_proved(case, verdict.text, verdict.reason, *progress.trail)
        return await self._give_up(case, login, step)

    async def _unreachable(self, case: Case, progress: Progress, login: Login, component: str, cause: str) -> Step:
        """No carrier took the message: the login ends."""
        return await self._give_up(case, login, self._refusals.outage(case, component, cause, *progress.trail))

    async def _give_up(self, case: Case, login: Login, step: Step) -> Step:
        """The login ends, and what was asked of somebody is withdrawn."""
        reject, told = step.outcome, step.row
        assert isinstance(reject, Reject) and told is not None  # noqa: S101, PT018 - what a refusal is
        await self._commit(case, login, changes.unreachable(login.row, reject, (told,), self._wall()))
        return Step(reject, None)

    def _asking(self, case: Case, progress: Progress, login: Login, asked: Asked) -> Change | Refused:
        client = case.request.client
        until = login.row.at + self._login_timeout
        if self._behaviours.is_appended(client, case.plan.methods[progress.remaining[0]]):
            said = f"{asked.prompt}. {self._texts.of('append_code', case.entry.language)}"
            reason = asked.reason or f"{progress.remaining[0]} asks"
            step = self._refusals.refuse_with(case, said, reason, *progress.trail)
            reject, told = step.outcome, step.row
            assert isinstance(reject, Reject) and told is not None  # noqa: S101, PT018 - what a refusal is
            return changes.appended(
                case, progress, login.row, asked, reject=reject, told=told, until=until, keys=self._keys
            )
        if self._behaviours.challenges_left(client, login.row) == 0:
            return Refused(asked.reason or NO_CHALLENGE, asked.counted)
        return changes.asked(
            case, progress, login.row, asked, challenge=states.new_challenge(), until=until, keys=self._keys
        )

    def _waiting(self, case: Case, progress: Progress, login: Login, waiting: Waiting) -> Change | Step:
        request = case.request
        behaviour = self._behaviours.of(request.client)
        if behaviour.holds and self._holds.is_full(request, login, behaviour.max_held):
            text = self._texts.of("busy", case.entry.language)
            return self._refusals.refuse_with(
                case, text, "as many requests are held as max_held says, or as many of one user as may be"
            )
        held_until = self._wall() + request.deadline - self._clock()
        return changes.waiting(case, progress, login.row, waiting, held_until=held_until, keys=self._keys)

    async def _hold(self, case: Case, login: Login) -> Step:
        """The request waits. A newer one of its station has the place of those before (D3)."""
        if not self._behaviours.of(case.request.client).holds:
            return await self.undecided(replace(case, step=ANSWER), login, login.row.packet, shows=True)
        held = Held(login, case.request, login.row.packet)
        held.in_line = changes.is_in_line(login.row)
        if login.row.station:
            for older in tuple(login.held):
                if self._holds.release(older):
                    older.answer(SILENCE)
        self._holds.add(held)
        return Step(Hold(held), None)

    async def _accept(self, case: Case, progress: Progress, login: Login | None, accept: Accept) -> Step:
        """Every factor was proved."""
        if login is not None and self.retired:
            # A reload came meanwhile: what is asked for now is the next engine's to say, when the NAS asks again (D18).
            return Step(Discard("reloaded"), None)
        standing, request, entry = self._standing, case.request, case.entry
        if standing.has_blocks(entry):
            refusal = await standing.refusal(request, entry)
            if refusal:
                return await self.refuse(case, progress, login, Refused(refusal, ""))
        place = place_of(request)
        forgets = standing.ends_failures(entry, place)
        if login is None and not progress.informing and not forgets:
            standing.met(entry, place, request.at)
            return Step(accept, case.row("accept", "", progress.trail))
        if login is None and progress.informing:
            case = replace(case, login=case.login or states.new_login())
        change = changes.accepted(case, progress, None if login is None else login.row, accept, keys=self._keys)
        if forgets:
            change = replace(change, forgets=True)
        if change.row is None:
            await self._committing.end(case, change)
        else:
            await self._commit(case, login or Login(replace(change.row, step=UNWRITTEN), entry), change)
        standing.met(entry, place, request.at)
        return Step(accept, None)

    def _stuck(self, case: Case, progress: Progress, stuck: Stuck) -> Step:
        """A factor could not be judged; the login stays as it is."""
        if stuck.overload:
            return Step(Discard("overload"), None)
        return self._refusals.outage(case, stuck.component, stuck.cause, *progress.trail)


OVERTAKEN = Step(Discard("overtaken"), None)  # by another node, which began the same login


def _joins(case: Case, progress: Progress, factor: str) -> str:
    """Whoever proved nothing and names no station joins nobody, and nobody joins them: anybody knows a name (D2, D3)."""
    alone = not progress.proved and not case.request.station
    return case.login if alone else joins_of(case.entry, case.request, factor)


def _named(case: Case) -> Case:
    """With the id of a login of several steps."""
    return case if case.login else Case(case.request, case.entry, case.plan, case.step, states.new_login(), case.packet)


def _counts(verdict: Verdict) -> bool:
    """Whether an answer was wrong, and counts."""
    return isinstance(verdict, Failed | Asked) and bool(verdict.counted)


def _with(case: Case, taken: Taken, turn: Turn, verdict: Verdict) -> Case:
    """The case with the attempt that failed: what it comes to ends it."""
    against = verdict.against if isinstance(verdict, Failed | Asked) else ""
    taken.was(turn.answer, f"{case.login}\0{against}" if against else "")
    return replace(case, attempt=taken)
