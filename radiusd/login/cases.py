"""Whose step of a login it is, and what comes of it."""

from __future__ import annotations

from msgspec import Struct

from radiusd.login.applications import Plan
from radiusd.login.behaviours import Behaviour
from radiusd.login.taken import Taken
from radiusd.model.access import AccessRequest, Outcome, Silence
from radiusd.model.audit import Row, detail_of, row_of
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from store.records import LoginRow

BEGIN, ANSWER, DECISION, HOLD, AGAIN = "begin", "answer", "decision", "hold", "again"  # the audit's `step`


class Step(Struct, frozen=True):
    """What comes of a step. `row` must be committed before the answer leaves; None where that was done, or is not due."""

    outcome: Outcome
    row: Row | None


SILENCE = Step(Silence(), None)


class Case(Struct, frozen=True):
    """Whose step it is: the request, the person, how they sign in, and what their NAS can do.

    `login` is the id once it takes several steps. `packet` is what the octets of a held request are recorded by, "" where
    the request has its octets. `attempt` is what was taken for an answer that was judged as a failure that counts.
    """

    request: AccessRequest
    entry: Entry
    plan: Plan
    behaviour: Behaviour
    step: str = BEGIN
    login: str = ""
    packet: str = ""
    attempt: Taken | None = None

    @property
    def language(self) -> str:
        """In which the user is spoken to; where nothing is proved, as if nobody had the name (D4)."""
        return "" if self.plan.unproved else self.entry.language

    def turn(self, factor: str, answer: str, memory: str, row: LoginRow | None) -> Turn:
        """What a method is told; `row` is the login's, None before it has one."""
        request = self.request
        # Who begins anew, and joins, has another conversation with the NAS, which counts its Challenges anew.
        left = self.behaviour.challenges_left(None if self.step == BEGIN else row)
        if left > 1:
            left = max(1, left - self._asked_after(factor))
        return Turn(
            self.login, self.entry, answer, request.client, request.application, self.plan.profile, request.station,
            memory, request.at, request.deadline, factor, request.nas, request.source, left,
        )  # fmt: skip

    def _asked_after(self, factor: str) -> int:
        """How many Challenges the factors behind that one need at least, on a NAS that shows some."""
        plan = self.plan
        if factor not in plan.factors:
            return 0
        behind = plan.factors[plan.factors.index(factor) + 1 :]
        return sum(plan.methods[each].placement in {"challenge", "auto"} for each in behind)

    def row(self, outcome: str, reason: str, story: tuple[str, ...], ref: str | None = None) -> Row:
        """The audit's row of this step."""
        plan, step = self.plan, self.step
        detail = detail_of(plan.trail + story if step == BEGIN else story)
        # Of a name that nobody has the audit says what was typed.
        entry = self.entry if self.entry.directory else None
        return row_of(self.request, outcome, reason, entry, plan.profile, detail, ref, self.login, step)


def place_of(request: AccessRequest) -> str:
    """What failures and blocks are counted by: the station, or the client where the NAS does not name one."""
    return request.station or request.client
