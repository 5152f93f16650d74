"""`method: mail_auth`: a link by mail in the place of a password, to the user or to whoever answers for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from radiusd.approval import failures, wording
from radiusd.approval.approvers import THEMSELVES, Approver, Nobody
from radiusd.approval.failures import Failures
from radiusd.approval.pretence import Pretence
from radiusd.approval.question import UNASKED, Find, Question, Said, Terms
from radiusd.directories import Down
from radiusd.enrollment.destinations import Destinations
from radiusd.handlers import Tools, method
from radiusd.handlers.asking import approvers_of, late_of, sending_of, waiting_of
from radiusd.handlers.mail_auth_options import MailAuthOptions
from radiusd.model.entry import Entry
from radiusd.model.message import PerHour
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unproved, Verdict, Write
from radiusd.rules.codes import hidden_mail
from store.records import ApprovalRow

CONFIRMED = Said(
    waiting=wording.CONFIRM,
    approved="confirmed by",
    refused="denied by",
    not_approved="not_confirmed",
    undecided="unconfirmed",
    undecided_ask_anew="unconfirmed_ask_anew",
    asked_too_often="links_too_often",
)

ADMINISTRATOR = "administrator "  # and a name: who decided in the place of the user


@method("mail_auth", MailAuthOptions)
class MailAuth:
    """Asks by a link, and reads what was decided. A click lets in the request that it was asked for, and no browser (D19)."""

    immediate = True
    placement = "none"
    code_length = 0
    unasked = False
    judges = ""
    judges_at_once = False

    def __init__(self, options: MailAuthOptions, tools: Tools) -> None:
        by_others = options.is_for_others
        self._mail = None if by_others else tools.mail
        self._unproved = Unproved(options.max_held.user, options.max_held.station) if options.asks_unproved else None
        most = options.links_per_hour
        sending = sending_of(
            options, tools, "link", wording.ASKING if by_others else wording.CONFIRMING,
            most_per_hour=options.asks_per_hour if by_others else 0,
            per_hour=PerHour(most.user, most.station, most.client),
        )  # fmt: skip
        self._validity = options.link_validity.total_seconds()
        terms = Terms(
            validity=self._validity,
            late=options.late_approval.total_seconds(),
            after_refusal=options.after_refusal.total_seconds(),
            remind_after=options.remind_after.total_seconds(),
            proves_first=bool(options.methods),
            unproved=self._unproved,
        )
        ours = Said(waiting=wording.WAITING) if by_others else CONFIRMED
        said = replace(ours, waiting=waiting_of(options, ours.waiting))
        find = approvers_of(options, tools) if by_others else themselves(tools.mail)
        self._question = Question(tools.store, sending, find, terms, said, self._used)
        self.failures = failures_of(options, tools) if options.notify_manager_of_failures else None
        self.late = late_of(options, tools)
        self.begin = self._question.ask
        self.answer = self._question.read
        self.remind = self._question.remind
        self.refused = self._question.refused

    def lacks(self, entry: Entry) -> str:
        """Of whom the link goes to an address: why there is none."""
        found = () if self._mail is None else self._mail.of(entry)
        return found if isinstance(found, str) else ""

    def recall(self, _turn: Turn) -> Passed | None:
        """What was decided is asked of the database."""
        return None

    async def again(self, turn: Turn) -> Verdict:
        """New links to whoever had one; where it is decided by now, that."""
        row = await self._question.row(turn)
        return UNASKED if row is None else await self._question.again(turn, row)

    def of_nobody(self) -> Pretence | None:
        """Where nothing is proved before, a name that nobody has waits as well."""
        unproved = self._unproved
        return None if unproved is None else Pretence(self._question.prompt, self._validity, unproved)

    def _used(self, turn: Turn, row: ApprovalRow) -> tuple[Write, ...] | Failed:
        """Of an address of the user's own it is recorded that it was used. One that is not theirs any more, since it was
        removed or disabled while its link was open, lets nobody in.
        """
        if self._mail is None or row.decided_by.startswith(ADMINISTRATOR):
            return ()
        found = self._mail.of(turn.entry)
        to = (
            None if isinstance(found, str) else next((each for each in found if each.recipient == row.decided_by), None)
        )
        return Failed(f"{hidden_mail(row.decided_by)} can be used no more") if to is None else self._mail.used(turn, to)


def failures_of(options: MailAuthOptions, tools: Tools) -> Failures:
    """Whoever answers for the user is told: not of what they decided themselves."""
    return Failures(
        store=tools.store,
        find=approvers_of(options, tools),
        what=failures.WRONG if options.is_for_others else failures.OWN,
        profile=options.name,
        carriers=options.mail_servers,
        texts=tools.texts,
        titles=tools.titles,
        time_zone=tools.time_zone,
        most_per_hour=options.failures_per_hour,
    )


def themselves(mail: Destinations) -> Find:
    """Finds the user's own address, the one that was used last."""

    async def find(turn: Turn, _deadline: float, unreached: Collection[str]) -> Approver | Nobody | Down:
        entry = turn.entry
        found = mail.of(entry)
        if isinstance(found, str):
            return Nobody(found)
        to = next((each for each in found if each.recipient not in unreached), None)
        if to is None:
            return Nobody("the user has no further address")
        return Approver(to.recipient, entry.language, THEMSELVES, name=entry.display_name)

    return find
