"""Codes sent, typed, asked for anew, time that passes, restarts: in any order, against a model of what may pass."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from radiusd.model.verdict import Asked, Failed, Passed
from tests.enrollment.test_destinations import row
from tests.one_time.conversation import Login, seconds

VALIDITY = 100
RESEND_AFTER = 30
ATTEMPTS = 4


class AnyOrder(RuleBasedStateMachine):
    """`good` are the codes that may pass, each with the time until which."""

    def __init__(self):
        super().__init__()
        self.login = Login(validity=seconds(VALIDITY), resend_after=seconds(RESEND_AFTER), attempts=ATTEMPTS)
        self.good = {}
        self.tries = 0
        self.sent_at = 0.0
        self.over = False

    @initialize()
    def begins(self):
        self.login.begins()
        self.is_sent()

    def is_sent(self, *, beside=False):
        if not beside:
            self.good = {}
        self.good[self.login.codes[-1]] = self.login.now + VALIDITY
        self.sent_at = self.login.now

    def may_send(self):
        return self.login.now >= self.sent_at + RESEND_AFTER

    def judged(self, *, right):
        """After something was typed that is no wish for a fresh code."""
        verdict = self.login.verdict
        if right:
            assert isinstance(verdict, Passed)
            self.over = True
            return
        self.tries += 1
        if self.tries == ATTEMPTS:
            assert isinstance(verdict, Failed)
            self.over = True
            return
        assert isinstance(verdict, Asked)
        alive = any(until > self.login.now for until in self.good.values())
        assert (verdict.message is not None) is (not alive and self.may_send())
        if verdict.message is not None:
            self.is_sent()

    @precondition(lambda self: not self.over)
    @rule(which=st.integers(0, 100))
    def types_one_that_was_sent(self, which):
        code = self.login.codes[which % len(self.login.codes)]
        right = self.good.get(code, 0.0) > self.login.now
        self.login.types(code)
        self.judged(right=right)

    @precondition(lambda self: not self.over)
    @rule(code=st.text("0123456789", min_size=1, max_size=8))
    def guesses(self, code):
        right = self.good.get(code, 0.0) > self.login.now
        self.login.types(code)
        self.judged(right=right)

    @precondition(lambda self: not self.over)
    @rule()
    def asks_for_a_fresh_one(self):
        before, may = len(self.login.messages), self.may_send()
        verdict = self.login.types("")
        assert isinstance(verdict, Asked)
        assert verdict.counted == ""
        assert len(self.login.messages) == before + may
        if may:
            self.is_sent()

    @precondition(lambda self: not self.over)
    @rule()
    def the_server_starts_again(self):
        self.login.starts_again()
        self.is_sent(beside=True)
        self.good = dict(list(self.good.items())[-8:])

    @rule(passed=st.sampled_from([0.5, 10.0, 29.5, 30.0, 60.0, 99.5, 100.0]))
    def time_passes(self, passed):
        self.login.later(passed)

    @invariant()
    def the_login_outlives_its_codes(self):
        if isinstance(self.login.verdict, Asked):
            assert all(until < self.login.verdict.until for until in self.good.values())

    @invariant()
    def whatever_counts_for_blocking_was_a_guess(self):
        if isinstance(self.login.verdict, Asked | Failed) and self.login.verdict.counted:
            assert self.tries


class AmongSeveral(AnyOrder):
    """The same of a user with three addresses: a fresh code may go to another one, and the others are good no more."""

    RECIPIENTS = ("alice@example.com", "two@example.org", "three@example.org")

    def __init__(self):
        super().__init__()
        rows = [row("two@example.org", 1, directory="local"), row("three@example.org", 2, directory="local")]
        timing = {"validity": seconds(VALIDITY), "resend_after": seconds(RESEND_AFTER)}
        self.login = Login(rows=rows, attempts=ATTEMPTS, **timing)
        self.to = ""

    @initialize(wrong=st.integers(0, 4), number=st.integers(1, 3))
    def begins(self, wrong, number):
        self.login.begins()
        for _ in range(wrong):
            verdict = self.login.types("4")
            assert (verdict.counted, verdict.message) == ("", None)
        self.login.types(str(number))
        self.to = self.RECIPIENTS[number - 1]
        self.is_sent()

    def is_sent(self, *, beside=False):
        super().is_sent(beside=beside)
        assert self.login.messages[-1].content.recipient == self.to

    @precondition(lambda self: not self.over)
    @rule(code=st.text("0123456789", min_size=3, max_size=8))
    def guesses(self, code):
        right = self.good.get(code, 0.0) > self.login.now
        self.login.types(code)
        self.judged(right=right)

    @precondition(lambda self: not self.over)
    @rule(number=st.integers(1, 3), word=st.sampled_from(["resend ", "yeniden", ""]))
    def wants_it_elsewhere(self, number, word):
        before, may = len(self.login.messages), self.may_send()
        verdict = self.login.types(f"{word}{number}")
        assert isinstance(verdict, Asked)
        assert verdict.counted == ""
        assert len(self.login.messages) == before + may
        if may:
            self.to = self.RECIPIENTS[number - 1]
            self.is_sent()


TestAnyOrder = AnyOrder.TestCase
TestAmongSeveral = AmongSeveral.TestCase
TestAmongSeveral.settings = settings(max_examples=60, stateful_step_count=30)
TestAnyOrder.settings = settings(max_examples=100, stateful_step_count=30)
