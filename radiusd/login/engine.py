"""The login engine: who it is, whether they may, what they must prove, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Coroutine, Hashable, Mapping
from functools import partial
from typing import Any, cast

from msgspec.structs import replace

from radiusd.enrollment.remembered import Key
from radiusd.handlers import Unasked
from radiusd.login.applications import LAST_SECONDS, Application, Plan
from radiusd.login.behaviours import GONE, Behaviour
from radiusd.login.cases import Case, Step, place_of
from radiusd.login.committing import Committing, Overtaken
from radiusd.login.course import Course
from radiusd.login.guard import LocksOut
from radiusd.login.identities import Outage, Unknown
from radiusd.login.lasting import Lasting
from radiusd.login.login_rows import PASSWORD, is_marked, packets_of, proofs_of
from radiusd.login.open_logins import Held, joins_of
from radiusd.login.pretending import Pretending, Unnamed, Unwritten, nobody
from radiusd.login.progress import begun
from radiusd.login.refusals import Refusals
from radiusd.login.repeats import Repeats
from radiusd.login.restarting import Restarting
from radiusd.login.states import Keys
from radiusd.login.telling import Telling, Tells
from radiusd.model.access import Accept, AccessRequest, Discard, Offered, Outcome, Reject, Reply
from radiusd.model.audit import Row
from radiusd.model.entry import Entry
from radiusd.model.verdict import Passed
from radiusd.rules.codes import split_appended
from radiusd.rules.texts import Texts
from radiusd.running.stages import in_a_task
from store import Unavailable

WHY_NOT = {
    Offered.CHAP: "CHAP needs the password in clear text; set the NAS to PAP",
    Offered.MS_CHAP: "MS-CHAP is not accepted over UDP (its hashes are as good as clear text); set the NAS to PAP",
    Offered.DIGEST: "a digest needs the password, or MD5 of it; let the NAS look in a table of its own",
    Offered.EAP: "EAP is not offered; set the NAS to PAP",
    Offered.AUTHORIZE_ONLY: "Authorize-Only without a State of ours",
    Offered.UNREADABLE: "the request has two passwords or two names, or a User-Password of a wrong size",
    Offered.NOTHING: "the request has no password",
    Offered.EMPTY: "the User-Password has no octets, and no State came with it",
}
NOT_NEEDED = frozenset({Offered.EMPTY, Offered.NOTHING, Offered.CHAP})  # where nothing that is typed is looked at
REPEATED = "repeats an accepted login, of which nothing has changed"
ONLY_PASSWORD = (PASSWORD,)
NO_PLAN = Plan("", (), {}, Reply(), (), "")
DISCARD_AFTER = 2.0  # seconds a component must have been down before `on_outage: discard` keeps silent


class Engine:
    """One step of one login. One object per configuration; what outlives a step is in the store.

    `repeating` are the applications of which `repeat` may know a login.
    """

    def __init__(
        self,
        lasting: Lasting,
        *,
        applications: Mapping[str, Application],
        behaviours: Mapping[str, Behaviour],
        texts: Texts,
        keys: Keys,
        login_timeout: float,
        tells: Mapping[str, Tells] = {},
    ) -> None:
        """`tells` are the profiles that have somebody told of sign-ins that failed."""
        self._store, self._identities, self._standing = lasting.store, lasting.identities, lasting.standing
        self._attempts = lasting.attempts
        self._known, self._clock = lasting.known, lasting.clock
        self._applications = applications
        self._behaviours = behaviours
        self._keys = keys
        self._refusals = refusals = Refusals(applications, texts)
        course = partial(
            Course, lasting, applications=applications, behaviours=behaviours, refusals=refusals, texts=texts, keys=keys,
            login_timeout=login_timeout, locks_out=self._locks_out,
        )  # fmt: skip
        unwritten = Unwritten(lasting.store, lasting.of_nobody, lasting.sending, lasting.standing)
        told_nothing = Telling({}, unwritten, lasting.clock, lasting.background)
        strangers = course(
            known=lasting.of_nobody, telling=told_nothing, committing=unwritten, identities=Unnamed(lasting.identities)
        )  # fmt: skip
        self._pretending = Pretending(strangers, applications, behaviours, keys)
        self._committing = committing = Committing(lasting.store, lasting.known, lasting.sending, lasting.standing)
        beyond = self._pretending.answer if any(each.pretends for each in applications.values()) else None
        users = course(
            known=lasting.known, telling=Telling(tells, committing, lasting.clock, lasting.background),
            committing=committing, identities=lasting.identities, beyond=beyond,
        )  # fmt: skip
        self._judging, self._factors, self._resuming = users.judging, users.factors, users.resuming
        self.waking, self._of_nobody = users.waking, strangers.waking
        self.restarting = Restarting(lasting.known, committing, self._resuming, lasting.clock, lasting.wall)
        self._repeats = Repeats(lasting.standing)
        self.repeating = frozenset(name for name, each in applications.items() if each.asks(ONLY_PASSWORD))

    def _locks_out(self, case: Case) -> LocksOut | None:
        directory = self._applications[case.request.application].directory(case.entry.directory)
        return directory if directory is not None and directory.locks_out else None

    def retire(self) -> None:
        """Another one is in use; what is under way here lets nobody in any more whom the other one might ask for more."""
        self._factors.retired = True

    def forget(self, user: Key | None) -> None:
        """What signing in means for that user is reckoned anew; None: for everybody."""
        for application in self._applications.values():
            application.forget(user)

    def ended(self, held: Held) -> None:
        """The NAS of a held request gives up, or has given up."""
        (self.waking if held.login.row.directory else self._of_nobody).ended(held)

    def reloaded(self) -> None:
        """This engine is in use: held requests of clients and applications that are no more are answered."""
        self.waking.reloaded()
        self._of_nobody.reloaded()

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
        application = self._applications[request.application]
        if request.state is None and self._keeps_silent(request, application):
            return Step(Discard("outage"), None)
        if self._store.down_since() is not None:
            return Step(self.lost(request), None)
        if request.offered is not Offered.PAP and not _may_go_on(request, application):
            return self._refusals.refuse_unknown(request, WHY_NOT[request.offered])
        try:
            if request.state is not None:
                return await self._resuming.answer(request)
            return await self._begin(request, application)
        except Unavailable as gone:
            if gone.overload:
                return Step(Discard("overload"), None)
            return self._refusals.outage_unknown(request, "database", gone.cause)
        except Overtaken:
            return self._refusals.refuse_unknown(request, "other requests of this login came first")

    async def _begin(self, request: AccessRequest, application: Application) -> Step:
        entry = await self._identities.find(application.directories, request.name, request.deadline)
        if not isinstance(entry, Entry):
            if isinstance(entry, Outage):
                if entry.down.overload:
                    return Step(Discard("overload"), None)
                return self._refusals.outage_unknown(request, entry.down.component, entry.down.cause, entry.trail)
            return await self._unknown(request, application, entry)
        behaviour = self._behaviours.get(request.client, GONE)
        if self._standing.has_blocks(entry) or not entry.enabled or entry.expires_at is not None:
            refusal = await self._standing.refusal(request, entry)
            if refusal:
                if self._known.awaits(entry):
                    await self._committing.end_approvals(entry, request.at)
                return await self._refused(Case(request, entry, NO_PLAN, behaviour), application, refusal)
        plan = application.plan(entry, request.client, request.at)
        if plan.menu is not None:
            plan = plan.shown(behaviour.challenges)
        if plan.refusal:
            return await self._refused(Case(request, entry, plan, behaviour), application, plan.refusal)
        if request.offered is not Offered.PAP and not plan.unproved:
            return self._refusals.refuse(Case(request, entry, plan, behaviour), WHY_NOT[request.offered])
        return await self._known_user(Case(request, entry, plan, behaviour), application)

    async def _refused(self, case: Case, application: Application, why: str) -> Step:
        """Of somebody who may not sign in. Where nothing is to tell who exists, they wait as everybody does (D4)."""
        request = case.request
        seems = ""
        if application.pretends:
            seems = application.pretended_for(application.plan(case.entry, request.client, request.at))
        if seems:
            return await self._pretending.begin(request, seems, why, case.plan.trail)
        return self._refusals.refuse(case, why)

    async def _known_user(self, case: Case, application: Application) -> Step:
        """On with somebody who may sign in, if they prove who they are."""
        request, plan = case.request, case.plan
        ended = None
        if self._known.keeps_ended(request.at):
            ended = self._known.ended_by(packets_of(self._keys.records, request))
        if ended is not None:
            step = self._resuming.ended(case, ended)
            if step is not None:
                return step
        if plan.factors != ONLY_PASSWORD:
            case = self._split(case)
        return await self._prove(case, application)

    def _split(self, case: Case) -> Case:
        """Password and code apart, where a code is out, or an app has one, and it may have been typed behind the password."""
        request, plan = case.request, case.plan
        if len(plan.factors) < 2 or plan.factors[0] != PASSWORD:
            return case
        method = plan.methods[plan.factors[1]]
        if not case.behaviour.is_appended(method):
            return case
        login = self._known.joinable(joins_of(case.entry, request, plan.factors[1]))
        if login is None or not login.is_open(request.at):
            if not method.unasked:
                return case
            login = None
        if method.unasked:
            split = cast("Unasked", method).behind(case.entry, request.password)
        else:
            split = split_appended(request.password, method.code_length)
        if split is None:
            return case
        # The same password again is no password with a code, even if it ends with digits.
        if login is not None and is_marked(self._keys.records, request.password, proofs_of(login.row).password):
            return case
        return replace(case, request=replace(request, password=split[0], code=split[1]))

    def _prove(self, case: Case, application: Application) -> Coroutine[Any, Any, Step]:
        plan = case.plan
        if plan.factors != ONLY_PASSWORD:
            return self._factors.drive(case, begun(plan.factors, plan.reply), None)
        return self._prove_password(case, application)

    async def _prove_password(self, case: Case, application: Application) -> Step:
        plan = case.plan
        judging = self._judging
        case, verdict = judging.recalled(case, None) or await judging.begun(case, PASSWORD, None)
        step = await self._factors.drive(case, begun(plan.factors, plan.reply), None, PASSWORD, verdict)
        if isinstance(verdict, Passed) and verdict.remembered and step.row is not None:
            self._keep(case, application, verdict.remembered, step.outcome, step.row)
        return step

    def _keep(self, case: Case, application: Application, remembered: float, outcome: Outcome, row: Row) -> None:
        """An Accept that may be repeated, unless the user's failures or blocks are watched, or what they may depends on when."""
        entry, first = case.entry, application.directories[0]
        if not isinstance(outcome, Accept) or entry.limits is not None or self._standing.is_watched(entry):
            return
        if entry.expires_at is not None and entry.expires_at - case.request.at < LAST_SECONDS:
            return
        # Only of the first directory: a name found further down depends on those before.
        if first.name == entry.directory:
            self._repeats.keep(case.request.fingerprint, remembered, first, entry, outcome, row)

    async def _unknown(self, request: AccessRequest, application: Application, unknown: Unknown) -> Step:
        """Takes the course that a wrong password of somebody takes, or the one of who is asked none."""
        if application.of_nobody:
            return await self._pretending.begin(request, application.of_nobody, "no such user", unknown.trail)
        if request.offered is not Offered.PAP:
            return self._refusals.refuse_unknown(request, WHY_NOT[request.offered])
        names = [directory.normal(request.name) for directory in application.directories]
        name = next(filter(None, names), request.name)
        password = self._password_of_nobody(request, application)
        taken = await self._attempts.take_of_nobody(name, place_of(request), at=request.at, deadline=request.deadline)
        if not isinstance(taken, str):
            with taken:
                for directory in application.directories:
                    if not directory.immediate:
                        await in_a_task()
                    if await directory.pretend(name, password, request.station, request.deadline) is not None:
                        return Step(Discard("overload"), None)
                taken.failed_for_nobody(password)
        return self._refusals.refuse_unknown(request, "no such user", unknown.trail)

    def _password_of_nobody(self, request: AccessRequest, application: Application) -> str:
        """What would be judged as the password of a user: of many codes behind one password, that one password."""
        method = application.behind_password
        if method is None or not method.unasked or not self._behaviours.get(request.client, GONE).is_appended(method):
            return request.password
        entry = nobody(application.directories, request.name)
        split = cast("Unasked", method).behind(entry, request.password)
        return request.password if split is None else split[0]

    def lost(self, request: AccessRequest) -> Reject:
        """The answer where the step could not be recorded, whatever it was."""
        return self._refusals.lost(request)

    def _keeps_silent(self, request: AccessRequest, application: Application) -> bool:
        """Whether silence is due before anything is judged: a component has been down for long enough."""
        if not self._behaviours.get(request.client, GONE).discard_on_outage:
            return False
        now = self._clock()
        gone = self._store.down_since()
        return (gone is not None and now - gone >= DISCARD_AFTER) or application.down_for(now) >= DISCARD_AFTER


def _may_go_on(request: AccessRequest, application: Application) -> bool:
    """Whether a request without a password that can be judged may: as the answer to a Challenge, or where none is asked."""
    if request.state is not None:
        return request.offered is Offered.NOTHING
    return application.pretends and request.offered in NOT_NEEDED
