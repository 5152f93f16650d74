"""One step of one login: who it is, whether they may, what they must prove, and what is recorded of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import NamedTuple, assert_never

import structlog

from radiusd.audit import Row, detail_of, row_of
from radiusd.login.applications import Application, Plan
from radiusd.login.identities import Identities, Outage, Unknown
from radiusd.login.lockout import Guard
from radiusd.login.progress import Ask, Begin, Progress, Refused, Stuck, Wait, advance
from radiusd.login.repeats import Repeats
from radiusd.login.standing import Counted, Standing
from radiusd.model.access import Accept, AccessRequest, Discard, Offered, Outcome, Reject
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.rules.references import reference
from radiusd.texts import Texts
from store import Connection, Store, Unavailable, audit

log = structlog.get_logger()

WHY_NOT = {
    Offered.CHAP: "CHAP needs the password in clear text; set the NAS to PAP",
    Offered.MS_CHAP: "MS-CHAP is not accepted over UDP (its hashes are as good as clear text); set the NAS to PAP",
    Offered.EAP: "EAP is not offered; set the NAS to PAP",
    Offered.AUTHORIZE_ONLY: "Authorize-Only without a State of ours",
    Offered.UNREADABLE: "the request has two passwords or two names, or a User-Password of a wrong size",
    Offered.NOTHING: "the request has no password",
}
REPEATED = "repeats an accepted login, of which nothing has changed"
DISCARD_AFTER = 2.0  # seconds a component must have been down before `on_outage: discard` keeps silent


NOTHING: Mapping[str, str] = MappingProxyType({})


class Step(NamedTuple):
    """What comes of a step. `row` must be committed before the answer leaves; None where that was done, or is not due."""

    outcome: Outcome
    row: Row | None


def place_of(request: AccessRequest) -> str:
    """What failures and blocks are counted by: the station, or the client where the NAS does not name one."""
    return request.station or request.client


class Behaviour(NamedTuple):
    """What of a client's settings the engine follows."""

    discard_on_outage: bool


class Conversation:
    """The login engine. One object per configuration; what outlives a step is in the store."""

    def __init__(
        self,
        *,
        store: Store,
        applications: Mapping[str, Application],
        clients: Mapping[str, Behaviour],
        identities: Identities,
        standing: Standing,
        texts: Texts,
        digest_key: bytes,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._applications = applications
        self._clients = clients
        self._identities = identities
        self._standing = standing
        self._guard = Guard(standing)
        self._repeats = Repeats(standing)
        self._texts = texts
        self._digest_key = digest_key
        self._clock = clock

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
        if self._keeps_silent(request, application):
            return Step(Discard("outage"), None)
        if self._store.down_since() is not None:
            return Step(self.lost(request), None)
        if request.state is not None:
            return self._refuse(request, "the State is unknown, used or expired")
        if request.offered is not Offered.PAP:
            return self._refuse(request, WHY_NOT[request.offered])
        try:
            return await self._begin(request, application)
        except Unavailable as gone:
            return self._outage(request, "database", gone.cause)

    async def _begin(self, request: AccessRequest, application: Application) -> Step:
        entry = await self._identities.find(application.directories, request.name, request.deadline)
        if not isinstance(entry, Entry):
            if isinstance(entry, Outage):
                if entry.down.overload:
                    return Step(Discard("overload"), None)
                return self._outage(request, entry.down.component, entry.down.cause, trail=entry.trail)
            return await self._unknown(request, application, entry)
        if self._standing.has_blocks(entry):
            place = place_of(request)
            block = self._standing.block_of(entry, place, await self._standing.knows(entry, place), request.at)
            if block is not None:
                return self._refuse(request, f"blocked: {block.reason}", entry)
        if not entry.enabled:
            return self._refuse(request, "the user is disabled", entry)
        if entry.expires_at is not None and entry.expires_at <= request.at:
            return self._refuse(request, "the user's account has expired", entry)
        plan = application.plan(entry)
        if plan.refusal:
            return self._refuse(request, plan.refusal, entry, trail=plan.trail)
        lockout = application.lockouts[entry.directory]
        if lockout is None:
            return await self._prove(request, entry, plan)
        known = await self._standing.knows(entry, place_of(request))
        refusal = await self._guard.refusal(lockout, entry, request.at, known=known)
        if refusal:
            return self._refuse(request, refusal, entry, plan)
        with self._guard.judging(entry):
            return await self._prove(request, entry, plan)

    async def _prove(self, request: AccessRequest, entry: Entry, plan: Plan) -> Step:
        progress = Progress(plan.factors, (), plan.reply)
        factor = plan.factors[0]
        while True:
            turn = Turn(
                "",
                entry,
                request.password,
                request.client,
                request.application,
                plan.profile,
                request.station,
                NOTHING,
                request.at,
                request.deadline,
            )
            progress, following = advance(progress, await plan.methods[factor].begin(turn))
            match following:
                case Accept():
                    row = row_of(request, "accept", "", entry, plan.profile, detail_of(plan.trail, progress.passed))
                    if not self._standing.is_watched(entry):
                        self._standing.met(entry, place_of(request), request.at)
                        first = self._applications[request.application].directories[0]
                        # Only of the first directory: a name found further down depends on those before.
                        if progress.remembered and first.name == entry.directory:
                            self._repeats.keep(request.fingerprint, progress.remembered, first, entry, following, row)
                        return Step(following, row)
                    return await self._accept(request, entry, following, row)
                case Begin(factor):
                    continue
                case Refused(reason, counted):
                    return await self._failed(request, entry, plan, progress, reason, counted)
                case Stuck(component, cause, overload):
                    if overload:
                        return Step(Discard("overload"), None)
                    return self._outage(request, component, cause, entry, plan)
                case Ask() | Wait():
                    return self._refuse(request, f"{factor} asks, which is not active yet", entry, plan)
                case _:
                    assert_never(following)

    async def _accept(self, request: AccessRequest, entry: Entry, accept: Accept, row: Row) -> Step:
        """An Accept of a user with failures or blocks, unless a block was made while the user was judged."""
        place = place_of(request)
        if self._standing.has_blocks(entry):
            block = self._standing.block_of(entry, place, await self._standing.knows(entry, place), request.at)
            if block is not None:
                return self._refuse(request, f"blocked: {block.reason}", entry)
        self._standing.met(entry, place, request.at)
        if not self._standing.ends_failures(entry, place):
            return Step(accept, row)

        def record(connection: Connection) -> None:
            self._standing.succeed(connection, entry, place)
            audit.insert(connection, row)

        await self._store.write(record)
        self._standing.succeeded(entry, place)
        return Step(accept, None)

    async def _failed(
        self, request: AccessRequest, entry: Entry, plan: Plan, progress: Progress, reason: str, counted: str
    ) -> Step:
        if not counted:
            return self._refuse(request, reason, entry, plan, passed=progress.passed)
        ref = reference()
        lockout = self._applications[request.application].lockouts[entry.directory]
        digest = hashlib.blake2b(
            request.password.encode("utf-8", "surrogatepass"), key=self._digest_key, digest_size=16
        ).hexdigest()

        def record(connection: Connection) -> Counted:
            count = self._standing.fail(connection, entry, place_of(request), counted, digest, request.at, lockout)
            told = detail_of(plan.trail, progress.passed, (reason, *count.told()))
            audit.insert(connection, row_of(request, "reject", reason, entry, plan.profile, told, ref))
            return count

        self._standing.failed(entry, place_of(request), await self._store.write(record))
        return Step(Reject(self._text(request, ref)), None)

    async def _unknown(self, request: AccessRequest, application: Application, unknown: Unknown) -> Step:
        for directory in application.directories:
            if await directory.pretend(request.password, request.station, request.deadline) is not None:
                return Step(Discard("overload"), None)
        return self._refuse(request, "no such user", trail=unknown.trail)

    def _refuse(
        self,
        request: AccessRequest,
        reason: str,
        entry: Entry | None = None,
        plan: Plan | None = None,
        *,
        trail: tuple[str, ...] = (),
        passed: tuple[str, ...] = (),
    ) -> Step:
        ref = reference()
        told = detail_of(plan.trail if plan else (), trail, (*passed, reason))
        row = row_of(request, "reject", reason, entry, plan.profile if plan else "", told, ref)
        return Step(Reject(self._text(request, ref)), row)

    def _outage(
        self,
        request: AccessRequest,
        component: str,
        cause: str,
        entry: Entry | None = None,
        plan: Plan | None = None,
        *,
        trail: tuple[str, ...] = (),
    ) -> Step:
        ref = reference()
        reason = f"{component} is not available: {cause}"
        row = row_of(
            request,
            "reject",
            reason,
            entry,
            plan.profile if plan else "",
            detail_of(plan.trail if plan else (), trail, (reason,)),
            ref,
        )
        return Step(Reject(self._texts.outage(component, ref)), row)

    def lost(self, request: AccessRequest) -> Reject:
        """The answer where the step could not be recorded, whatever it was. The reference is in the log alone."""
        ref = reference()
        log.warning(
            "sign-in refused",
            ref=ref,
            client=request.client,
            user=request.name,
            station=request.station,
            reason="the database is not available",
        )
        return Reject(self._texts.outage("database", ref))

    def _keeps_silent(self, request: AccessRequest, application: Application) -> bool:
        """Whether silence is due before anything is judged: a component has been down for long enough."""
        if not self._clients[request.client].discard_on_outage:
            return False
        now = self._clock()
        gone = self._store.down_since()
        return (gone is not None and now - gone >= DISCARD_AFTER) or application.down_for(now) >= DISCARD_AFTER

    def _text(self, request: AccessRequest, ref: str) -> str:
        down = self._applications[request.application].down()
        return self._texts.refused(ref) if down is None else self._texts.outage(down.component, ref)
