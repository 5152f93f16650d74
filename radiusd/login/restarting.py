"""After a start: messages that may not have left are made anew and sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from msgspec.structs import replace

from radiusd.login.endings import Endings
from radiusd.login.logins import Login
from radiusd.login.parts import Parts
from radiusd.login.resuming import Resuming
from radiusd.login.sending import INFORMATION
from radiusd.login.steps import AGAIN, Case, Step
from radiusd.model.access import AccessRequest, Offered
from radiusd.model.message import Message
from radiusd.model.verdict import Asked, Passed, Verdict, Waiting
from store import Connection, Unavailable, logins, messages
from store.logins import Advance, Written
from store.records import MessageRow

log = structlog.get_logger()

AGAIN_SECONDS = 30.0  # for a message that is made again


class Restarting:
    """Takes up what the last process left."""

    def __init__(self, parts: Parts, resuming: Resuming, endings: Endings) -> None:
        self._parts = parts
        self._resuming = resuming
        self._endings = endings

    async def send_again(self, unsent: Sequence[MessageRow]) -> None:
        """After a start: messages that may not have left are made anew, one after the other, and sent."""
        for message in unsent:
            try:
                await self._send_again(message)
            except Unavailable as gone:
                log.warning("message not sent again", login=message.login, cause=gone.cause)
                return

    async def _send_again(self, message: MessageRow) -> None:
        parts = self._parts
        login = await parts.known.find(message.login)
        if login is None:
            return
        async with login.lock:
            informs = message.kind == INFORMATION
            if not informs and not self._is_missed(login, message):
                return
            row = login.row
            patience = parts.clock() + AGAIN_SECONDS
            request = AccessRequest(
                row.client, row.application, row.name, "", Offered.NOTHING, None, row.station, row.nas, row.source,
                parts.wall(), patience,
            )  # fmt: skip
            case = await self._resuming.case_of(request, login, AGAIN)
            factor = row.profile if informs else row.factor or row.profile
            if isinstance(case, Step) or factor not in case.plan.methods:
                return
            login.unsent = False
            # An ended login remembers nothing.
            memory = row.approval or "" if informs else row.memory
            verdict = await case.plan.methods[factor].again(parts.turn(case, factor, "", memory, login))
            await self._replace(case, login, message, verdict)

    def _is_missed(self, login: Login, message: MessageRow) -> bool:
        """Whether somebody waits for that message still: nobody does once it was made anew, or the login has gone on."""
        return login.unsent and login.is_open(self._parts.wall()) and login.row.factor == message.profile

    async def _replace(self, case: Case, login: Login, lost: MessageRow, verdict: Verdict) -> None:
        """Sends what the verdict made in the place of a message that may not have left; the login's State stays."""
        parts, row = self._parts, login.row
        made: tuple[Message, ...] = ()
        also: Callable[[Connection], object] | None = None
        memory = row.memory
        if isinstance(verdict, Asked) and verdict.message is not None:
            made, memory = (verdict.message,), verdict.memory
        elif isinstance(verdict, Waiting) and verdict.asked is not None:
            made, memory = verdict.messages, verdict.memory
            also = self._endings.asking(case, verdict.asked, parts.wall())
        elif isinstance(verdict, Passed) and verdict.told is not None:
            made = verdict.messages
            also = self._endings.asking(case, verdict.told, parts.wall())
        if not made:
            return
        written = parts.sending.written(case, made, lost.until)
        next_row = replace(row, step=row.step + 1, memory=memory)
        if (
            await parts.store.write_jointly(logins.ADVANCE, Advance(next_row, (), written, (), also))
            is not Written.DONE
        ):
            return
        parts.known.take(login, next_row)
        parts.sending.count(case, made)
        now = parts.wall()
        parts.store.write_later(messages.MARK, messages.Sent(lost.id, None, "", "made again after a restart", now))
        keys = [row.id for row in written]
        if lost.kind == INFORMATION:
            parts.sending.inform(list(zip(keys, made, strict=True)), lost.until)
        elif await parts.sending.send(list(zip(keys, made, strict=True)), case.request.deadline) is not None:
            login.unsent = True
