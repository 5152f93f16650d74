"""The invariant (D18) over many walks, and that the walks find what would break it."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf

import pytest
from msgspec.structs import replace

from radiusd.login import factors, progress
from radiusd.login.open_logins import Login
from radiusd.model.access import Accept
from radiusd.one_time.sent_codes import Memory
from radiusd.rules import codes
from store import approvals
from tests.flows.invariant import walks
from tests.flows.witness import Unproved

pytestmark = pytest.mark.proof

ROUNDS, BESIDE, SECONDS = 12, 10, 20.0
TRIES = 6  # rounds in which a fault must show


async def test_invariant(tmp_path):
    """Seeds of today, not the same as yesterday's; a failure names its seed."""
    for number in range(ROUNDS):
        tally = await round_of(tmp_path / str(number))
        assert tally["accepts"] > 0, tally
        assert tally["kills"] + tally["restarts"] > 0, tally


async def round_of(folder):
    folder.mkdir()
    return await walks(random.sample(range(10_000_000), BESIDE), folder, SECONDS)


def one_factor_is_enough(patch: pytest.MonkeyPatch) -> None:
    def advance(before, verdict):
        after, following = progress.advance(before, verdict)
        return after, Accept(before.reply) if isinstance(following, progress.Begin) else following

    patch.setattr(factors, "advance", advance)


def any_code_will_do(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(codes, "is_among", lambda _made, digests: bool(digests))


def codes_never_grow_old(patch: pytest.MonkeyPatch) -> None:
    of = Memory.of

    def ageless(memory):
        read = of(memory)
        return replace(read, sent=tuple((digest, inf) for digest, _until in read.sent))

    patch.setattr(Memory, "of", ageless)


def ended_logins_go_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Login, "is_open", lambda _login, _now: True)


def a_refusal_is_an_approval(patch: pytest.MonkeyPatch) -> None:
    decide = approvals.decide
    patch.setattr(
        approvals,
        "decide",
        lambda connection, approval, _status, *rest: decide(connection, approval, "approved", *rest),
    )


@pytest.mark.parametrize(
    "broken",
    [one_factor_is_enough, any_code_will_do, codes_never_grow_old, ended_logins_go_on, a_refusal_is_an_approval],
)
async def test_walks_find_what_breaks_it(tmp_path, monkeypatch, broken: Callable[[pytest.MonkeyPatch], None]):
    async def rounds() -> None:
        for number in range(TRIES):
            await round_of(tmp_path / str(number))

    broken(monkeypatch)
    with pytest.raises(Unproved):
        await rounds()
