"""Held logins that go on by themselves: somebody decides, a hold ends, an Accept did not arrive, a client is gone.

Nobody asks here: each finds the requests that it is about, and tells them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, TypeVar

import structlog
from msgspec.structs import replace

from radiusd.login import changes
from radiusd.login.applications import Application
from radiusd.login.behaviours import GONE, Behaviour
from radiusd.login.cases import DECISION, HOLD, SILENCE, Case, Step
from radiusd.login.committing import Committing, Overtaken
from radiusd.login.factors import Factors
from radiusd.login.holds import Holds
from radiusd.login.login_rows import proofs_of
from radiusd.login.open_logins import OPEN, Held, Login, OpenLogins
from radiusd.login.progress import Refused, begun
from radiusd.login.refusals import Refusals
from radiusd.login.resuming import Resuming
from radiusd.login.undecided import Undecided
from radiusd.model.access import AccessRequest, Reject
from radiusd.model.verdict import Failed, Waiting
from radiusd.running.stages import in_a_task
from store import Store, Unavailable, approvals
from store.logins import Written

log = structlog.get_logger()

LOOK_UP_SECONDS = 30.0  # in which the user of an approval that is taken back is looked up again
EVIDENCE_SECONDS = 1.0  # after an Accept, in which it may be told that it did not arrive (D24)
TRIES = 5  # of a step that another node's requests are quicker than
OTHER_DECIDED = "another sign-in of the user's was decided, and this one stood in line"

Done = TypeVar("Done")


class Waking:
    """Takes up logins that were left."""

    def __init__(
        self,
        *,
        store: Store,
        known: OpenLogins,
        holds: Holds,
        committing: Committing,
        factors: Factors,
        undecided: Undecided,
        late: Callable[[Login], Coroutine[Any, Any, None]],
        resuming: Resuming,
        refusals: Refusals,
        behaviours: Mapping[str, Behaviour],
        applications: Mapping[str, Application],
        clock: Callable[[], float],
        wall: Callable[[], float],
        background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._store = store
        self._known = known
        self._holds = holds
        self._committing = committing
        self._factors = factors
        self._undecided = undecided
        self._late = late  # a decision of a login that nobody waits with
        self._resuming = resuming
        self._refusals = refusals
        self._behaviours = behaviours
        self._applications = applications
        self._clock = clock
        self._wall = wall
        self._background = background

    def decided(self, approval: str) -> None:
        """Somebody may have decided; "" where it is not known which."""
        waiting = [self._known.waiting_for(approval)] if approval else self._known.waiting()
        for login in waiting:
            # Held or not: its message may still be on its way, and who got it be quicker than who carried it.
            if login is not None:
                self._background(self._look(login))

    async def _look(self, login: Login) -> None:
        """Asks the method again, for the request that gets the answer: the newest, or the first without a station."""
        async with login.lock:
            if not login.held:
                self._background(self._late(login))
                return
            chosen = self._first(login)
            if chosen is None:
                self._background(self._settle(login))
                return
            request = replace(chosen.request, at=self._wall())
            try:
                step = await _in_its_place(login, partial(self._decided, request, login, chosen.packet))
            except Unavailable as gone:
                step = self._refusals.outage_unknown(request, "database", gone.cause)
            except Overtaken:
                # A newer request at another node has the answer.
                step = SILENCE
            if step is None:
                return
            others = [held for held in login.held if held is not chosen and held.answered is False]
            self._tell(chosen, step)
            if login.row.status == OPEN and step is not SILENCE:
                return
            if isinstance(step.outcome, Reject) or login.row.station:
                for held in others:
                    # A refusal goes to all; anything else to the newest of the station alone (D3).
                    self._tell(held, Step(step.outcome, None) if isinstance(step.outcome, Reject) else SILENCE)
            elif others:
                self._background(self._settle(login))

    def _first(self, login: Login) -> Held | None:
        """Which of this node's is answered; None where the first in line is held by another node (D24)."""
        if login.row.station:
            return login.held[-1]
        proofs = proofs_of(login.row)
        if not proofs.front:
            return login.held[-1]  # of one whose Accept did not arrive the newest takes the place
        front = next((held for held in login.held if held.packet == proofs.front), None)
        if front is None and proofs.front_until > self._wall():
            return None
        return front or login.held[0]

    async def _settle(self, login: Login) -> None:
        """Who stands in line behind a request that was decided is answered, never left in silence (D24)."""
        await asyncio.sleep(EVIDENCE_SECONDS)
        async with login.lock:
            if not login.held:
                return
            try:
                await self._known.refresh(login)
                asked = await self._store.read(partial(approvals.get, approval=login.row.approval or ""))
            except Unavailable:
                return  # each is answered at its deadline
            if login.row.status != OPEN:
                is_refused = asked is not None and asked.status == "refused"
                text = "not_approved" if is_refused else "other_decided"
                for held in tuple(login.held):
                    case = await self._resuming.case_of(held.request, login, HOLD)
                    told = case if isinstance(case, Step) else self._refusals.refuse_proved(case, text, OTHER_DECIDED)
                    self._tell(held, told)
                return
        await self._look(login)

    async def _decided(self, request: AccessRequest, login: Login, packet: str) -> Step | None:
        """None where nothing was decided."""
        row = login.row
        case = await self._resuming.case_of(request, login, DECISION)
        if isinstance(case, Step):
            return case
        case = replace(case, packet=packet)
        refusal = await self._resuming.refusal(case, login)
        if refusal:
            return await self._factors.refuse(case, begun((), case.plan.reply), login, Refused(refusal, ""))
        method = case.plan.methods[row.factor]
        if not method.immediate:
            await in_a_task()
        verdict = await method.answer(case.turn(row.factor, "", row.memory, row))
        if isinstance(verdict, Waiting):
            return None
        progress = self._resuming.progress(case, login)
        try:
            return await self._factors.drive(case, progress, login, row.factor, verdict)
        except Overtaken:
            if _is_line(login):
                raise
            # A refusal goes to all; anything else to the newest request, which is at another node. An approval that it
            # has used by now is no refusal.
            if isinstance(verdict, Failed) and login.row.status != "accepted":
                return self._refusals.refuse_proved(case, verdict.text, verdict.reason)
            return SILENCE

    def _tell(self, held: Held, step: Step, at: float | None = None) -> None:
        if self._holds.release(held):
            self._leaves_line(held)
            held.answer(step, at)

    def _leaves_line(self, held: Held) -> None:
        approval = held.login.row.approval
        if held.in_line and approval is not None:
            self._background(self._committing.leave_line(approval))
        held.in_line = False

    def ended(self, held: Held) -> None:
        """The NAS gives up, or has given up."""
        self._background(self._end(held))

    async def _end(self, held: Held) -> None:
        login = held.login
        async with login.lock:
            if held.answered or held not in login.held:
                return
            if login.held[-1] is not held and login.row.station:
                # The newer request of that station has the place of this one.
                self._tell(held, SILENCE)
                return
            request = replace(held.request, at=self._wall())
            in_line = self._first(login) is not held
            try:
                step = await _in_its_place(login, partial(self._give_up, held, request, in_line=in_line))
            except Unavailable as gone:
                step = self._refusals.outage_unknown(request, "database", gone.cause)
            except Overtaken:
                # A newer request at another node has its place, or it was decided there.
                step = SILENCE
            self._tell(held, step, held.unproved_until)

    async def _give_up(self, held: Held, request: AccessRequest, *, in_line: bool) -> Step:
        """The approval stays open. Who stands in line is refused; the login is the first one's."""
        login = held.login
        application = self._applications.get(login.row.application)
        if login.entry is None or application is None:
            return self._refusals.refuse_unknown(request, "nobody decided in time")
        behaviour = self._behaviours.get(request.client, GONE)
        plan = application.plan(login.entry, request.client, request.at).of(login.row.profile)
        case = Case(request, login.entry, plan, behaviour, HOLD, login.row.id)
        if in_line:
            return self._undecided.not_yet(case, login.row)
        shows = self._clock() >= held.request.deadline  # sooner it has given up: nobody looks at a prompt
        behind = next((other for other in login.held if other is not held), None)
        following = None if behind is None else (behind.packet, self._wall() + behind.request.deadline - self._clock())
        step = await self._undecided.answer(case, login, held.packet, shows=shows, following=following)
        if behind is not None:
            self._leaves_line(behind)
        return step

    def undelivered(self, held: Held) -> None:
        """There is evidence that the Accept of a held request did not arrive (D23)."""
        self._background(self._take_back(held))

    async def _take_back(self, held: Held) -> None:
        login = held.login
        async with login.lock:
            row, now = login.row, self._wall()
            earlier = set(proofs_of(row).factors) - {row.factor}
            if row.status != "accepted" or row.packet != held.packet or row.approval is None or not earlier:
                return
            try:
                reopened = await self._reopen(held, row.approval, now)
            except Unavailable as gone:
                log.warning("an approval was not taken back", login=row.id, cause=gone.cause)
                return
        if reopened is not None:
            await self._look(reopened)

    async def _reopen(self, held: Held, approval: str, now: float) -> Login | None:
        """The login that the approval may let in next; None where it may none."""
        login = held.login
        row = login.row
        asked = await self._store.read(lambda connection: approvals.get(connection, approval))
        case = await self._resuming.case_of(replace(held.request, at=now, deadline=self._clock() + LOOK_UP_SECONDS), login, DECISION)  # fmt: skip
        if asked is None or not asked.late or isinstance(case, Step):
            return None
        write = partial(approvals.take_back, approval=asked.id, used_at=row.until, now=now)
        change = changes.reopened(row, case, approval, now + asked.late, (write,))
        done = await self._committing.commit(case, login, change)
        return login if done.written is Written.DONE else None

    def reloaded(self) -> None:
        """Held requests whose client or application is no more in radius.yaml are answered, and released."""
        for login in self._known.waiting():
            for held in tuple(login.held):
                request = held.request
                if request.application not in self._applications:
                    reason = f"there is no application {request.application} any more"
                elif request.client not in self._behaviours:
                    reason = f"there is no client {request.client} any more"
                else:
                    continue
                self._tell(held, self._refusals.refuse_unknown(replace(request, at=self._wall()), reason))


def _is_line(login: Login) -> bool:
    """Whether its requests stand in line: then the newest has not the place of the others (D24)."""
    return not login.row.station and login.row.status == OPEN


async def _in_its_place(login: Login, work: Callable[[], Awaitable[Done]]) -> Done:
    """What comes of the first in line, also where more have come to stand behind it at another node meanwhile.

    Raises Overtaken where that node decided, or has a newer request of the station.
    """
    for _ in range(TRIES):
        try:
            return await work()
        except Overtaken:
            if not _is_line(login):
                raise
    raise Overtaken
