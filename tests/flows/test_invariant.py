"""No Access-Accept without a recorded success of every factor; no code, link, State or grant counts twice (D18)."""

from __future__ import annotations

from tests.flows.invariant import walks

SEEDS = list(range(8))
SECONDS = 8.0


async def test_invariant(tmp_path):
    tally = await walks(SEEDS, tmp_path, SECONDS)
    # A walk in which nobody gets in shows nothing.
    assert tally["accepts"] > 0, tally
    assert tally["kills"] + tally["restarts"] > 0, tally
