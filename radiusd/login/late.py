"""An approval came when nobody waited any more: the user is told to sign in again, where no NAS shows it (X33, D2)."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from radiusd.handlers import TellsOfLate
from radiusd.login.cases import Step
from radiusd.login.committing import Committing
from radiusd.login.open_logins import Login
from radiusd.login.resuming import Resuming
from radiusd.login.told_rows import LATE
from radiusd.model.access import AccessRequest, Offered
from radiusd.rules import links
from store import Store, Unavailable, approvals

log = structlog.get_logger()

LOOK_UP_SECONDS = 10.0  # in which the user is looked up


class Late:
    """Tells of late approvals, each once: over all nodes, since the message is known by its login."""

    def __init__(
        self,
        store: Store,
        committing: Committing,
        resuming: Resuming,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._store = store
        self._committing = committing
        self._resuming = resuming
        self._clock = clock
        self._wall = wall

    async def tell(self, login: Login) -> None:
        """The user of a login that nobody waits with. One who looks at a prompt reads there what to do."""
        try:
            await self._tell(login)
        except Unavailable as gone:
            log.warning("nobody is told of a late approval", login=login.row.id, cause=gone.cause)

    async def _tell(self, login: Login) -> None:
        row, now = login.row, self._wall()
        asked = await self._store.read(lambda connection: approvals.get(connection, row.approval or ""))
        until = None if asked is None else links.counts_until(asked)
        if asked is None or until is None or until <= now or row.states:
            return
        if asked.decided_at is None or asked.decided_at < asked.held_until:
            return
        request = AccessRequest(
            row.client, row.application, row.name, "", Offered.NOTHING, None, row.station, row.nas, row.source, now,
            self._clock() + LOOK_UP_SECONDS,
        )  # fmt: skip
        case = await self._resuming.case_of(request, login, LATE)
        if isinstance(case, Step):
            return
        method: object = case.plan.methods.get(row.factor)
        if not isinstance(method, TellsOfLate) or method.late is None:
            return
        message = method.late.message(case.turn(row.factor, "", row.memory, row), asked.at, until)
        if message is not None:
            await self._committing.tell(case, message, until, f"{row.id}.{LATE}")
