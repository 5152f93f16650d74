"""No Access-Accept without a recorded success of every factor; no code, link, State or grant counts twice (D18)."""

from __future__ import annotations

from tests.servers.postgres import postgres_server
from tests.walks.two_nodes import in_pairs
from tests.walks.walk import alone, together

__all__ = ["postgres_server"]

# Few: with many beside the other tests a notice takes longer than the witness grants. The proof has more.
SEEDS = list(range(6))
PAIRS = [100, 101]
SECONDS = 8.0


async def test_invariant(tmp_path):
    tally = await together(alone(SEEDS, tmp_path), SECONDS)
    # A walk in which nobody gets in shows nothing.
    assert tally["accepts"] > 0, tally
    assert tally["kills"] + tally["restarts"] > 0, tally


async def test_two_nodes_that_ask_for_different_factors(tmp_path, postgres_server):
    tally = await together(in_pairs(PAIRS, tmp_path, postgres_server), SECONDS)
    assert tally["accepts"] > 0, tally
