"""`method: approved_otp`: the password, then a manager's approval, or a message to the manager."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import partial
from typing import assert_never

from msgspec.structs import replace

from config.models.templates import compiled
from radiusd.approval import informing, reminding, wording
from radiusd.approval.approvers import Approver, Asking, Nobody
from radiusd.approval.request import Sending, Wording
from radiusd.directories import Down
from radiusd.handlers import Tools, method
from radiusd.handlers.approved_otp_options import ApprovedOtpOptions
from radiusd.model.approval import Approval, Link
from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unavailable, Verdict, Waiting
from radiusd.rules import chance, links
from radiusd.rules.moments import lasting
from store import Connection, approvals, past
from store.records import ApprovalRow, Before, LinkRow

SEND_SECONDS = 10.0  # that the carriers have in all, where the NAS waits for as long
UNASKED = Failed("nobody was asked, or it was too long ago")
LOOK_UP_SECONDS = 2.0  # that an Accept waits for, at most, to find whom to inform


@method("approved_otp", ApprovedOtpOptions)
class ApprovedOtp:
    """Asks, and reads what was decided; or informs, and lets everybody pass."""

    immediate = True
    placement = "none"
    code_length = 0
    judges = ""
    judges_at_once = False
    unasked = False

    def __init__(self, options: ApprovedOtpOptions, tools: Tools) -> None:
        self._options = options
        self._tools = tools
        self._validity = options.link_validity.total_seconds()
        self._late = options.late_approval.total_seconds()
        self._undecided = "undecided" if self._late else "undecided_ask_anew"
        # Where nothing is proved before the wait, anybody who knows a name could have reminders sent.
        self._remind_after = options.remind_after.total_seconds() if options.methods else 0.0
        self._quiet = options.after_refusal.total_seconds()
        self._waiting = {**wording.WAITING, **(_written(options, "waiting_message") or {})}
        self._asking = Asking(
            options.approvers, options.default_recipient, options.delivery, tools.phone_country, tools.countries
        )
        informs = options.type == "manager_information"
        self._sending = Sending(
            kind="information" if informs else "approval",
            profile=options.name,
            delivery=options.delivery,
            carriers=options.mail_servers if options.delivery == "mail" else options.sms_gateways,
            wording=Wording.of(
                wording.INFORMING if informs else wording.ASKING,
                _written(options, "subject"),
                options.message,
                options.html,
                signed=bool(tools.titles.organisation),
            ),
            base=options.server or tools.public_url,
            key=tools.keys[0],
            texts=tools.texts,
            titles=tools.titles,
            time_zone=tools.time_zone,
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
        refused, before = await self._tools.store.read(lambda connection: self._known(connection, turn))
        if refused is not None and refused.decided_at is not None:
            left = lasting(refused.decided_at + self._quiet - turn.at, "en")
            reason = f"rejected by {refused.decided_by} a while ago; nobody is asked again for {left}"
            return Failed(reason, text="not_approved")
        approver = await self._approver(turn, turn.deadline)
        if isinstance(approver, Down):
            return Unavailable(*approver)
        if isinstance(approver, Nobody):
            return Failed(approver.reason)
        made, until = chance.hexadecimal(12), turn.at + self._validity
        otherwise = Failed(
            f"as many messages as an hour allows were sent to {approver.recipient}", text="asked_too_often"
        )
        return self._wait(turn, made, until, [approver], before, otherwise, passed_over=approver.passed_over)

    async def answer(self, turn: Turn) -> Verdict:
        """What was decided by now. A late decision counts for as long as `late_approval` says."""
        row = await self._row(turn)
        if row is None:
            return UNASKED
        return self._decided(turn, row) or self._still(turn, row)

    async def remind(self, turn: Turn) -> Verdict:
        """What was decided by now. While nothing is, whoever was asked last may get one more link to the question (D25).

        That is where the user came back after the wait before had ended undecided, and only once.
        """
        row = await self._row(turn)
        if row is None:
            return UNASKED
        decided = self._decided(turn, row)
        if decided is not None:
            return decided
        waiting = self._still(turn, row)
        if not self._remind_after:
            return waiting
        after = self._remind_after
        last, before = await self._tools.store.read(
            lambda connection: (reminding.due(connection, row, after, turn.at), _before(connection, turn))
        )
        if last is None:
            return waiting
        reminder = self._wait(turn, row.id, row.until, [_asked_by(last)], before, waiting, since=row.at)
        return replace(reminder, writes=(partial(approvals.remind, approval=row.id, now=turn.at),))

    async def again(self, turn: Turn) -> Verdict:
        """New links to whoever had one; where it is decided by now, that."""
        row = await self._row(turn)
        if row is None:
            return UNASKED
        sent, before = await self._tools.store.read(
            lambda connection: (approvals.links_of(connection, row.id), _before(connection, turn))
        )
        recipients = list(dict.fromkeys(map(_asked_by, sent)))
        if row.kind == "information":
            return self._told(turn, row.id, row.until, recipients, before, f"{_names(recipients)} is being told")
        decided = self._decided(turn, row)
        return decided or self._wait(turn, row.id, row.until, recipients, before, self._still(turn, row))

    async def refused(self, turn: Turn, cause: str) -> Verdict:
        """The next approver is asked the same question."""
        row = await self._row(turn)
        if row is None:
            return UNASKED
        decided = self._decided(turn, row)
        if decided is not None:
            return decided
        sent, before = await self._tools.store.read(
            lambda connection: (approvals.links_of(connection, row.id), _before(connection, turn))
        )
        approver = await self._approver(turn, turn.deadline, {link.recipient for link in sent})
        if isinstance(approver, Down):
            return Unavailable(*approver)
        failed = Failed(f"{sent[-1].recipient if sent else 'nobody'} can not be reached: {cause}", text="not_delivered")
        if isinstance(approver, Nobody):
            return replace(failed, reason=f"{failed.reason}; {approver.reason}")
        return self._wait(turn, row.id, row.until, [approver], before, failed)

    def _decided(self, turn: Turn, row: ApprovalRow) -> Verdict | None:
        """What came of the question; None while it is open."""
        match row.status:
            case "refused":
                return Failed(f"rejected by {row.decided_by}", text="not_approved")
            case "revoked":
                reason = f"approved by {row.decided_by}, and revoked by {row.revoked_by}"
                return Failed(reason, text="not_approved")
            case "withdrawn":
                return Failed("the question to the approver was withdrawn", text="undecided_ask_anew")
            case "approved":
                until = links.counts_until(row)
                if until is not None and turn.at <= until:
                    used = partial(approvals.mark_used, approval=row.id, now=turn.at)
                    return Passed(f"approved by {row.decided_by}", writes=(used,))
                if row.used_at is not None:
                    return Failed(f"the approval by {row.decided_by} has let somebody in already")
                return Failed(
                    f"the approval by {row.decided_by} came when nobody waited, and counts no longer",
                    text="undecided_ask_anew",
                )
            case "open":
                late = turn.at >= row.until
                return Failed("nobody decided in time", text="undecided_ask_anew") if late else None
            case _:
                assert_never(row.status)

    def _still(self, turn: Turn, row: ApprovalRow) -> Waiting:
        """Nobody has decided."""
        return Waiting(row.id, row.until, turn.memory, self._prompt(turn), undecided=self._undecided)

    def _wait(
        self, turn: Turn, made: str, until: float, recipients: list[Approver], before: Before,
        otherwise: Waiting | Failed,
        since: float | None = None, passed_over: tuple[str, ...] = (),
    ) -> Waiting:  # fmt: skip
        left = turn.deadline - asyncio.get_running_loop().time()
        within = max(0.0, min(SEND_SECONDS, left))
        asked, messages = self._messages(turn, until, recipients, before, within=within, since=since)
        # Where nothing would be proved again, a late one counts for a station that is equal, or for nobody (D2).
        late = self._late if self._options.methods or turn.station else 0.0
        approval = Approval(made, "approval", self._name(turn), until, late, asked, passed_over)
        undecided = self._undecided if late else "undecided_ask_anew"
        return Waiting(
            made, until, made, self._prompt(turn), messages, approval, otherwise=otherwise, undecided=undecided
        )

    async def _inform(self, turn: Turn) -> Verdict:
        """Passed, whatever comes of it: who is informed is no factor (D18)."""
        tools, profile = self._tools, self._sending.profile
        spared = await informing.spared(tools.store, self._options.notify, turn, profile, tools.time_zone)
        if spared:
            return Passed(spared)
        deadline = min(turn.deadline, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
        approver = await self._approver(turn, deadline)
        if isinstance(approver, Down):
            return Passed(f"nobody is informed: {approver.component} is not available: {approver.cause}")
        if isinstance(approver, Nobody):
            return Passed(f"nobody is informed: {approver.reason}")
        recipients = [approver]
        until = turn.at + self._validity
        detail = "; ".join((f"{approver.recipient} is being told", *approver.passed_over))
        before = await tools.store.read(lambda connection: _before(connection, turn))
        return self._told(turn, chance.hexadecimal(12), until, recipients, before, detail)

    def _told(
        self, turn: Turn, made: str, until: float, recipients: list[Approver], before: Before, detail: str
    ) -> Passed:
        sent, messages = self._messages(turn, until, recipients, before, within=SEND_SECONDS)
        told = Approval(made, "information", self._name(turn), until, 0.0, sent)
        return Passed(detail, messages=messages, told=told)

    def _messages(
        self, turn: Turn, until: float, recipients: list[Approver], before: Before, *, within: float,
        since: float | None = None,
    ) -> tuple[tuple[Link, ...], tuple[Message, ...]]:  # fmt: skip
        """`since` when somebody asks makes them reminders."""
        made = [
            self._sending.to(approver, turn, before, until=until, within=within, since=since) for approver in recipients
        ]
        return tuple(link for link, _message in made), tuple(message for _link, message in made)

    async def _approver(self, turn: Turn, deadline: float, unreached: Collection[str] = ()) -> Approver | Nobody | Down:
        directory = self._tools.directories[turn.entry.directory]
        return await self._asking.find(turn.entry, directory, turn.at, deadline, unreached)

    def _known(self, connection: Connection, turn: Turn) -> tuple[ApprovalRow | None, Before]:
        """The refusal after which nobody is asked again for a while, and what somebody can judge by."""
        refused, before = None, _before(connection, turn)
        if self._quiet and before.refused:
            entry, since = turn.entry, turn.at - self._quiet
            refused = approvals.refused_lately(
                connection, entry.directory, entry.unique_id, turn.station, turn.client, since
            )
        return refused, before

    async def _row(self, turn: Turn) -> ApprovalRow | None:
        return await self._tools.store.read(lambda connection: approvals.get(connection, turn.memory))

    def _prompt(self, turn: Turn) -> str:
        template = compiled(self._tools.texts.choose(self._waiting, turn.entry.language))
        return template.render(self._sending.facts(turn, turn.entry.language))

    def _name(self, turn: Turn) -> str:
        return str(self._sending.facts(turn)["user"]["display_name"])


def _before(connection: Connection, turn: Turn) -> Before:
    entry = turn.entry
    return past.before(connection, entry.directory, entry.unique_id, turn.station, turn.client, turn.at)


def _written(options: ApprovedOtpOptions, key: str) -> Mapping[str, str] | None:
    """A text of radius.yaml by language, None where it has none: then the default is English for everybody."""
    texts: Mapping[str, str] = getattr(options, key)
    return texts if key in options.model_fields_set else None


def _names(recipients: list[Approver]) -> str:
    return ", ".join(approver.recipient for approver in recipients)


def _asked_by(link: LinkRow) -> Approver:
    """Who was asked by that link."""
    return Approver(link.recipient, link.language, link.why or "", name=link.name or "")
