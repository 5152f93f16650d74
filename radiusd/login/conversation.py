"""The login engine: who it is, whether they may, what they must prove, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Coroutine, Hashable
from typing import Any

from msgspec.structs import replace

from radiusd.login import recorded
from radiusd.login.applications import Application, Plan
from radiusd.login.endings import Endings, Overtaken
from radiusd.login.factors import Factors
from radiusd.login.identities import Outage, Unknown
from radiusd.login.lockout import Guard
from radiusd.login.logins import Login, joins_of
from radiusd.login.parts import PASSWORD, Parts
from radiusd.login.progress import Progress
from radiusd.login.recorded import is_marked
from radiusd.login.repeats import Repeats
from radiusd.login.restarting import Restarting
from radiusd.login.resuming import Resuming
from radiusd.login.steps import Case, Step, place_of
from radiusd.model.access import Accept, AccessRequest, Discard, Offered, Outcome, Reject, Reply
from radiusd.model.audit import Row
from radiusd.model.entry import Entry
from radiusd.model.verdict import Passed, Verdict
from radiusd.rules.codes import split_appended
from store import Unavailable

WHY_NOT = {
    Offered.CHAP: "CHAP needs the password in clear text; set the NAS to PAP",
    Offered.MS_CHAP: "MS-CHAP is not accepted over UDP (its hashes are as good as clear text); set the NAS to PAP",
    Offered.EAP: "EAP is not offered; set the NAS to PAP",
    Offered.AUTHORIZE_ONLY: "Authorize-Only without a State of ours",
    Offered.UNREADABLE: "the request has two passwords or two names, or a User-Password of a wrong size",
    Offered.NOTHING: "the request has no password",
}
REPEATED = "repeats an accepted login, of which nothing has changed"
ONLY_PASSWORD = (PASSWORD,)
NO_PLAN = Plan("", (), {}, Reply(), (), "")
DISCARD_AFTER = 2.0  # seconds a component must have been down before `on_outage: discard` keeps silent


class Conversation:
    """One step of one login. One object per configuration; what outlives a step is in the store.

    `repeating` are the applications of which `repeat` may know a login.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        endings = Endings(parts)
        self._factors = Factors(parts, endings)
        self.resuming = Resuming(parts, self._factors, endings)
        self.restarting = Restarting(parts, self.resuming, endings)
        self._endings = endings
        self._guard = Guard(parts.standing)
        self._repeats = Repeats(parts.standing)
        self.repeating = frozenset(
            name for name, application in parts.applications.items() if application.asks(ONLY_PASSWORD)
        )

    def repeat(self, fingerprint: Hashable, at: float, now: float) -> Step | None:
        """What comes of a login that repeats an accepted one while nothing has changed; None: ask `step`.

        `at` is seconds since the epoch, `now` of the loop's clock.
        """
        kept = self._repeats.find(fingerprint, at, now)
        return None if kept is None else Step(kept.accept, (at, *kept.row[1:-2], REPEATED, ""))

    async def step(self, request: AccessRequest) -> Step:
        """The login one step further, and what is to be recorded before the answer leaves.

        Does not suspend where memory has all the answers.
        """
        parts = self._parts
        application = parts.applications[request.application]
        if request.state is None and self._keeps_silent(request, application):
            return Step(Discard("outage"), None)
        if parts.store.down_since() is not None:
            return Step(self.lost(request), None)
        if request.offered is not Offered.PAP and (request.state is None or request.offered is not Offered.NOTHING):
            return parts.refusals.refuse_unknown(request, WHY_NOT[request.offered])
        try:
            if request.state is not None:
                return await self.resuming.answer(request)
            return await self._begin(request, application)
        except Unavailable as gone:
            if gone.overload:
                return Step(Discard("overload"), None)
            return parts.refusals.outage_unknown(request, "database", gone.cause)
        except Overtaken:
            return parts.refusals.refuse_unknown(request, "other requests of this login came first")

    async def _begin(self, request: AccessRequest, application: Application) -> Step:
        parts = self._parts
        entry = await parts.identities.find(application.directories, request.name, request.deadline)
        if not isinstance(entry, Entry):
            if isinstance(entry, Outage):
                if entry.down.overload:
                    return Step(Discard("overload"), None)
                return parts.refusals.outage_unknown(request, entry.down.component, entry.down.cause, entry.trail)
            return await self._unknown(request, application, entry)
        if parts.standing.has_blocks(entry) or not entry.enabled or entry.expires_at is not None:
            refusal = await parts.refusal(request, entry)
            if refusal:
                return parts.refusals.refuse(Case(request, entry, NO_PLAN), refusal)
        plan = application.plan(entry)
        if plan.refusal:
            return parts.refusals.refuse(Case(request, entry, plan), plan.refusal)
        return await self._known(Case(request, entry, plan), application)

    async def _known(self, case: Case, application: Application) -> Step:
        """On with somebody who may sign in, if they prove who they are."""
        parts, request, entry, plan = self._parts, case.request, case.entry, case.plan
        ended = None
        if parts.known.keeps_ended(request.at):
            ended = parts.known.ended_by(recorded.packets_of(parts.keys.records, request))
        if ended is not None:
            step = self._endings.again(replace(case, login=ended.id), Login(ended, entry))
            if step is not None:
                return step
        if plan.factors != ONLY_PASSWORD:
            case = self._split(case)
        lockout = application.lockouts[entry.directory]
        if lockout is None or plan.factors[0] != PASSWORD:
            return await self._prove(case, application)
        known = await parts.standing.knows(entry, place_of(request))
        refusal = await self._guard.refusal(lockout, entry, request.at, known=known)
        if refusal:
            return parts.refusals.refuse(case, refusal)
        with self._guard.judging(entry):
            verdict = await self._judge(case)
            if not isinstance(verdict, Passed):
                return await self._factors.drive(case, _progress(plan), None, verdict)
        return await self._prove(case, application, verdict)

    def _split(self, case: Case) -> Case:
        """Password and code apart, where a code is out and may have been typed behind the password."""
        request, plan, parts = case.request, case.plan, self._parts
        method = plan.methods[plan.factors[1]]
        if plan.factors[0] != PASSWORD or not parts.is_appended(request, method):
            return case
        login = parts.known.joinable(joins_of(case.entry, request, plan.factors[1]))
        if login is None or not login.is_open(request.at):
            return case
        split = split_appended(request.password, method.code_length)
        # The same password again is no password with a code, even if it ends with digits.
        if split is None or is_marked(parts.keys.records, request.password, recorded.proofs_of(login.row).password):
            return case
        return replace(case, request=replace(request, password=split[0], code=split[1]))

    async def _judge(self, case: Case) -> Verdict:
        """The password's verdict."""
        turn = self._parts.turn(case, PASSWORD, case.request.password, "", None)
        return await case.plan.methods[PASSWORD].begin(turn)

    def _prove(self, case: Case, application: Application, verdict: Verdict | None = None) -> Coroutine[Any, Any, Step]:
        plan = case.plan
        if plan.factors != ONLY_PASSWORD:
            return self._factors.drive(case, _progress(plan), None, verdict)
        return self._prove_password(case, application, verdict)

    async def _prove_password(self, case: Case, application: Application, verdict: Verdict | None) -> Step:
        plan = case.plan
        verdict = verdict or await self._judge(case)
        step = await self._factors.drive(case, _progress(plan), None, verdict)
        if isinstance(verdict, Passed) and verdict.remembered and step.row is not None:
            self._keep(case, application, verdict.remembered, step.outcome, step.row)
        return step

    def _keep(self, case: Case, application: Application, remembered: float, outcome: Outcome, row: Row) -> None:
        """An Accept that may be repeated, unless the user's failures or blocks are watched."""
        entry, first = case.entry, application.directories[0]
        # Only of the first directory: a name found further down depends on those before.
        if isinstance(outcome, Accept) and first.name == entry.directory and not self._parts.standing.is_watched(entry):
            self._repeats.keep(case.request.fingerprint, remembered, first, entry, outcome, row)

    async def _unknown(self, request: AccessRequest, application: Application, unknown: Unknown) -> Step:
        for directory in application.directories:
            if await directory.pretend(request.password, request.station, request.deadline) is not None:
                return Step(Discard("overload"), None)
        return self._parts.refusals.refuse_unknown(request, "no such user", unknown.trail)

    def lost(self, request: AccessRequest) -> Reject:
        """The answer where the step could not be recorded, whatever it was."""
        return self._parts.refusals.lost(request)

    def _keeps_silent(self, request: AccessRequest, application: Application) -> bool:
        """Whether silence is due before anything is judged: a component has been down for long enough."""
        if not self._parts.clients[request.client].discard_on_outage:
            return False
        now = self._parts.clock()
        gone = self._parts.store.down_since()
        return (gone is not None and now - gone >= DISCARD_AFTER) or application.down_for(now) >= DISCARD_AFTER


def _progress(plan: Plan) -> Progress:
    return Progress(plan.factors, (), plan.reply)
