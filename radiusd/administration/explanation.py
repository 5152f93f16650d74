"""What would happen if somebody signed in now: told without a password, and without a trace.

Methods write nothing and send nothing by themselves, so that they can be asked what they would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, assert_never

from msgspec.structs import replace

from config.models.options import NEW_PASSWORD
from radiusd.administration import authenticators
from radiusd.directories import Down, MustChange
from radiusd.handlers import Method
from radiusd.login.applications import Application, Plan
from radiusd.login.asking import NO_CHALLENGE, TOO_MANY
from radiusd.login.behaviours import Behaviour
from radiusd.login.cases import Case, place_of
from radiusd.login.identities import Identities, Outage, Unknown
from radiusd.login.login_rows import PASSWORD, proofs_of
from radiusd.login.open_logins import joins_of
from radiusd.login.sending import Sending
from radiusd.login.standing import Standing
from radiusd.model.access import AccessRequest, Offered
from radiusd.model.entry import Entry
from radiusd.model.message import Message, Sms
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Verdict, Waiting
from radiusd.rules.blocking import Attempt, Lock, too_near_lock
from store import Store, logins, messages, receipts

LATELY_SECONDS = 86_400.0  # for so long a message that did not reach the phone is told of


class Foreseen(NamedTuple):
    """`outcome` is what comes of the right password, in the audit's words; `reason` why it is a reject.

    `profile` is how the user signs in, "" where in no way.
    """

    steps: tuple[str, ...]
    outcome: Literal["accept", "challenge", "waiting", "reject"]
    reason: str = ""
    profile: str = ""


class _Refused(Exception):
    """It would be refused, for that reason."""


@dataclass(frozen=True, kw_only=True)
class Explaining:
    """What a sign-in by one client goes through. `deadline` is of the loop's clock, `now` seconds since the epoch."""

    store: Store
    application: Application
    behaviour: Behaviour
    identities: Identities
    standing: Standing
    client: str
    station: str
    now: float
    deadline: float

    async def foresee(self, user: str) -> Foreseen:
        """The story step by step, the verdict last. Raises store.Unavailable."""
        looks_in = ", ".join(each.name for each in self.application.directories)
        steps = [f"application {self.application.name} looks in {looks_in}"]
        profile = ""
        try:
            entry = await self._who(user, steps)
            plan = self.application.plan(entry, self.client, self.now).shown(self.behaviour.challenges)
            steps += plan.trail
            steps += await self._apps(entry)
            _refuse(plan.refusal)
            profile = plan.profile
            outcome = await self._factors(user, entry, plan, steps)
            if plan.menu is not None:
                await self._choices(user, entry, plan, steps)
        except _Refused as refused:
            reason = str(refused)
            last = (
                f"waits as everybody does, and is refused at the end: {reason}"
                if self._waits(profile)
                else f"refused: {reason}"
            )
            return Foreseen((*steps, last), "reject", reason, profile)
        sources = self.application.sources(entry, plan.reply)
        steps += [
            f"reply: {name} = {value} ({sources[name]})" for name, values in plan.reply.attributes for value in values
        ]
        first = "waits until somebody decides, and then " if outcome == "waiting" else ""
        by = plan.profile or "what is chosen"
        with_ = "all that it asks for" if plan.menu is not None else f"the right {' and '.join(plan.factors)}"
        steps.append(f"{first}accepted by {by}, with {with_}")
        return Foreseen(tuple(steps), outcome, "", profile)

    def _waits(self, profile: str) -> bool:
        """Whether who is refused waits all the same, so that nothing tells who exists (D4)."""
        seems = profile or self.application.of_nobody
        return seems in self.application.pretended_by

    async def _who(self, user: str, steps: list[str]) -> Entry:
        found = await self.identities.find(self.application.directories, user, self.deadline)
        if isinstance(found, Unknown | Outage):
            steps += found.trail
            raise _Refused(_outage(found.down) if isinstance(found, Outage) else "no such user")
        steps.append(f"{user} is {found.username} of {found.directory} ({found.unique_id})")
        place = self.station or self.client
        known = await self.standing.knows(found, place)
        where = "known: the user has" if known else "not known: the user has never"
        steps.append(f"{place} is {where} signed in from there")
        _refuse(await self.standing.refusal(self._request(user), found))
        return found

    async def _factors(
        self, user: str, entry: Entry, plan: Plan, steps: list[str]
    ) -> Literal["accept", "challenge", "waiting"]:
        """What each factor would do; what the first one that asks somebody answers with."""
        outcome: Literal["accept", "challenge", "waiting"] = "accept"
        due: MustChange | None = None
        case = Case(self._request(user), entry, plan, self.behaviour)
        for factor in plan.factors:
            if factor == PASSWORD:
                due = await self._password(entry, steps)
                continue
            method = plan.methods[factor]
            if self.behaviour.is_shut(method):
                _refuse(NO_CHALLENGE)
            if method.unasked and self.behaviour.is_appended(method):
                steps.append(f"{factor}: the code is typed behind the password, in the same request")
                continue
            joined = await self._joined(case, factor, method)
            verdict = joined or await method.begin(case.turn(factor, "", "", None))
            follows = await self._asked(case, factor, verdict, steps, joins=joined is not None)
            outcome = follows if outcome == "accept" else outcome
        if due is None:
            return outcome
        verdict = await plan.methods[NEW_PASSWORD].begin(case.turn(NEW_PASSWORD, "", "", None))
        follows = await self._asked(case, NEW_PASSWORD, verdict, steps, joins=False)
        return follows if outcome == "accept" else outcome

    async def _apps(self, entry: Entry) -> list[str]:
        """What is known of the user's authenticator apps: one that is not verified does not count, and here is why."""
        person = (entry.directory, entry.unique_id)
        found = await self.store.read(lambda connection: authenticators.listed(connection, self.now, person))
        return [f"authenticator {each.row.id}: {authenticators.told(each)}" for each in found]

    async def _choices(self, user: str, entry: Entry, plan: Plan, steps: list[str]) -> None:
        """What each choice of the menu would do; one that would be refused leaves the others."""
        offered = () if plan.menu is None else plan.menu.offered(self.behaviour.challenges)
        for number, name in enumerate(offered, 1):
            chosen = plan.of(name)
            further = [factor for factor in chosen.factors if factor != PASSWORD]
            told: list[str] = []
            try:
                await self._factors(user, entry, replace(chosen, factors=tuple(further)), told)
            except _Refused as refused:
                told.append(f"refused: {refused}")
            asked = "; ".join(told).removeprefix(f"{name}: ")  # a profile of one factor is called as that is
            steps.append(f"choice {number}, {name}: {asked or 'nothing more is asked'}")

    async def _password(self, entry: Entry, steps: list[str]) -> MustChange | None:
        """Where a right one must be changed, why."""
        directory = self.application.directory(entry.directory)
        if directory is None:
            return None
        place = self.station or self.client
        known = await self.standing.knows(entry, place)
        lock = await directory.lock(entry, self.deadline, fresh=True)
        if lock is not None:
            _refuse(await self._too_near_lock(lock, entry, Attempt(place, PASSWORD, self.now, known)))
        refusal = await directory.refusal(entry, self.now, self.deadline)
        if isinstance(refusal, MustChange):
            steps.append(f"password: {entry.directory} judges it, but {refusal.reason}")
            return refusal
        _refuse(_outage(refusal) if isinstance(refusal, Down) else refusal)
        steps.append(f"password: {entry.directory} judges it")
        return None

    async def _too_near_lock(self, lock: Lock, entry: Entry, attempt: Attempt) -> str:
        since = attempt.at - lock.window
        lock = lock._replace(since=max(lock.since, await self.standing.let_try_again(entry, since)))
        return too_near_lock(attempt, lock, await self.standing.failures(entry, since), 0) or ""

    async def _joined(self, case: Case, factor: str, method: Method) -> Verdict | None:
        """What the method says where a sign-in of the same kind is under way, and would be joined (D3)."""
        joins = joins_of(case.entry, case.request, factor)
        row = await self.store.read(lambda connection: logins.joined_by(connection, joins))
        if row is None or row.until <= self.now or row.profile != case.plan.profile:
            return None
        proofs = proofs_of(row)
        if not (proofs.factors or self.station) or not proofs.is_of(case.entry.credential):
            return None
        verdict = await method.remind(case.turn(factor, "", row.memory, row))
        return None if isinstance(verdict, Failed) else verdict

    async def _asked(
        self, case: Case, factor: str, verdict: Verdict, steps: list[str], *, joins: bool
    ) -> Literal["accept", "challenge", "waiting"]:
        match verdict:
            case Failed():
                raise _Refused(verdict.reason)
            case Unavailable():
                raise _Refused(f"{verdict.component} is not available: {verdict.cause}")
            case Passed():
                steps.append(f"{factor}: {verdict.detail}")
                return "accept"
            case Asked():
                sent = () if verdict.message is None else (verdict.message,)
                await self._may_be_sent(case, sent)
                told = f"goes to {_recipients(sent)} by {_carriers(sent)}" if sent else "is out already"
                if verdict.message is None and not joins:
                    steps.append(f"{factor}: {verdict.prompt}")
                    return "challenge"
                instead = None if verdict.instead is None else verdict.instead("")
                if instead is not None and instead.message is not None:
                    message = instead.message
                    told += f" (to {message.content.recipient} by {', '.join(message.carriers)}, where none of those takes it)"
                appended = self.behaviour.is_appended(case.plan.methods[factor])
                how = "typed behind the password at the next try" if appended else "asked for by a Challenge"
                steps.append(f"{factor}: a code {told}, and is {how}")
                steps += [f"{factor}: {told}" for told in await self._not_delivered(case.entry, sent)]
                return "challenge"
            case Waiting():
                _refuse(verdict.reason)
                await self._may_be_sent(case, verdict.messages)
                passed_over = () if verdict.asked is None else verdict.asked.passed_over
                verb = "reminded" if joins else "asked"
                told = f"{_recipients(verdict.messages)} is {verb} by {_carriers(verdict.messages)}"
                told = told if verdict.messages else "somebody was asked already, and has not decided"
                steps.append("; ".join((f"{factor}: {told}", *passed_over)))
                return "waiting"
            case _:
                assert_never(verdict)

    async def _not_delivered(self, entry: Entry, sent: tuple[Message, ...]) -> list[str]:
        """Where it goes to a phone: that the phone did not get the last one, if it did not."""
        if not any(isinstance(message.content, Sms) for message in sent):
            return []
        since = self.now - LATELY_SECONDS
        last = await self.store.read(
            lambda connection: receipts.last_failed(connection, entry.directory, entry.unique_id, since)
        )
        return [] if last is None else [f"{round((self.now - last.at) / 60)} minutes ago {last.reason}"]

    async def _may_be_sent(self, case: Case, sent: tuple[Message, ...]) -> None:
        known = await self.standing.knows(case.entry, place_of(case.request))
        limits = Sending.limits(case, sent, shared=not known)
        if limits and not (await self.store.read(lambda connection: messages.allowed(connection, [limits])))[0]:
            _refuse(TOO_MANY)

    def _request(self, user: str) -> AccessRequest:
        return AccessRequest(
            self.client, self.application.name, user, "", Offered.PAP, None, self.station, "", "", self.now, self.deadline
        )  # fmt: skip


def _refuse(reason: str) -> None:
    """Ends the story, where there is a reason."""
    if reason:
        raise _Refused(reason)


def _outage(down: Down) -> str:
    return f"{down.component} is not available: {down.cause}"


def _recipients(sent: tuple[Message, ...]) -> str:
    return ", ".join(message.content.recipient for message in sent)


def _carriers(sent: tuple[Message, ...]) -> str:
    return ", ".join(dict.fromkeys(carrier for message in sent for carrier in message.carriers))
