"""Nobody has decided before the NAS gives up: what its request is answered (D1)."""

from __future__ import annotations

from collections.abc import Callable

from radiusd.login import changes, login_rows, states
from radiusd.login.cases import Case, Step
from radiusd.login.changes import Following
from radiusd.login.committing import Committing
from radiusd.login.login_rows import LoginRow
from radiusd.login.open_logins import Login
from radiusd.login.refusals import Refusals, refusal_of
from radiusd.login.states import Keys
from radiusd.login.telling import Telling
from radiusd.rules.texts import Texts

LOOKED_AT_SECONDS = 120.0  # for which a user is taken to look at the prompt that waits


class Undecided:
    """Answers requests that nobody decided about in time; the question stays."""

    def __init__(
        self,
        committing: Committing,
        refusals: Refusals,
        texts: Texts,
        keys: Keys,
        wall: Callable[[], float],
        telling: Telling,
    ) -> None:
        self._telling = telling
        self._committing = committing
        self._refusals = refusals
        self._texts = texts
        self._keys = keys
        self._wall = wall

    async def answer(
        self, case: Case, login: Login, packet: str, *, shows: bool, following: Following | None = None
    ) -> Step:
        """It is asked to come again, where it can be, else refused. Whoever calls holds the login's lock.

        `shows`: the NAS is there still, to show a prompt. `following` stood in line behind the request (D24). Raises
        store.Unavailable and Overtaken.
        """
        row = login.row
        prompt = login_rows.outcome_of(row).text
        if shows and following is None and case.behaviour.challenges_left(row) != 0:
            reason = "nobody has decided yet; the user is asked to wait on"
            prompt = f"{prompt.rstrip('.')}. {self._texts.of('press_enter', case.language)}"
            change = changes.asked_to_wait(
                row, packet, prompt, states.new_challenge(), (case.row("challenge", reason, (reason,)),),
                self._wall() + LOOKED_AT_SECONDS, self._keys,
            )  # fmt: skip
        else:
            reject, told = refusal_of(self.not_yet(case, row))
            change = changes.undecided(row, packet, reject, (told,), self._wall(), following)
            self._telling.failed(case, login_rows.outcome_of(row).undecided)
        await self._committing.commit_unless_overtaken(case, login, change)
        assert change.answer is not None  # noqa: S101 - it is held no longer
        return Step(change.answer, None)

    def not_yet(self, case: Case, row: LoginRow) -> Step:
        """A Reject of a request for which nobody has decided in time."""
        held = login_rows.outcome_of(row)
        reason = "nobody decided before the NAS gives up"
        if held.undecided or case.plan.unproved:
            return self._refusals.refuse_proved(case, held.undecided, reason)
        return self._refusals.refuse_with(case, held.text, reason)
