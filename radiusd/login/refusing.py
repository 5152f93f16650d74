"""A login ends by a refusal. Whoever calls with a login holds its lock."""

from __future__ import annotations

from radiusd.login import changes
from radiusd.login.cases import Case, Step
from radiusd.login.committing import Committing
from radiusd.login.login_rows import PASSWORD, UNWRITTEN
from radiusd.login.open_logins import Login
from radiusd.login.progress import Progress, Refused
from radiusd.login.refusals import Refusals, refusal_of
from radiusd.login.states import Keys
from radiusd.login.telling import Telling
from store.authenticators import Spent


class Refusing:
    """Refuses, and writes it where there is something to be written beside the audit."""

    def __init__(self, committing: Committing, refusals: Refusals, keys: Keys, telling: Telling) -> None:
        self._committing = committing
        self._telling = telling
        self._refusals = refusals
        self._keys = keys

    async def refuse(self, case: Case, progress: Progress, login: Login | None, refused: Refused) -> Step:
        """The login ends. Raises store.Unavailable and Overtaken."""
        if refused.text and PASSWORD in progress.proved:
            step = self._refusals.refuse_proved(case, refused.text, refused.reason, *progress.trail)
        else:
            step = self._refusals.refuse(case, refused.reason, *progress.trail)
        self._telling.failed(case, refused.counted or refused.text)
        mine = None if login is None or login.row.step == UNWRITTEN else login
        # A code that was right is used, whatever came of the sign-in (RFC 6238 section 5.2).
        spent = tuple(each for each in progress.writes if isinstance(each, Spent))
        if mine is None and not refused.counted and not spent:
            return step
        reject, told = refusal_of(step)
        row = None if mine is None else mine.row
        change = changes.refused(case, row, reject, (told,), counted=refused.counted, writes=spent, keys=self._keys)
        if mine is None:
            await self._committing.end(case, change)
        else:
            await self._committing.commit_unless_overtaken(case, mine, change)
        return Step(reject, None)
