"""A question that somebody decides by a link: asked, read again, asked once more. What waits for a decision stands on it.

Whom it is put to, how it is worded and for how long it counts comes in (D5); what was decided is the database's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from msgspec.structs import replace as with_

from config.models.templates import compiled
from radiusd.approval import reminding
from radiusd.approval.approvers import Approver, Nobody
from radiusd.approval.request import Sending, asked_by, before
from radiusd.directories import Down
from radiusd.model.approval import Approval
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unavailable, Unproved, Verdict, Waiting, Write
from radiusd.rules import chance, links
from radiusd.rules.moments import lasting
from store import Connection, Store, approvals
from store.records import ApprovalRow, Before

SEND_SECONDS = 10.0  # that the carriers have in all, where the NAS waits for as long
UNASKED = Failed("nobody was asked, or it was too long ago")

# Whom it is put to: of the user of a turn, by a moment of the loop's clock, but for those who were not reached.
Find = Callable[[Turn, float, Collection[str]], Awaitable[Approver | Nobody | Down]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a question is spoken of: in the audit, and to who has proved a password by keys of rules/texts (D26).

    `waiting` is for the user meanwhile, a template by language.
    """

    waiting: Mapping[str, str]
    approved: str = "approved by"
    refused: str = "rejected by"
    not_approved: str = "not_approved"
    undecided: str = "undecided"
    undecided_ask_anew: str = "undecided_ask_anew"
    asked_too_often: str = "asked_too_often"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For how long a question lives, and what follows a decision, in seconds; 0.0 for never.

    `proves_first`: something is proved before it is asked. Else anybody who knows a name could have it asked, and where
    they are to see no difference to a name that nobody has, `unproved` says how many of them are held (D4).
    """

    validity: float
    late: float
    after_refusal: float
    remind_after: float = 0.0
    proves_first: bool
    unproved: Unproved | None = None


class Question:
    """What a method says of a login that stands at it. Keeps nothing."""

    def __init__(
        self, store: Store, sending: Sending, find: Find, terms: Terms, said: Said,
        used: Callable[[Turn, ApprovalRow], tuple[Write, ...] | Failed] = lambda _turn, _row: (),
    ) -> None:  # fmt: skip
        """`used` are further writes of an approval that lets somebody in, or why it lets nobody in."""
        self._store = store
        self._sending = sending
        self._find = find
        self._terms = terms
        self._said = said
        self._used = used
        self._undecided = said.undecided if terms.late else said.undecided_ask_anew
        # Where nothing is proved before the wait, anybody who knows a name could have reminders sent.
        self._remind_after = terms.remind_after if terms.proves_first else 0.0

    async def row(self, turn: Turn) -> ApprovalRow | None:
        """What was asked in this login; None where it was not, or too long ago."""
        return await self._store.read(lambda connection: approvals.get(connection, turn.memory))

    async def ask(self, turn: Turn) -> Verdict:
        """Puts it to the first who can be asked."""
        refused, judged_by = await self._store.read(lambda connection: self._known(connection, turn))
        if refused is not None and refused.decided_at is not None:
            left = lasting(refused.decided_at + self._terms.after_refusal - turn.at, "en")
            reason = f"{self._said.refused} {refused.decided_by} a while ago; nobody is asked again for {left}"
            return self._unasked(turn, Failed(reason, text=self._said.not_approved))
        approver = await self._find(turn, turn.deadline, ())
        if isinstance(approver, Down):
            return self._unasked(turn, Unavailable(*approver))
        if isinstance(approver, Nobody):
            return self._unasked(turn, Failed(approver.reason))
        made, until = chance.hexadecimal(12), turn.at + self._terms.validity
        too_often = Failed(
            f"as many messages as an hour allows were sent to {approver.recipient}", text=self._said.asked_too_often
        )
        waiting = self._wait(turn, made, until, [approver], judged_by, too_often, passed_over=approver.passed_over)
        return waiting if waiting.unproved is None else self._kept_back(waiting, too_often.reason)

    async def read(self, turn: Turn) -> Verdict:
        """What was decided by now. A late decision counts for as long as the terms say."""
        row = await self.row(turn)
        if row is None:
            return UNASKED
        return self._decided(turn, row) or self._still(turn, row)

    async def remind(self, turn: Turn) -> Verdict:
        """What was decided by now. While nothing is, whoever was asked last may get one more link to it (D25).

        That is where the user came back after the wait before had ended undecided, and only once.
        """
        row = await self.row(turn)
        if row is None:
            return UNASKED
        decided = self._decided(turn, row)
        if decided is not None:
            return decided
        waiting = self._still(turn, row)
        if not self._remind_after:
            return waiting
        after, kind = self._remind_after, self._sending.kind
        last, judged_by = await self._store.read(
            lambda connection: (reminding.due(connection, row, kind, after, turn.at), before(connection, turn))
        )
        if last is None:
            return waiting
        reminder = self._wait(turn, row.id, row.until, [asked_by(last)], judged_by, waiting, since=row.at)
        return with_(reminder, writes=(partial(approvals.remind, approval=row.id, now=turn.at),))

    async def again(self, turn: Turn, row: ApprovalRow) -> Verdict:
        """New links to whoever had one; where it is decided by now, that."""
        sent, judged_by = await self._store.read(
            lambda connection: (approvals.links_of(connection, row.id), before(connection, turn))
        )
        recipients = list(dict.fromkeys(map(asked_by, sent)))
        decided = self._decided(turn, row)
        return decided or self._wait(turn, row.id, row.until, recipients, judged_by, self._still(turn, row))

    async def refused(self, turn: Turn, cause: str) -> Verdict:
        """The last message was refused for good: the next one is asked the same."""
        row = await self.row(turn)
        if row is None:
            return UNASKED
        decided = self._decided(turn, row)
        if decided is not None:
            return decided
        sent, judged_by = await self._store.read(
            lambda connection: (approvals.links_of(connection, row.id), before(connection, turn))
        )
        approver = await self._find(turn, turn.deadline, {link.recipient for link in sent})
        if isinstance(approver, Down):
            return Unavailable(*approver)
        failed = Failed(f"{sent[-1].recipient if sent else 'nobody'} can not be reached: {cause}", text="not_delivered")
        if isinstance(approver, Nobody):
            return with_(failed, reason=f"{failed.reason}; {approver.reason}")
        return self._wait(turn, row.id, row.until, [approver], judged_by, failed)

    def prompt(self, turn: Turn) -> str:
        """What the user reads meanwhile. Who has proved nothing reads what anybody would (D4)."""
        entry = turn.entry
        if self._terms.unproved is not None:
            entry = replace(entry, username="", display_name="", mail="", mobile="", language="")
            turn = with_(turn, entry=entry)
        template = compiled(self._sending.texts.choose(self._said.waiting, entry.language))
        return template.render(self._sending.facts(turn, entry.language))

    def _decided(self, turn: Turn, row: ApprovalRow) -> Verdict | None:
        """What came of it; None while it is open."""
        said = self._said
        match row.status:
            case "refused":
                return Failed(f"{said.refused} {row.decided_by}", text=said.not_approved)
            case "revoked":
                reason = f"{said.approved} {row.decided_by}, and revoked by {row.revoked_by}"
                return Failed(reason, text=said.not_approved)
            case "withdrawn":
                return Failed("the question to the approver was withdrawn", text=said.undecided_ask_anew)
            case "approved":
                until = links.counts_until(row)
                if until is not None and turn.at <= until:
                    used, further = partial(approvals.mark_used, approval=row.id, now=turn.at), self._used(turn, row)
                    if isinstance(further, Failed):
                        return further
                    return Passed(f"{said.approved} {row.decided_by}", writes=(used, *further))
                if row.used_at is not None:
                    return Failed(f"the approval by {row.decided_by} has let somebody in already")
                return Failed(
                    f"the approval by {row.decided_by} came when nobody waited, and counts no longer",
                    text=said.undecided_ask_anew,
                )
            case "open":
                late = turn.at >= row.until
                return Failed("nobody decided in time", text=said.undecided_ask_anew) if late else None
            case _:
                assert_never(row.status)

    def _still(self, turn: Turn, row: ApprovalRow) -> Waiting:
        """Nobody has decided."""
        return Waiting(
            row.id, row.until, turn.memory, self.prompt(turn), undecided=self._undecided, unproved=self._terms.unproved
        )

    def _wait(
        self, turn: Turn, made: str, until: float, recipients: list[Approver], judged_by: Before,
        otherwise: Waiting | Failed,
        since: float | None = None, passed_over: tuple[str, ...] = (),
    ) -> Waiting:  # fmt: skip
        terms = self._terms
        left = turn.deadline - asyncio.get_running_loop().time()
        within = SEND_SECONDS if terms.unproved is not None else max(0.0, min(SEND_SECONDS, left))
        asked, messages = self._sending.to_all(recipients, turn, judged_by, until=until, within=within, since=since)
        # Where nothing would be proved again, a late one counts for a station that is equal, or for nobody (D2).
        late = terms.late if terms.proves_first or turn.station else 0.0
        approval = Approval(made, "approval", self._sending.name(turn), until, late, asked, passed_over)
        undecided = self._undecided if late else self._said.undecided_ask_anew
        return Waiting(
            made, until, made, self.prompt(turn), messages, approval, otherwise=otherwise, undecided=undecided,
            unproved=terms.unproved,
        )  # fmt: skip

    def _unasked(self, turn: Turn, otherwise: Failed | Unavailable) -> Verdict:
        """Nobody is asked. Who has proved nothing waits all the same, and in vain (D4)."""
        if self._terms.unproved is None:
            return otherwise
        reason = otherwise.reason if isinstance(otherwise, Failed) else f"{otherwise.component} is not available"
        made, until = chance.hexadecimal(12), turn.at + self._terms.validity
        asked = Approval(made, "approval", self._sending.name(turn), until, 0.0, ())
        return Waiting(
            made, until, made, self.prompt(turn), asked=asked, reason=f"nobody is asked: {reason}",
            undecided=self._said.undecided_ask_anew, unproved=self._terms.unproved,
        )  # fmt: skip

    @staticmethod
    def _kept_back(waiting: Waiting, reason: str) -> Waiting:
        """With the same wait in the place of a message that is one too many."""
        asked = None if waiting.asked is None else with_(waiting.asked, late=0.0, links=())
        silent = with_(waiting, messages=(), asked=asked, otherwise=None, reason=f"nobody is asked: {reason}")
        return with_(waiting, otherwise=silent)

    def _known(self, connection: Connection, turn: Turn) -> tuple[ApprovalRow | None, Before]:
        """The refusal after which nobody is asked again for a while, and what somebody can judge by."""
        refused, judged_by = None, before(connection, turn)
        if self._terms.after_refusal and judged_by.refused:
            entry, since = turn.entry, turn.at - self._terms.after_refusal
            refused = approvals.refused_lately(
                connection, entry.directory, entry.unique_id, turn.station, turn.client, since
            )
        return refused, judged_by
