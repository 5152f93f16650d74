"""After a start: messages that may not have left are made anew, one after the other, and sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from radiusd.login import changes
from radiusd.login.cases import AGAIN, Step
from radiusd.login.committing import Committing
from radiusd.login.open_logins import Login, OpenLogins
from radiusd.login.resuming import Resuming
from radiusd.login.sending import INFORMATION
from radiusd.model.access import AccessRequest, Offered
from radiusd.running.stages import in_a_task
from store import Unavailable
from store.records import MessageRow

log = structlog.get_logger()

SECONDS = 30.0  # for each message


class Restarting:
    """Sends what the process before may not have sent."""

    def __init__(
        self,
        known: OpenLogins,
        committing: Committing,
        resuming: Resuming,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._known = known
        self._committing = committing
        self._resuming = resuming
        self._clock = clock
        self._wall = wall

    async def send_again(self, unsent: Sequence[MessageRow]) -> None:
        """Each of these, where it is worth sending still. What the database does not tell is left to the next start."""
        for message in unsent:
            try:
                await self._send_again(message)
            except Unavailable as gone:
                log.warning("message not sent again", login=message.login, cause=gone.cause)
                return

    async def _send_again(self, message: MessageRow) -> None:
        login = await self._known.find(message.login)
        if login is None:
            return
        async with login.lock:
            informs = message.kind == INFORMATION
            if not informs and not self._is_missed(login, message):
                return
            row = login.row
            request = AccessRequest(
                row.client, row.application, row.name, "", Offered.NOTHING, None, row.station, row.nas, row.source,
                self._wall(), self._clock() + SECONDS,
            )  # fmt: skip
            case = await self._resuming.case_of(request, login, AGAIN)
            factor = message.profile if informs else row.factor or row.profile
            if isinstance(case, Step) or factor not in case.plan.methods:
                return
            login.unsent = False
            # An ended login remembers nothing.
            memory = row.approval or "" if informs else row.memory
            method = case.plan.methods[factor]
            if not method.immediate:
                await in_a_task()
            verdict = await method.again(case.turn(factor, "", memory, row))
            change = changes.made_again(row, verdict, message.until, self._wall())
            if change is not None:
                login.unsent = not await self._committing.again(case, login, change, message)

    def _is_missed(self, login: Login, message: MessageRow) -> bool:
        """Whether somebody waits for that message still: nobody does once it was made anew, or the login has gone on."""
        return login.unsent and login.is_open(self._wall()) and login.row.factor == message.profile
