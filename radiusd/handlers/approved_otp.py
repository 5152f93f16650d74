"""`method: approved_otp`: the password, then a manager's approval, or a message to the manager."""

from __future__ import annotations

from radiusd.approval import wording
from radiusd.approval.informing import Informing
from radiusd.approval.question import UNASKED, Question, Said, Terms
from radiusd.handlers import Tools, method
from radiusd.handlers.approved_otp_options import ApprovedOtpOptions
from radiusd.handlers.asking import approvers_of, late_of, sending_of, waiting_of
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Passed, Verdict


@method("approved_otp", ApprovedOtpOptions)
class ApprovedOtp:
    """Asks, and reads what was decided; or informs, and lets everybody pass."""

    immediate = True
    placement = "none"
    code_length = 0
    unasked = False
    judges = ""
    judges_at_once = False

    def __init__(self, options: ApprovedOtpOptions, tools: Tools) -> None:
        validity = options.link_validity.total_seconds()
        find = approvers_of(options, tools)
        terms = Terms(
            validity=validity,
            late=options.late_approval.total_seconds(),
            after_refusal=options.after_refusal.total_seconds(),
            remind_after=options.remind_after.total_seconds(),
            proves_first=bool(options.methods),
        )
        asking = sending_of(options, tools, "approval", wording.ASKING, most_per_hour=options.asks_per_hour)
        said = Said(waiting=waiting_of(options, wording.WAITING))
        # Limits are for questions: a sign-in that nobody could be told of any more would be the one to hide.
        informing = sending_of(options, tools, "information", wording.INFORMING)
        self._question = Question(tools.store, asking, find, terms, said)
        self._informing = Informing(tools.store, informing, find, options.notify, validity)
        self.late = late_of(options, tools)
        self.begin = self._question.ask if options.asks_somebody else self._informing.inform
        self.answer = self._question.read
        self.remind = self._question.remind
        self.refused = self._question.refused

    def lacks(self, _entry: Entry) -> str:
        return ""  # whom to ask is looked up when it is asked

    def recall(self, _turn: Turn) -> Passed | None:
        """What was decided is asked of the database."""
        return None

    async def again(self, turn: Turn) -> Verdict:
        """New links to whoever had one; where it is decided by now, that."""
        row = await self._question.row(turn)
        if row is None:
            return UNASKED
        return await (self._informing if row.kind == "information" else self._question).again(turn, row)
