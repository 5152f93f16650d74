"""`method: approved_otp`: the password, then a manager's approval, or a message to the manager."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from config.models.templates import compiled
from radiusd.approval import wording
from radiusd.approval.approvers import Approver, Asking, Nobody
from radiusd.approval.request import Sending
from radiusd.directories import Down
from radiusd.handlers import Tools, method
from radiusd.handlers.approved_otp_options import ApprovedOtpOptions
from radiusd.model.approval import Approval, Link
from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unavailable, Verdict, Waiting
from radiusd.rules import links
from radiusd.rules.facts import facts
from store import approvals, blocks
from store.records import ApprovalRow

Recipient = tuple[str, str]  # and the language
SEND_SECONDS = 10.0  # that the carriers have in all, where the NAS waits for as long
LOOK_UP_SECONDS = 2.0  # that an Accept waits for, at most, to find whom to inform


def _worded(options: ApprovedOtpOptions, key: str, ours: Mapping[str, str]) -> Mapping[str, str]:
    """A text in every language: radius.yaml's where it has one, else ours."""
    return {**ours, **getattr(options, key)} if key in options.model_fields_set else ours


@method("approved_otp", ApprovedOtpOptions)
class ApprovedOtp:
    """Asks, and reads what was decided; or informs, and lets everybody pass."""

    immediate = True
    placement = "none"
    code_length = 0
    judges = ""

    def __init__(self, options: ApprovedOtpOptions, tools: Tools) -> None:
        self._options = options
        self._tools = tools
        self._validity = options.link_validity.total_seconds()
        self._late = options.late_approval.total_seconds()
        self._quiet = options.after_refusal.total_seconds()
        self._waiting = _worded(options, "waiting_message", wording.WAITING)
        self._asking = Asking(
            options.approvers, options.default_recipient, options.delivery, tools.phone_country, tools.countries
        )
        informs = options.type == "manager_information"
        self._sending = Sending(
            kind="information" if informs else "approval",
            profile=options.name,
            delivery=options.delivery,
            carriers=options.mail_servers if options.delivery == "mail" else options.sms_gateways,
            subject=_worded(options, "subject", wording.INFORMING_SUBJECT if informs else wording.SUBJECT),
            message=_worded(options, "message", wording.INFORMING_MESSAGE if informs else wording.MESSAGE),
            base=options.server or tools.public_url,
            key=tools.keys[0],
            texts=tools.texts,
            # Limits are for questions: a sign-in that nobody could be told of any more would be the one to hide.
            most_per_hour=0 if informs else options.asks_per_hour,
        )

    def lacks(self, _entry: Entry) -> str:
        return ""  # whom to ask is looked up when it is asked

    def recall(self, _turn: Turn) -> Passed | None:
        """What was decided is asked of the database."""
        return None

    async def begin(self, turn: Turn) -> Verdict:
        if self._sending.kind == "information":
            return await self._inform(turn)
        refused = await self._refused(turn)
        if refused is not None and refused.decided_at is not None:
            left = math.ceil((refused.decided_at + self._quiet - turn.at) / 60)
            return Failed(f"refused by {refused.decided_by} a while ago; nobody is asked again for {left} min")
        approver = await self._approver(turn, turn.deadline)
        if isinstance(approver, Down):
            return Unavailable(*approver)
        if isinstance(approver, Nobody):
            return Failed(approver.reason)
        made = secrets.token_hex(12)
        return self._wait(turn, made, turn.at + self._validity, [(approver.recipient, approver.language)])

    async def answer(self, turn: Turn) -> Verdict:
        """What was decided by now. A late decision counts for as long as `late_approval` says."""
        row = await self._row(turn)
        if row is None:
            return Failed("nobody was asked, or it was too long ago")
        return self._decided(turn, row) or Waiting(row.id, row.until, turn.memory, self._prompt(turn))

    async def remind(self, turn: Turn) -> Verdict:
        """Whoever waits need not type anything."""
        return await self.answer(turn)

    async def again(self, turn: Turn) -> Verdict:
        """New links to whoever had one; where it is decided by now, that."""
        row = await self._row(turn)
        if row is None:
            return Failed("nobody was asked, or it was too long ago")
        sent = await self._tools.store.read(lambda connection: approvals.links_of(connection, row.id))
        recipients = list(dict.fromkeys((link.recipient, link.language) for link in sent))
        if row.kind == "information":
            return self._told(turn, row.id, row.until, recipients, f"{_names(recipients)} is informed")
        return self._decided(turn, row) or self._wait(turn, row.id, row.until, recipients)

    def _decided(self, turn: Turn, row: ApprovalRow) -> Verdict | None:
        """What came of the question; None while it is open."""
        match row.status:
            case "refused":
                return Failed(f"refused by {row.decided_by}")
            case "withdrawn":
                return Failed("the question to the approver was withdrawn")
            case "approved":
                until = links.counts_until(row)
                if until is not None and turn.at <= until:
                    used = partial(approvals.mark_used, approval=row.id, now=turn.at)
                    return Passed(f"approved by {row.decided_by}", writes=(used,))
                if row.used_at is not None:
                    return Failed(f"the approval by {row.decided_by} has let somebody in already")
                return Failed(f"the approval by {row.decided_by} came when nobody waited, and counts no longer")
        return Failed("nobody decided in time") if turn.at >= row.until else None

    def _wait(self, turn: Turn, made: str, until: float, recipients: list[Recipient]) -> Waiting:
        left = turn.deadline - asyncio.get_running_loop().time()
        asked, messages = self._messages(turn, until, recipients, within=max(0.0, min(SEND_SECONDS, left)))
        approval = Approval(made, "approval", self._name(turn), until, self._late, asked)
        return Waiting(made, until, made, self._prompt(turn), messages, approval)

    async def _inform(self, turn: Turn) -> Verdict:
        """Passed, whatever comes of it: who is informed is no factor (D18)."""
        spared = await self._spared(turn)
        if spared:
            return Passed(spared)
        deadline = min(turn.deadline, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
        approver = await self._approver(turn, deadline)
        if isinstance(approver, Down):
            return Passed(f"nobody is informed: {approver.component} is not available: {approver.cause}")
        if isinstance(approver, Nobody):
            return Passed(f"nobody is informed: {approver.reason}")
        recipients = [(approver.recipient, approver.language)]
        until = turn.at + self._validity
        return self._told(turn, secrets.token_hex(12), until, recipients, f"{approver.recipient} is informed")

    def _told(self, turn: Turn, made: str, until: float, recipients: list[Recipient], detail: str) -> Passed:
        sent, messages = self._messages(turn, until, recipients, within=SEND_SECONDS)
        told = Approval(made, "information", self._name(turn), until, 0.0, sent)
        return Passed(detail, messages=messages, told=told)

    async def _spared(self, turn: Turn) -> str:
        """Why `notify` wants no message of this sign-in; "" where it wants one."""
        entry, store = turn.entry, self._tools.store
        if self._options.notify == "first_of_day":
            local = datetime.fromtimestamp(turn.at, self._tools.time_zone)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
            profile = self._sending.profile
            if await store.read(lambda c: approvals.told_since(c, entry.directory, entry.unique_id, profile, midnight)):
                return "the manager was informed today already"
        elif self._options.notify == "new_station":
            # As the engine writes down the stations that a user has signed in from.
            place = turn.station or turn.client
            if await store.read(lambda c: blocks.knows_station(c, entry.directory, entry.unique_id, place)):
                return f"the manager is informed of new stations alone, and {place} is known"
        return ""

    def _messages(
        self, turn: Turn, until: float, recipients: list[Recipient], *, within: float
    ) -> tuple[tuple[Link, ...], tuple[Message, ...]]:
        known = self._facts(turn)
        made = [
            self._sending.to(recipient, language, known, live_seconds=until - turn.at, within=within)
            for recipient, language in recipients
        ]
        return tuple(link for link, _message in made), tuple(message for _link, message in made)

    async def _approver(self, turn: Turn, deadline: float) -> Approver | Nobody | Down:
        directory = self._tools.directories[turn.entry.directory]
        return await self._asking.find(turn.entry, directory, turn.at, deadline)

    async def _refused(self, turn: Turn) -> ApprovalRow | None:
        """The refusal after which nobody is asked again for a while."""
        if not self._quiet:
            return None
        entry, since = turn.entry, turn.at - self._quiet
        return await self._tools.store.read(
            lambda connection: approvals.refused_lately(
                connection, entry.directory, entry.unique_id, turn.station, turn.client, since
            )
        )

    async def _row(self, turn: Turn) -> ApprovalRow | None:
        return await self._tools.store.read(lambda connection: approvals.get(connection, turn.memory))

    def _prompt(self, turn: Turn) -> str:
        template = compiled(self._tools.texts.choose(self._waiting, turn.entry.language))
        return template.render(self._facts(turn))

    def _facts(self, turn: Turn) -> Mapping[str, Any]:
        return facts(
            entry=turn.entry,
            application=turn.application,
            client=turn.client,
            station=turn.station,
            at=turn.at,
            time_zone=self._tools.time_zone,
        )

    def _name(self, turn: Turn) -> str:
        return str(self._facts(turn)["user"]["display_name"])


def _names(recipients: list[Recipient]) -> str:
    return ", ".join(recipient for recipient, _language in recipients)
