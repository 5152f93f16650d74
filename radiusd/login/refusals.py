"""How refusals read: a text for the person, a reference for the help desk, a row for the audit."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from radiusd.directories import Down
from radiusd.login.applications import Application
from radiusd.login.cases import Case, Step
from radiusd.model.access import AccessRequest, Reject
from radiusd.model.audit import Row, detail_of, row_of
from radiusd.rules.references import reference
from radiusd.rules.texts import Texts

log = structlog.get_logger()


def refusal_of(step: Step) -> tuple[Reject, Row]:
    """The parts of what a method of Refusals made: the answer, and the audit's row of it."""
    reject, row = step.outcome, step.row
    assert isinstance(reject, Reject) and row is not None  # noqa: S101, PT018 - what a refusal is
    return reject, row


class Refusals:
    """One text and a reference for every Reject (D22); while a directory of the application is down, the outage's."""

    def __init__(self, applications: Mapping[str, Application], texts: Texts) -> None:
        self._applications = applications
        self._texts = texts

    def refuse(self, case: Case, reason: str, *story: str) -> Step:
        """Of somebody who is known. `story` is what went before the reason."""
        ref = reference()
        return Step(Reject(self.text(case.request, ref), ref), case.row("reject", reason, (*story, reason), ref))

    def refuse_unknown(self, request: AccessRequest, reason: str, trail: tuple[str, ...] = ()) -> Step:
        """Of somebody who is not known, or not looked for."""
        ref = reference()
        row = row_of(request, "reject", reason, None, "", detail_of((*trail, reason)), ref)
        return Step(Reject(self.text(request, ref), ref), row)

    def refuse_proved(self, case: Case, key: str, reason: str, *story: str) -> Step:
        """Of somebody who has proved a password: the text of that key says what happened and what to do next (D26)."""
        if not key or case.plan.unproved or self._is_down(case.request):
            return self.refuse(case, reason, *story)
        return self.refuse_with(case, self._texts.of(key, case.language), reason, *story)

    def refuse_with(self, case: Case, text: str, reason: str, *story: str) -> Step:
        """With a text of its own: what happened is no secret to who has come so far."""
        ref = reference()
        row = case.row("reject", reason, (*story, reason), ref)
        return Step(Reject(f"{text} {self._texts.of('reference', case.language, ref=ref)}", ref), row)

    def outage(self, case: Case, component: str, cause: str, *story: str) -> Step:
        """A component is down."""
        ref = reference()
        reason = f"{component} is not available: {cause}"
        return Step(Reject(self._texts.outage(component, ref), ref), case.row("reject", reason, (*story, reason), ref))

    def outage_unknown(self, request: AccessRequest, component: str, cause: str, trail: tuple[str, ...] = ()) -> Step:
        """The same, before it is known whose login it is."""
        ref = reference()
        reason = f"{component} is not available: {cause}"
        row = row_of(request, "reject", reason, None, "", detail_of((*trail, reason)), ref)
        return Step(Reject(self._texts.outage(component, ref), ref), row)

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
        return Reject(self._texts.outage("database", ref), ref)

    def text(self, request: AccessRequest, ref: str) -> str:
        """What the user reads."""
        down = self._is_down(request)
        return self._texts.refused(ref) if down is None else self._texts.outage(down.component, ref)

    def _is_down(self, request: AccessRequest) -> Down | None:
        application = self._applications.get(request.application)  # none, where a reload took it away meanwhile
        return None if application is None else application.down()
