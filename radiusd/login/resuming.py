"""Logins that go on: the user answers a Challenge, somebody decides, a hold ends, the server was started again."""

from __future__ import annotations

from functools import partial

import structlog
from msgspec.structs import replace

from radiusd.directories import Directory
from radiusd.login import recorded, states
from radiusd.login.applications import Plan
from radiusd.login.endings import ACCEPTED, Endings, Overtaken
from radiusd.login.factors import Factors
from radiusd.login.holds import Held
from radiusd.login.identities import Outage
from radiusd.login.logins import Login
from radiusd.login.parts import Parts
from radiusd.login.progress import Progress
from radiusd.login.recorded import Outcome, Proofs, outcome_of, proofs_of
from radiusd.login.steps import ANSWER, DECISION, HOLD, Case, Step
from radiusd.model.access import AccessRequest, Challenge, Discard, Reject, Silence
from radiusd.model.entry import Entry
from radiusd.model.verdict import Failed, Waiting
from radiusd.running.stages import TOGETHER
from store import Unavailable, approvals, logins
from store.logins import Advance, Written

log = structlog.get_logger()

TRIES = 3  # against other nodes that step at the same moment
FRESH_SECONDS = 60.0  # for so long an entry that was looked up is taken as it was
AGAIN_SECONDS = 30.0  # for a message that is made again after a start
ENTER_SECONDS = 120.0  # for so long a user is taken to look at the prompt that waits
SILENCE = Step(Silence(), None)


class Resuming:
    """Takes up logins that were left."""

    def __init__(self, parts: Parts, factors: Factors, endings: Endings) -> None:
        self._parts = parts
        self._factors = factors
        self._endings = endings

    async def answer(self, request: AccessRequest) -> Step:
        """A request with a State. Raises store.Unavailable."""
        parts = self._parts
        read = states.read(parts.keys.states, request.state or b"")
        if read is None:
            return parts.refusals.refuse_unknown(request, "the State is not one of ours")
        name, challenge = read
        login = await parts.known.find(name)
        if login is None:
            return parts.refusals.refuse_unknown(request, "the login of the State is not known any more")
        # As it was at the beginning: not every NAS repeats it, and what is asked next must not be another station's.
        if request.station != login.row.station:
            request = replace(request, station=login.row.station)
        async with login.lock:
            if challenge not in login.row.states.split():
                await parts.known.refresh(login)  # another node may have given it out
            for _ in range(TRIES):
                try:
                    return await self._answer(request, login, challenge)
                except Overtaken:
                    continue
        return parts.refusals.refuse_unknown(request, "other requests of this login came first")

    async def _answer(self, request: AccessRequest, login: Login, challenge: str) -> Step:
        parts = self._parts
        case = await self.case_of(request, login, ANSWER)
        if isinstance(case, Step):
            return case
        await TOGETHER
        step = self._endings.again(case, login)
        if step is not None:
            return step
        row = login.row
        if not login.is_open(request.at):
            return parts.refusals.refuse(
                case, f"the login of the State has {'expired' if row.status == 'open' else 'ended'}"
            )
        if challenge not in row.states.split():
            return parts.refusals.refuse(case, "the State was used")
        if (request.client, request.application) != (row.client, row.application) or request.name != row.name:
            return parts.refusals.refuse(case, "the State is of another client's or user's login")
        if row.factor not in case.plan.factors or case.plan.profile != row.profile:
            return await self._endings.refuse(case, login, "the user signs in another way now", "", ())
        refusal = await parts.refusal(request, case.entry)
        if refusal:
            return await self._endings.refuse(case, login, refusal, "", ())
        await TOGETHER
        method = case.plan.methods[row.factor]
        verdict = await method.answer(parts.turn(case, row.factor, request.password, row.memory, login))
        await TOGETHER
        return await self._factors.drive(case, self._progress(case.plan, login), login, verdict)

    @staticmethod
    def _progress(plan: Plan, login: Login) -> Progress:
        remaining = plan.factors[plan.factors.index(login.row.factor) :]
        return Progress(remaining, proofs_of(login.row).trail, plan.reply, 0.0)

    async def case_of(self, request: AccessRequest, login: Login, step: str) -> Case | Step:
        """Whose login it is, looked up again where that was some time ago; or why it can not go on."""
        parts, row = self._parts, login.row
        application = parts.applications.get(row.application)
        if application is None:
            return parts.refusals.refuse_unknown(request, f"there is no application {row.application} any more")
        entry = login.entry
        directory = application.directory(row.directory)
        if entry is None or directory is None or not self._is_fresh(directory, entry, request.at - login.looked_up):
            found = await parts.identities.find(application.directories, row.name, request.deadline)
            if isinstance(found, Outage):
                if found.down.overload:
                    return Step(Discard("overload"), None)
                return parts.refusals.outage_unknown(request, found.down.component, found.down.cause, found.trail)
            if not isinstance(found, Entry) or (found.directory, found.unique_id) != (row.directory, row.unique_id):
                return parts.refusals.refuse_unknown(request, "the user of the login is not there any more")
            entry = login.entry = found
            login.looked_up = request.at
        return Case(request, entry, application.plan(entry), step, row.id)

    @staticmethod
    def _is_fresh(directory: Directory, entry: Entry, age: float) -> bool:
        """Whether the entry needs no look-up. `age` is seconds since its last one."""
        return directory.holds(entry) if directory.remembers else age <= FRESH_SECONDS

    def decided(self, approval: str) -> None:
        """Somebody may have decided; "" where it is not known which."""
        parts = self._parts
        waiting = [parts.known.waiting_for(approval)] if approval else parts.known.waiting()
        for login in waiting:
            # Held or not: its message may still be on its way, and who got it be quicker than who carried it.
            if login is not None:
                parts.background(self._look(login))

    async def _look(self, login: Login) -> None:
        """Asks the method again, for the request that gets the answer: the newest, or the first without a station."""
        parts = self._parts
        async with login.lock:
            if not login.held:
                return
            chosen = login.held[-1] if login.row.station else login.held[0]
            request = replace(chosen.request, at=parts.wall())
            # It is this one that is answered, and by which the answer is known again; not the one that came last.
            login.row = replace(login.row, packet=chosen.packet)
            try:
                step = await self._decided(request, login)
            except Unavailable as gone:
                step = parts.refusals.outage_unknown(request, "database", gone.cause)
            except Overtaken:
                # A newer request at another node has the answer.
                step = SILENCE
            if step is None:
                return
            others = [held for held in login.held if held is not chosen and held.answered is False]
            self._tell(chosen, step)
            if login.row.status == "open" and step is not SILENCE:
                return
            for held in others:
                refused = isinstance(step.outcome, Reject)
                self._tell(held, Step(step.outcome, None) if refused else SILENCE)

    async def _decided(self, request: AccessRequest, login: Login) -> Step | None:
        """None where nothing was decided."""
        parts, row = self._parts, login.row
        case = await self.case_of(request, login, DECISION)
        if isinstance(case, Step):
            return case
        if row.factor not in case.plan.factors or case.plan.profile != row.profile:
            return await self._endings.refuse(case, login, "the user signs in another way now", "", ())
        refusal = await parts.refusal(request, case.entry)
        if refusal:
            return await self._endings.refuse(case, login, refusal, "", ())
        method = case.plan.methods[row.factor]
        verdict = await method.answer(parts.turn(case, row.factor, "", row.memory, login))
        if isinstance(verdict, Waiting):
            return None
        try:
            return await self._factors.drive(case, self._progress(case.plan, login), login, verdict)
        except Overtaken:
            # A refusal goes to all; anything else to the newest request, which is at another node. An approval that it
            # has used by now is no refusal.
            if isinstance(verdict, Failed) and login.row.status != ACCEPTED:
                return parts.refusals.refuse(case, verdict.reason)
            return SILENCE

    def _tell(self, held: Held, step: Step) -> None:
        if self._parts.holds.release(held):
            held.answer(step)

    def ended(self, held: Held) -> None:
        """The NAS is about to give up."""
        self._parts.background(self._end(held))

    async def _end(self, held: Held) -> None:
        parts, login = self._parts, held.login
        async with login.lock:
            if held.answered or held not in login.held:
                return
            newer = login.held[-1] is not held
            if newer and login.row.station:
                # The newer request of that station has the place of this one.
                self._tell(held, SILENCE)
                return
            request = replace(held.request, at=parts.wall())
            try:
                step = await self._undecided(held, request, in_line=login.held[0] is not held or newer)
            except Unavailable as gone:
                step = parts.refusals.outage_unknown(request, "database", gone.cause)
            self._tell(held, step)

    async def _undecided(self, held: Held, request: AccessRequest, *, in_line: bool) -> Step:
        """Nobody has decided: the NAS shows a prompt, if it can, and asks again (D1). The approval stays open."""
        parts, login = self._parts, held.login
        row = login.row
        prompt = outcome_of(row).text
        entry = login.entry
        if entry is None:
            return parts.refusals.refuse_unknown(request, "nobody decided in time")
        case = Case(request, entry, parts.applications[row.application].plan(entry), HOLD, row.id)
        asks = parts.challenges_left(request, login) != 0 and not in_line
        reason = (
            "nobody has decided yet; the user is asked to wait on" if asks else "nobody decided before the NAS gives up"
        )
        if not asks:
            step = parts.refusals.refuse_with(case, prompt, reason)
            assert isinstance(step.outcome, Reject)  # noqa: S101 - what a refusal is
            outcome, good, text = Outcome(recorded.REJECT, step.outcome.text), row.states, step.row
            if in_line:
                return step
        else:
            good = states.new_challenge()
            prompt = f"{prompt.rstrip('.')}. {parts.texts.of('press_enter', entry.language)}"
            step = Step(Challenge(prompt, states.make(parts.keys.states, row.id, good)), None)
            outcome, text = Outcome(recorded.CHALLENGE, prompt, good), case.row("challenge", reason, (reason,))
        proofs = proofs_of(row)
        next_row = replace(row,
            step=row.step + 1, packet=held.packet, states=good, outcome=outcome.json(),
            passed=Proofs(proofs.trail, proofs.password, proofs.challenges + int(asks)).json(),
        )  # fmt: skip
        looked_at_until = parts.wall() + (min(ENTER_SECONDS, max(0.0, row.until - parts.wall())) if asks else 0.0)
        also = partial(approvals.hold_until, approval=row.approval or "", at=looked_at_until)
        audited = () if text is None else (text,)
        if (
            await parts.store.write_jointly(logins.ADVANCE, Advance(next_row, audited, (), (), also))
            is not Written.DONE
        ):
            await parts.known.refresh(login)
            # A newer request at another node has its place, or it was decided there.
            return SILENCE
        parts.known.take(login, next_row)
        return Step(step.outcome, None)
