"""How a login ends: accepted, refused, or stuck; and what is recorded of that.

Whoever calls with a login holds its lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from msgspec.structs import replace

from radiusd.login import recorded, states
from radiusd.login.logins import Login
from radiusd.login.parts import Parts
from radiusd.login.progress import Progress, Stuck, accepted_before
from radiusd.login.recorded import Outcome, outcome_of, packet_of, packets_of
from radiusd.login.standing import Counted
from radiusd.login.steps import Case, Step, place_of
from radiusd.model.access import Accept, Challenge, Discard, Reject
from radiusd.model.approval import Approval
from radiusd.model.message import Message
from radiusd.running.stages import TOGETHER
from store import Connection, approvals, audit, logins
from store.databases.rows import Row
from store.logins import Advance, Opening, Written
from store.records import ApprovalRow, LinkRow, LoginRow, LoginStatus, MessageRow

ACCEPTED: LoginStatus = "accepted"
REFUSED: LoginStatus = "refused"


class Overtaken(Exception):
    """Another step of the login was written first, by another node or at the same moment; what is known of it is fresh."""


class Endings:
    """Ends logins of one step and of several."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def accept(self, case: Case, progress: Progress, login: Login | None, accept: Accept) -> Step:
        """Every factor was proved. Raises store.Unavailable."""
        parts, request = self._parts, case.request
        if parts.standing.has_blocks(case.entry):
            refusal = await parts.refusal(request, case.entry)
            if refusal:
                return await self.refuse(case, login, refusal, "", progress.passed)
        place = place_of(request)
        forgets = parts.standing.ends_failures(case.entry, place)
        if login is None and not progress.informing:
            row = case.row("accept", "", progress.passed)
            if not forgets:
                parts.standing.met(case.entry, place, request.at)
                return Step(accept, row)
            await parts.store.write(lambda connection: self._forget(connection, case, row))
        else:
            step = await self._accept_login(case, progress, login, forgets)
            if step is not None:
                return step
        parts.standing.met(case.entry, place, request.at)
        if forgets:
            parts.standing.succeeded(case.entry, place)
        return Step(accept, None)

    def _forget(self, connection: Connection, case: Case, row: Row) -> None:
        self._parts.standing.succeed(connection, case.entry, place_of(case.request))
        audit.insert(connection, row)

    async def _accept_login(self, case: Case, progress: Progress, login: Login | None, forgets: bool) -> Step | None:
        """None where it was written as accepted; else what came before."""
        parts, request = self._parts, case.request
        if login is None:
            case = replace(case, login=case.login or states.new_login())
        further: list[Callable[[Connection], object]] = []
        if forgets:
            further.append(lambda c: parts.standing.succeed(c, case.entry, place_of(request)))
        audited = (case.row("accept", "", progress.passed),)
        sent: tuple[MessageRow, ...] = ()
        informing: list[tuple[str, Message]] = []
        approval = login.row.approval if login is not None else None
        if approval is not None:
            used = approval
            further.append(lambda c: approvals.mark_used(c, used, request.at))
        for verdict in progress.informing:
            written = parts.sending.written(case, verdict.messages, parts.sending.informs_until(request.at))
            sent += written
            informing += zip((row.id for row in written), verdict.messages, strict=True)
            if verdict.told is not None:
                approval = approval or verdict.told.id
                further.append(self.asking(case, verdict.told, request.at))
        also = _all(further)
        if login is None:
            passed = recorded.Proofs(progress.passed).json()
            row = replace(
                self.row(case, ACCEPTED, None, request.at, approval, passed),
                step=1,
                outcome=Outcome(recorded.ACCEPT).json(),
            )
            written_as = await parts.store.write_jointly(logins.OPEN, Opening(row, audited, sent, (), also))
        else:
            await TOGETHER
            row = self._ended(login, case, ACCEPTED, Outcome(recorded.ACCEPT))
            if approval != row.approval:
                row = replace(row, approval=approval)
            written_as = await parts.store.write_jointly(logins.ADVANCE, Advance(row, audited, sent, (), also))
            if written_as is not Written.DONE:
                await self.overtaken(login)
            parts.known.take(login, row)
            await TOGETHER
        parts.sending.inform(informing, parts.sending.informs_until(request.at))
        return None

    def stuck(self, case: Case, progress: Progress, stuck: Stuck) -> Step:
        """A factor could not be judged; the login stays as it is."""
        if stuck.overload:
            return Step(Discard("overload"), None)
        return self._parts.refusals.outage(case, stuck.component, stuck.cause, *progress.passed)

    async def refuse(
        self, case: Case, login: Login | None, reason: str, counted: str, passed: tuple[str, ...], answer: str = ""
    ) -> Step:
        """The login ends. `counted`: as which kind of failure; `answer` is what was wrong. Raises store.Unavailable."""
        parts = self._parts
        step = parts.refusals.refuse(case, reason, *passed)
        if login is None and not counted:
            return step
        assert isinstance(step.outcome, Reject)  # noqa: S101 - what a refusal is
        text = step.outcome.text
        ref = text[-8:]
        row = None if login is None else self._ended(login, case, REFUSED, Outcome(recorded.REJECT, text))

        def record(connection: Connection) -> Counted | bool | None:
            if row is not None and logins.advance_all(connection, [Advance(row)]) != [Written.DONE]:
                return False
            count = self.count(connection, case, counted, answer) if counted else None
            told = count.told() if count is not None else ()
            audit.insert(connection, case.row("reject", reason, (*passed, reason, *told), ref))
            return count

        count = await parts.store.write(record)
        if count is False and login is not None:
            await self.overtaken(login)
        if isinstance(count, Counted):
            parts.standing.failed(case.entry, place_of(case.request), count)
        if login is not None and row is not None:
            parts.known.take(login, row)
        return Step(step.outcome, None)

    async def give_up(self, login: Login, step: Step) -> Step:
        """The login ends since what it needs is not to be had; `step` says so. Raises store.Unavailable."""
        parts, row = self._parts, login.row
        assert isinstance(step.outcome, Reject)  # noqa: S101 - what an outage's step is
        ended = replace(row,
            joins=None, step=row.step + 1, status="ended", states="", until=parts.wall(),
            outcome=Outcome(recorded.REJECT, step.outcome.text).json(),
        )  # fmt: skip
        audited = () if step.row is None else (step.row,)
        also = None
        if row.approval is not None:
            also = partial(approvals.withdraw, approval=row.approval, now=parts.wall())
        if await parts.store.write_jointly(logins.ADVANCE, Advance(ended, audited, (), (), also)) is not Written.DONE:
            await self.overtaken(login)
        parts.known.take(login, ended)
        return Step(step.outcome, None)

    def count(self, connection: Connection, case: Case, kind: str, answer: str) -> Counted:
        """Counts a failure, in the transaction of what it is about."""
        digest = hashlib.blake2b(
            answer.encode("utf-8", "surrogatepass"), key=self._parts.keys.failures[0], digest_size=16
        ).hexdigest()
        lockout = self._parts.applications[case.request.application].lockouts[case.entry.directory]
        return self._parts.standing.fail(
            connection, case.entry, place_of(case.request), kind, digest, case.request.at,
            lockout if kind == "password" else None,
        )  # fmt: skip

    async def overtaken(self, login: Login) -> NoReturn:
        """Raises Overtaken, and store.Unavailable."""
        await self._parts.known.refresh(login)
        raise Overtaken

    def again(self, case: Case, login: Login) -> Step | None:
        """What came of this very request before; None where it is a new one, or is to be waited for again."""
        row = login.row
        if row.packet not in packets_of(self._parts.keys.records, case.request):
            return None
        before = outcome_of(row)
        kind, text = before.kind, before.text
        if kind == recorded.ACCEPT and row.status == ACCEPTED:
            return Step(accepted_before(case.plan.reply), case.row("accept", "the same request again", ()))
        if kind == recorded.REJECT:
            return Step(Reject(text), case.row("reject", "the same request again", (), text[-8:]))
        if kind == recorded.CHALLENGE:
            state = states.make(self._parts.keys.states, row.id, before.challenge)
            return Step(Challenge(text, state), case.row("challenge", "the same request again", ()))
        return None

    def row(
        self, case: Case, status: LoginStatus, joins: str | None, until: float, approval: str | None, passed: str
    ) -> LoginRow:
        """A login before its first step."""
        request, entry = case.request, case.entry
        return LoginRow(
            case.login, request.at, until, entry.directory, entry.unique_id, entry.username, request.name,
            request.client, request.application, case.plan.profile, request.station, request.nas, request.source,
            joins, 0, "", passed, "", "", packet_of(self._parts.keys.records, request), "", status, approval,
        )  # fmt: skip

    def _ended(self, login: Login, case: Case, status: LoginStatus, outcome: Outcome) -> LoginRow:
        row, request = login.row, case.request
        packet = packet_of(self._parts.keys.records, request) if request.octets else row.packet
        return replace(
            row, until=request.at, joins=None, step=row.step + 1, memory="", states="", packet=packet,
            outcome=outcome.json(), status=status,
        )  # fmt: skip

    @staticmethod
    def asking(case: Case, asked: Approval, held_until: float) -> Callable[[Connection], object]:
        """Writes down what somebody is asked or told, or further links to it."""
        request, entry = case.request, case.entry
        links = tuple(LinkRow(link.digest, asked.id, link.recipient, link.language, request.at) for link in asked.links)
        row = ApprovalRow(
            id=asked.id, at=request.at, until=asked.until, kind=asked.kind, login=case.login,
            profile=case.plan.profile, directory=entry.directory, unique_id=entry.unique_id, user_name=entry.username,
            display_name=asked.display_name, application=request.application, client=request.client,
            station=request.station, nas=request.nas, source=request.source, late=asked.late, held_until=held_until,
            status="open",
        )  # fmt: skip

        def write(connection: Connection) -> None:
            if approvals.get(connection, asked.id) is None:
                approvals.insert(connection, row, links)
            else:
                approvals.add_links(connection, links)
                approvals.hold_until(connection, asked.id, held_until)

        return write


def _all(steps: list[Callable[[Connection], object]]) -> Callable[[Connection], object] | None:
    if not steps:
        return None

    def run(connection: Connection) -> None:
        for step in steps:
            step(connection)

    return run
