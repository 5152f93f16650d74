"""The invariant (D18) over many walks, and that the walks find what would break it."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf

import pytest
from msgspec.structs import replace

from radiusd.approval.question import Question
from radiusd.handlers.menu import Menu
from radiusd.handlers.password import Password
from radiusd.handlers.soft_otp import signing_in
from radiusd.handlers.soft_otp.signing_in import SoftOtp
from radiusd.login import changes, factors, progress
from radiusd.login.login_rows import Proofs, proofs_of
from radiusd.login.open_logins import Login
from radiusd.login.resuming import Resuming
from radiusd.model.access import Accept
from radiusd.model.verdict import Passed, Waiting
from radiusd.one_time.sent_codes import Memory
from radiusd.rules import codes, time_steps
from store import approvals
from tests.servers.postgres import postgres_server
from tests.walks.heard import Unproved
from tests.walks.two_nodes import in_pairs
from tests.walks.walk import alone, together

__all__ = ["postgres_server"]

pytestmark = pytest.mark.proof

ROUNDS, BESIDE, SECONDS = 12, 10, 20.0
PAIRS_BESIDE, ROUNDS_OF_PAIRS = 4, 6
NEVER = 1e12  # JSON has no infinity
TRIES = 6  # rounds in which a fault must show


async def test_invariant(tmp_path):
    """Seeds of today, not the same as yesterday's; a failure names its seed."""
    for number in range(ROUNDS):
        tally = await round_of(tmp_path / str(number))
        assert tally["accepts"] > 0, tally
        assert tally["kills"] + tally["restarts"] > 0, tally


async def test_two_nodes_that_ask_for_different_factors(tmp_path, postgres_server):
    for number in range(ROUNDS_OF_PAIRS):
        folder = tmp_path / str(number)
        folder.mkdir()
        pairs = in_pairs(random.sample(range(10_000_000), PAIRS_BESIDE), folder, postgres_server)
        tally = await together(pairs, SECONDS)
        assert tally["accepts"] > 0, tally


async def round_of(folder):
    folder.mkdir()
    return await together(alone(random.sample(range(10_000_000), BESIDE), folder), SECONDS)


def one_factor_is_enough(patch: pytest.MonkeyPatch) -> None:
    def advance(before, factor, verdict):
        after, following = progress.advance(before, factor, verdict)
        return after, Accept(before.reply) if isinstance(following, progress.Begin) else following

    patch.setattr(factors, "advance", advance)


def any_code_will_do(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(codes, "is_among", lambda _made, digests: bool(digests))


def codes_never_grow_old(patch: pytest.MonkeyPatch) -> None:
    of = Memory.of

    def ageless(memory):
        read = of(memory)
        return replace(read, sent=tuple((digest, NEVER) for digest, _until in read.sent))

    patch.setattr(Memory, "of", ageless)


def ended_logins_go_on(patch: pytest.MonkeyPatch) -> None:
    ended = changes._ended

    def kept(case, row, *of):
        return replace(ended(case, row, *of), memory=row.memory, states=row.states)

    patch.setattr(changes, "_ended", kept)
    patch.setattr(Login, "is_open", lambda _login, _now: True)


def a_refusal_is_an_approval(patch: pytest.MonkeyPatch) -> None:
    decide = approvals.decide
    patch.setattr(
        approvals,
        "decide",
        lambda connection, approval, _status, *rest: decide(connection, approval, "approved", *rest),
    )


def a_factor_s_place_tells_what_was_proved(patch: pytest.MonkeyPatch) -> None:
    def resumed(case, login):
        factors, proofs = case.plan.factors, proofs_of(login.row)
        rest = factors[factors.index(login.row.factor) :]
        return progress.Progress(rest, proofs.factors, proofs.trail, case.plan.reply, 0.0)

    patch.setattr(Resuming, "progress", staticmethod(resumed))


def a_changed_password_is_the_same(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Proofs, "is_of", lambda _proofs, _credential: True)


def an_accept_is_given_again_for_ever(patch: pytest.MonkeyPatch) -> None:
    repeated = Resuming._repeated
    patch.setattr(
        Resuming,
        "_repeated",
        lambda self, case, login: repeated(self, case, Login(replace(login.row, until=inf), login.entry)),
    )


def a_choice_is_all_that_is_proved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Menu, "_chosen", lambda _menu, profile, _how: Passed(profile))


def the_last_way_is_taken_whatever_was_chosen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Menu, "_read", lambda _menu, _answer, offered, _language: offered[-1])


def a_password_that_must_be_changed_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Password, "_must_change", lambda *_: Passed("password right"))


def whoever_asks_again_was_approved(patch: pytest.MonkeyPatch) -> None:
    read = Question.read

    async def decided(question, turn):
        verdict = await read(question, turn)
        return Passed("nobody said no") if isinstance(verdict, Waiting) else verdict

    patch.setattr(Question, "read", decided)


def a_step_is_good_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SoftOtp, "_right", lambda _method, _turn, _app, _judged: Passed("right"))


def clocks_may_be_ten_steps_off(patch: pytest.MonkeyPatch) -> None:
    judge = time_steps.judge
    patch.setattr(
        signing_in, "judge", lambda parameters, clock, typed, at, _drift: judge(parameters, clock, typed, at, 10)
    )


BROKEN = {
    one_factor_is_enough: "no code of it was typed|nobody decided",
    any_code_will_do: "no code of it was typed",
    codes_never_grow_old: r"it was [0-9.]+ s old",
    ended_logins_go_on: "used before|accepted before|accepted twice|met a bug",
    a_refusal_is_an_approval: "(approved|linked): ",
    a_factor_s_place_tells_what_was_proved: "no code of it was typed|is no longer",
    a_changed_password_is_the_same: "changed meanwhile",
    whoever_asks_again_was_approved: "nobody decided|the link was too old|the decision was not",
    a_step_is_good_twice: "used before",
    clocks_may_be_ten_steps_off: "steps ahead",
    a_choice_is_all_that_is_proved: "no code of it was typed|nobody decided",
    the_last_way_is_taken_whatever_was_chosen: "nobody chose ",
    a_password_that_must_be_changed_is_enough: "the password had to be changed, and was not",
    an_accept_is_given_again_for_ever: "used before|is repeated|changed meanwhile",
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_walks_find_what_breaks_it(tmp_path, monkeypatch, broken: Callable[[pytest.MonkeyPatch], None]):
    async def rounds() -> None:
        for number in range(TRIES):
            await round_of(tmp_path / str(number))

    broken(monkeypatch)
    with pytest.raises(Unproved, match=BROKEN[broken]):
        await rounds()
