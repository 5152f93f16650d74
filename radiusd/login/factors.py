"""The factors of one login, one after the other: begun, joined, asked again, waited for.

Whoever calls with a login holds its lock.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, assert_never

from msgspec.structs import replace

from radiusd.login import recorded, states
from radiusd.login.endings import Endings, Overtaken
from radiusd.login.holds import Held
from radiusd.login.logins import OPEN, Login, joins_of
from radiusd.login.parts import PASSWORD, Parts
from radiusd.login.progress import Begin, Progress, Refused, Stuck, advance
from radiusd.login.recorded import Outcome, Proofs, is_marked, mark_of, packet_of, proofs_of
from radiusd.login.standing import Counted
from radiusd.login.steps import BEGIN, Case, Step, place_of
from radiusd.model.access import Accept, Challenge, Discard, Hold, Reject
from radiusd.model.message import Message
from radiusd.model.verdict import Asked, Failed, Verdict, Waiting
from radiusd.running.stages import TOGETHER
from store import Connection, approvals, logins
from store.databases.rows import Row
from store.logins import Advance, Opening, Written
from store.records import LoginRow

TOO_MANY = "as many messages as an hour allows were sent"
NO_CHALLENGE = "the client can show no (further) Challenge"
UNWRITTEN = 0  # the step of a login that is not in the database yet
STATES_KEPT = 8  # of one login that was joined again and again
TRIES = 3  # of joining what another node begins and ends at the same moment


class Factors:
    """Proves what a plan asks for."""

    def __init__(self, parts: Parts, endings: Endings) -> None:
        self._parts = parts
        self._endings = endings

    async def drive(
        self, case: Case, progress: Progress, login: Login | None, verdict: Verdict | None = None, tries: int = TRIES
    ) -> Step:
        """On from that verdict, or from the next factor's beginning, until something is to be answered.

        Does not suspend where memory has all the answers. Raises store.Unavailable.
        """
        while True:
            factor = progress.remaining[0]
            if verdict is None:
                if factor != PASSWORD:
                    await TOGETHER
                    step = await self._join(case, progress, factor, login)
                    if step is not None:
                        return step
                    if self._parts.is_shut(case, factor):
                        return await self._endings.refuse(case, login, NO_CHALLENGE, "", progress.passed)
                    if not case.login:
                        case = Case(case.request, case.entry, case.plan, case.step, states.new_login())
                method = case.plan.methods[factor]
                verdict = await method.begin(self._parts.turn(case, factor, case.request.password, "", login))
                await TOGETHER
            progress, following = advance(progress, verdict)
            match following:
                case Begin():
                    verdict = None
                case Accept():
                    return await self._endings.accept(case, progress, login, following)
                case Asked() | Waiting():
                    return await self._stand(case, progress, login, following, tries)
                case Refused():
                    return await self._endings.refuse(
                        case, login, following.reason, following.counted, progress.passed, case.request.password
                    )
                case Stuck():
                    return self._endings.stuck(case, progress, following)
                case _:
                    assert_never(following)

    async def _join(
        self, case: Case, progress: Progress, factor: str, mine: Login | None, tries: int = TRIES
    ) -> Step | None:
        """What comes of joining a login that stands at that factor for the same user, station, client and application.

        Its earlier factors were all passed again by this request (D3). None where there is none.
        """
        parts, request = self._parts, case.request
        joins = joins_of(case.entry, request, factor)
        found = parts.known.joinable(joins)
        if found is None and mine is not None:
            # Of another node, or one whose time is up: who opens a login meets it, who takes a step must look.
            found = await parts.known.find_joinable(joins)
        if found is None or found is mine:
            return None
        async with found.lock:
            if not found.is_open(request.at) or found.row.joins != joins or not self._same(case, found, mine):
                await self._close(found)
                return None
            if mine is not None:
                await self._close(mine)
            case = replace(case, login=found.row.id)
            found.entry, found.looked_up = case.entry, request.at
            memory = found.row.memory
            method = case.plan.methods[factor]
            verdict: Verdict
            if found.unsent:
                found.unsent = False
                verdict = await method.again(parts.turn(case, factor, "", memory, found))
            elif found.row.approval is not None:
                verdict = await method.answer(parts.turn(case, factor, "", memory, found))
                if isinstance(verdict, Failed):
                    # Refused or lapsed while nobody waited: whether somebody is asked anew is the method's to say.
                    await self._close(found)
                    return None
            elif parts.is_appended(request, method):
                # The password alone is what an empty answer is to a NAS that shows Challenges.
                verdict = await method.answer(parts.turn(case, factor, request.code, memory, found))
            else:
                # The code that was sent stays the code: only the State is new.
                verdict = await method.remind(parts.turn(case, factor, "", memory, found))
            try:
                return await self.drive(case, progress, found, verdict)
            except Overtaken:
                if tries == 0:
                    raise
        return await self._join(replace(case, login=""), progress, factor, mine, tries - 1)

    def _same(self, case: Case, found: Login, mine: Login | None) -> bool:
        """Whether what was proved for that login holds still: the password has not been changed since."""
        proofs = proofs_of(found.row)
        if found.row.profile != case.plan.profile:
            return False
        if mine is not None:
            return proofs.password == proofs_of(mine.row).password
        return not proofs.password or is_marked(self._parts.keys.records, case.request.password, proofs.password)

    async def _close(self, login: Login) -> None:
        """Ends a login that nothing will come of; whatever still waits for it is silenced."""
        parts = self._parts
        row = login.row
        if row.status == OPEN:
            ended = replace(row, joins=None, step=row.step + 1, status="ended", states="", until=parts.wall())
            if await parts.store.write_jointly(logins.ADVANCE, Advance(ended, ())) is Written.DONE:
                parts.known.take(login, ended)
                if row.approval is not None:
                    approval, now = row.approval, parts.wall()
                    await parts.store.write(lambda connection: approvals.withdraw(connection, approval, now))
                return
        await parts.known.refresh(login)

    async def _begin(self, case: Case, progress: Progress, following: Asked | Waiting, tries: int) -> Step:
        """A login that takes several steps begins."""
        parts, request = self._parts, case.request
        joins = joins_of(case.entry, request, progress.remaining[0])
        if tries and parts.known.joinable(joins) is not None:
            # Begun by another request while this one was judged.
            return await self.drive(replace(case, login="", step=BEGIN), progress, None, None, tries - 1)
        mark = mark_of(parts.keys.records, request.password) if PASSWORD in case.plan.factors else ""
        row = self._endings.row(case, OPEN, joins, request.at, None, Proofs((), mark).json())
        login = Login(row, case.entry)
        # Known before it is written, so that what comes meanwhile waits for its lock.
        parts.known.add(login)
        try:
            async with login.lock:
                step = await self._stand(case, progress, login, following, tries)
        finally:
            if login.row.step == UNWRITTEN:
                parts.known.drop(login)
                login.row = replace(row, status="ended")
        if step is not OVERTAKEN:
            return step
        if tries == 0:
            return parts.refusals.outage(case, "database", "another node was faster, again and again", *progress.passed)
        await parts.known.find_joinable(joins)
        return await self.drive(replace(case, login="", step=BEGIN), progress, None, None, tries - 1)

    def _stand(
        self, case: Case, progress: Progress, login: Login | None, following: Asked | Waiting, tries: int
    ) -> Coroutine[Any, Any, Step]:
        if login is None:
            return self._begin(case, progress, following, tries)
        if isinstance(following, Asked):
            return self._ask(case, progress, login, following)
        return self._wait(case, progress, login, following)

    async def _ask(self, case: Case, progress: Progress, login: Login, asked: Asked) -> Step:
        parts, request = self._parts, case.request
        appended = parts.is_appended(request, case.plan.methods[progress.remaining[0]])
        if not appended and parts.challenges_left(request, login) == 0:
            mine = None if login.row.step == UNWRITTEN else login
            reason = asked.reason or NO_CHALLENGE
            return await self._endings.refuse(case, mine, reason, asked.counted, progress.passed, request.password)
        await TOGETHER
        challenge = states.new_challenge()
        good = challenge
        joined = case.step == BEGIN and login.row.step != UNWRITTEN and login.row.factor == progress.remaining[0]
        if joined:
            # Whoever got an earlier State has a code that is still good.
            good = " ".join([*login.row.states.split()[1 - STATES_KEPT :], challenge])
        made = () if asked.message is None else (asked.message,)
        until = min(asked.until, login.row.at + parts.login_timeout)
        reason = asked.reason or f"{progress.remaining[0]} asks"
        if appended:
            said = f"{asked.prompt}. {parts.texts.of('append_code', case.entry.language)}"
            ready = parts.refusals.refuse_with(case, said, reason, *progress.passed)
            assert isinstance(ready.outcome, Reject)  # noqa: S101 - what a refusal is
            outcome = Outcome(recorded.REJECT, ready.outcome.text)
            row = self._next(case, progress, login, until, asked.memory, outcome, challenges=1)
            step = await self._write(case, progress, login, row, made, (), asked.counted)
            return ready if step is None else step
        outcome = Outcome(recorded.CHALLENGE, asked.prompt, challenge)
        row = self._next(case, progress, login, until, asked.memory, outcome, good=good, challenges=1)
        audited = (case.row("challenge", reason, (*progress.passed, reason)),)
        step = await self._write(case, progress, login, row, made, audited, asked.counted)
        if step is not None:
            return step
        await TOGETHER
        return Step(Challenge(asked.prompt, states.make(parts.keys.states, row.id, challenge)), None)

    async def _wait(self, case: Case, progress: Progress, login: Login, waiting: Waiting) -> Step:
        parts, request = self._parts, case.request
        if parts.holds.of_client(request.client) >= parts.clients[request.client].max_held:
            text = parts.texts.of("busy", case.entry.language)
            return parts.refusals.refuse_with(case, text, "as many requests of the client are held as max_held says")
        held_until = parts.wall() + request.deadline - parts.clock()
        late = login.row.until - waiting.until if waiting.asked is None else waiting.asked.late
        until = waiting.until + max(0.0, late)
        outcome = Outcome(recorded.HOLD, waiting.prompt)
        row = self._next(case, progress, login, until, waiting.memory, outcome, approval=waiting.approval)
        asked = ", ".join(message.content.recipient for message in waiting.messages)
        reason = f"asked {asked}" if asked else "waits for a decision"
        audited = (case.row("waiting", reason, (*progress.passed, reason)),)
        also: Callable[[Connection], object]
        if waiting.asked is None:
            also = partial(approvals.hold_until, approval=waiting.approval, at=held_until)
        else:
            also = self._endings.asking(case, waiting.asked, held_until)
        step = await self._write(case, progress, login, row, waiting.messages, audited, also=also)
        if step is not None:
            return step
        held = Held(login, request, row.packet)
        parts.holds.add(held)
        return Step(Hold(held), None)

    def _next(
        self, case: Case, progress: Progress, login: Login, until: float, memory: str, outcome: Outcome,
        *, good: str = "", approval: str | None = None, challenges: int = 0,
    ) -> LoginRow:  # fmt: skip
        """The login's next row. `good` are its States, `challenges` how many it sends now."""
        request, factor = case.request, progress.remaining[0]
        before = proofs_of(login.row)
        proofs = Proofs(progress.passed, before.password, before.challenges + challenges)
        row = login.row
        return replace(
            row,
            until=until,
            joins=joins_of(case.entry, row, factor),
            step=row.step + 1,
            factor=factor,
            passed=proofs.json(),
            memory=memory,
            states=good,
            packet=packet_of(self._parts.keys.records, request) if request.octets else row.packet,
            outcome=outcome.json(),
            approval=approval,
        )

    async def _write(
        self, case: Case, progress: Progress, login: Login, row: LoginRow, made: tuple[Message, ...],
        audited: tuple[Row, ...], counted: str = "", also: Callable[[Connection], object] | None = None,
    ) -> Step | None:  # fmt: skip
        """Commits the row and what goes with it, then sends. None where all was done; else what is in its way."""
        parts = self._parts
        await TOGETHER
        written = parts.sending.written(case, made, row.until)
        limits = parts.sending.limits(case, made)
        lately = parts.sending.lately
        outcome, count = Written.TOO_MANY, None
        if lately is None or lately.take(limits):
            left = limits if lately is None else ()
            try:
                if login.row.step == UNWRITTEN:
                    outcome = await parts.store.write_jointly(logins.OPEN, Opening(row, audited, written, left, also))
                elif counted:
                    outcome, count = await parts.store.write(
                        partial(self._counted, case, Advance(row, audited, written, left, also), counted)
                    )
                else:
                    outcome = await parts.store.write_jointly(
                        logins.ADVANCE, Advance(row, audited, written, left, also)
                    )
            finally:
                if lately is not None and outcome is not Written.DONE:
                    lately.give_back(limits)
        if count is not None:
            parts.standing.failed(case.entry, place_of(case.request), count)
        if outcome is Written.DONE:
            parts.known.take(login, row)
            await TOGETHER
            return await self._send(case, progress, login, [row.id for row in written], made) if made else None
        if login.row.step == UNWRITTEN:
            return OVERTAKEN if outcome is Written.LATE else parts.refusals.refuse(case, TOO_MANY, *progress.passed)
        if outcome is Written.LATE:
            await self._endings.overtaken(login)
        return await self._endings.refuse(case, login, TOO_MANY, "", progress.passed)

    def _counted(
        self, case: Case, advance: Advance, kind: str, connection: Connection
    ) -> tuple[Written, Counted | None]:
        outcome = logins.advance_all(connection, [advance])[0]
        if outcome is not Written.DONE:
            return outcome, None
        return outcome, self._endings.count(connection, case, kind, case.request.password)

    async def _send(
        self, case: Case, progress: Progress, login: Login, keys: list[str], made: tuple[Message, ...]
    ) -> Step | None:
        """None where a carrier took it; else the login has ended."""
        parts = self._parts
        failed = await parts.sending.send(list(zip(keys, made, strict=True)), case.request.deadline)
        if failed is None:
            return None
        step = parts.refusals.outage(case, failed.component, failed.cause, *progress.passed)
        return await self._endings.give_up(login, step)


OVERTAKEN = Step(Discard("overtaken"), None)  # by another node, which began the same login
