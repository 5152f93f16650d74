"""A login stands at a factor: the user is asked, or somebody else, and then the request is answered or held.

Whoever calls with a login holds its lock.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from radiusd.delivery import Fault
from radiusd.delivery.carriers import NotSent
from radiusd.login import changes, states
from radiusd.login.cases import ANSWER, BEGIN, SILENCE, Case, Step
from radiusd.login.changes import Change
from radiusd.login.committing import Committing, Overtaken
from radiusd.login.holds import Holds
from radiusd.login.open_logins import Held, Login
from radiusd.login.progress import Progress, Refused
from radiusd.login.refusals import Refusals, refusal_of
from radiusd.login.refusing import Refusing
from radiusd.login.standing import Standing
from radiusd.login.states import Keys
from radiusd.login.undecided import Undecided
from radiusd.model.access import Hold
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Waiting
from radiusd.rules.texts import Texts
from radiusd.running.stages import in_a_task
from store.logins import Written

# What is done for a name that somebody has takes longer: so the answer waits for a moment that is the same for all (D4).
ALIKE_SECONDS = 1.0  # after which a request is answered that may not be held
WORK_SECONDS = 0.2  # before its answer is due, it is found out what a request is answered
TOO_MANY = "as many messages as an hour allows were sent"
NO_CHALLENGE = "the client can show no (further) Challenge"

OnWith = Passed | Asked | Waiting | Unavailable  # another verdict on the factor: somebody else is to be asked


class Asking:
    """Asks for what a factor needs."""

    def __init__(
        self,
        *,
        holds: Holds,
        standing: Standing,
        committing: Committing,
        undecided: Undecided,
        refusing: Refusing,
        refusals: Refusals,
        texts: Texts,
        keys: Keys,
        login_timeout: float,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._holds = holds
        self._standing = standing
        self._committing = committing
        self._undecided = undecided
        self._refuse = refusing.refuse
        self._refusals = refusals
        self._texts = texts
        self._keys = keys
        self._login_timeout = login_timeout
        self._clock = clock
        self._wall = wall

    async def ask(self, case: Case, progress: Progress, login: Login, asked: Asked | Waiting) -> Step | OnWith:
        """What the request is answered; or a verdict to go on with.

        Raises store.Unavailable and Overtaken.
        """
        while True:
            ready: Change | Refused | Step
            if isinstance(asked, Asked):
                ready = self._challenge(case, progress, login, asked)
                if isinstance(ready, Refused):
                    return await self._refuse(case, progress, login, ready)
                done = await self._committing.commit(case, login, ready)
            else:
                ready = await self._wait(case, progress, login, asked)
                if not isinstance(ready, Change):
                    return ready
                with self._holds.place(case.request, login, unproved=asked.unproved is not None):
                    done = await self._committing.commit(case, login, ready)
            if done.written is Written.TOO_MANY:
                otherwise = asked.otherwise
                if otherwise is not None and not isinstance(otherwise, Failed):
                    asked = otherwise
                    continue
                return await self._refuse(case, progress, login, self._too_many(case, progress, otherwise))
            if done.written is not Written.DONE:
                raise Overtaken
            if done.unsent is not None:
                return await self._not_taken(case, progress, login, asked, done.unsent)
            if ready.answer is not None:
                return Step(ready.answer, ready.told)
            return await self._hold(case, login, unproved=isinstance(asked, Waiting) and asked.unproved is not None)

    def _challenge(self, case: Case, progress: Progress, login: Login, asked: Asked) -> Change | Refused:
        until = login.row.at + self._login_timeout
        if case.behaviour.is_appended(case.plan.methods[progress.remaining[0]]):
            said = f"{asked.prompt}. {self._texts.of('append_code', case.entry.language)}"
            reason = asked.reason or f"{progress.remaining[0]} asks"
            reject, told = refusal_of(self._refusals.refuse_with(case, said, reason, *progress.trail))
            return changes.appended(
                case, progress, login.row, asked, reject=reject, told=told, until=until, keys=self._keys
            )
        if case.behaviour.challenges_left(None if case.step == BEGIN else login.row) == 0:
            return Refused(asked.reason or NO_CHALLENGE, asked.counted)
        return changes.asked(
            case, progress, login.row, asked, challenge=states.new_challenge(), until=until, keys=self._keys
        )

    async def _wait(self, case: Case, progress: Progress, login: Login, waiting: Waiting) -> Change | Step:
        request, behaviour = case.request, case.behaviour
        is_full = behaviour.holds and self._holds.is_full(request, login, behaviour.max_held)
        if waiting.unproved is not None and not self._holds.has_room(request, login, waiting.unproved):
            # What others hold in the user's name keeps nobody out who comes from where the user has been (D4).
            is_full = is_full or not request.station or not await self._standing.knows(case.entry, request.station)
        if is_full:
            text = self._texts.of("busy", case.language)
            return self._refusals.refuse_with(
                case, text, "as many requests are held as max_held says, or as many of one user as may be"
            )
        held_until = self._wall() + request.deadline - self._clock()
        return changes.waiting(case, progress, login.row, waiting, held_until=held_until, keys=self._keys)

    @staticmethod
    def _too_many(case: Case, progress: Progress, otherwise: Failed | None) -> Refused:
        if otherwise is None:
            return Refused(TOO_MANY, "")
        # Whoever types a code behind the password could try it against that text.
        appended = case.behaviour.is_appended(case.plan.methods[progress.remaining[0]])
        return Refused(otherwise.reason, otherwise.counted, "" if appended else otherwise.text)

    async def _not_taken(
        self, case: Case, progress: Progress, login: Login, asked: Asked | Waiting, failed: NotSent
    ) -> Step | OnWith:
        """No carrier took the message."""
        if isinstance(asked, Waiting) and isinstance(asked.otherwise, Waiting):
            return await self._hold(case, login, unproved=False)  # it only reminds
        if failed.fault is Fault.CARRIER:
            # Never where nothing was proved: whoever knows a name alone is sent nothing by two ways.
            if isinstance(asked, Asked) and asked.instead is not None and progress.proved:
                instead = asked.instead(f"{failed.component} is not available: {failed.cause}")
                if instead is not None:
                    return instead
            step = self._refusals.outage(case, failed.component, failed.cause, *progress.trail)
            return await self._give_up(case, login, step)
        factor = progress.remaining[0]
        method = case.plan.methods[factor]
        if not method.immediate:
            await in_a_task()
        verdict = await method.refused(case.turn(factor, "", login.row.memory, login.row), failed.cause)
        if not isinstance(verdict, Failed):
            return verdict
        step = self._refusals.refuse_proved(case, verdict.text, verdict.reason, *progress.trail)
        return await self._give_up(case, login, step)

    async def _give_up(self, case: Case, login: Login, step: Step) -> Step:
        """The login ends, and what was asked of somebody is withdrawn."""
        reject, told = refusal_of(step)
        change = changes.unreachable(login.row, reject, (told,), self._wall())
        await self._committing.commit_unless_overtaken(case, login, change)
        return Step(reject, None)

    async def _hold(self, case: Case, login: Login, *, unproved: bool) -> Step:
        """The request waits. A newer one of its station has the place of those before (D3).

        Where nothing is proved it is answered at a moment that no work of ours moves (D4).
        """
        request, until = case.request, None
        if unproved:
            until = request.deadline
            if not case.behaviour.holds:
                until = min(until, self._clock() + ALIKE_SECONDS - (self._wall() - request.at))
            request = replace(request, deadline=until - WORK_SECONDS)
        elif not case.behaviour.holds:
            return await self._undecided.answer(replace(case, step=ANSWER), login, login.row.packet, shows=True)
        held = Held(login, request, login.row.packet, unproved_until=until)
        held.in_line = changes.is_in_line(login.row)
        if login.row.station:
            for older in tuple(login.held):
                if self._holds.release(older):
                    older.answer(SILENCE)
        self._holds.add(held)
        return Step(Hold(held), None)
