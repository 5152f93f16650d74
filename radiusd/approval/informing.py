"""Who is informed of a sign-in, and of which: it is no factor, and nobody waits for it (D18)."""

from __future__ import annotations

import asyncio
from datetime import datetime, tzinfo
from typing import Literal

from radiusd.approval.approvers import Approver, Nobody
from radiusd.approval.question import SEND_SECONDS, Find
from radiusd.approval.request import Sending, asked_by, before
from radiusd.directories import Down
from radiusd.model.approval import Approval
from radiusd.model.turn import Turn
from radiusd.model.verdict import Passed
from radiusd.rules import chance
from store import Store, approvals, blocks
from store.records import ApprovalRow, Before

LOOK_UP_SECONDS = 2.0  # that an Accept waits for, at most, to find whom to inform
Notify = Literal["every", "first_of_day", "new_station", "daily"]


class Informing:
    """Passes everybody, and tells somebody of it. The links of its messages are `validity` seconds old at most."""

    def __init__(self, store: Store, sending: Sending, find: Find, notify: Notify, validity: float) -> None:
        self._store = store
        self._sending = sending
        self._find = find
        self._notify = notify
        self._validity = validity

    async def inform(self, turn: Turn) -> Passed:
        """Passed, whatever comes of it."""
        why_not = await spared(self._store, self._notify, turn, self._sending.profile, self._sending.time_zone)
        if why_not:
            return Passed(why_not)
        deadline = min(turn.deadline, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
        approver = await self._find(turn, deadline, ())
        if isinstance(approver, Down):
            return Passed(f"nobody is informed: {approver.component} is not available: {approver.cause}")
        if isinstance(approver, Nobody):
            return Passed(f"nobody is informed: {approver.reason}")
        until = turn.at + self._validity
        detail = "; ".join((f"{approver.recipient} is being told", *approver.passed_over))
        judged_by = await self._store.read(lambda connection: before(connection, turn))
        return self._told(turn, chance.hexadecimal(12), until, [approver], judged_by, detail)

    async def again(self, turn: Turn, row: ApprovalRow) -> Passed:
        """Once more to whoever was told, since it may not have left."""
        sent, judged_by = await self._store.read(
            lambda connection: (approvals.links_of(connection, row.id), before(connection, turn))
        )
        recipients = list(dict.fromkeys(map(asked_by, sent)))
        names = ", ".join(approver.recipient for approver in recipients)
        return self._told(turn, row.id, row.until, recipients, judged_by, f"{names} is being told")

    def _told(
        self, turn: Turn, made: str, until: float, recipients: list[Approver], judged_by: Before, detail: str
    ) -> Passed:
        sent, messages = self._sending.to_all(recipients, turn, judged_by, until=until, within=SEND_SECONDS)
        told = Approval(made, "information", self._sending.name(turn), until, 0.0, sent)
        return Passed(detail, messages=messages, told=told)


async def spared(store: Store, notify: Notify, turn: Turn, profile: str, time_zone: tzinfo) -> str:
    """Why `notify` wants no message of this sign-in; "" where it wants one. Raises store.Unavailable."""
    entry = turn.entry
    if notify == "first_of_day":
        local = datetime.fromtimestamp(turn.at, time_zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        if await store.read(lambda c: approvals.told_since(c, entry.directory, entry.unique_id, profile, midnight)):
            return "the manager was informed today already"
    elif notify == "new_station":
        # As the engine writes down the stations that a user has signed in from.
        place = turn.station or turn.client
        if await store.read(lambda c: blocks.knows_station(c, entry.directory, entry.unique_id, place)):
            return f"the manager is informed of new stations alone, and {place} is known"
    return ""
