"""How long a carrier takes: each message is counted once, and one is slow where most of the last ones were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.delivery.pace import BUCKETS, LAST, SLOW_SECONDS, WARNED_SECONDS, Pace

SECONDS = st.lists(st.floats(0, 100), max_size=40)


@given(SECONDS)
def test_every_message_is_in_the_buckets_that_hold_it(times):
    pace = Pace()
    for seconds in times:
        pace.took(seconds)
    told = dict(pace.cumulative)
    assert told == {**{str(most): sum(each <= most for each in times) for most in BUCKETS}, "+Inf": len(times)}
    assert pace.seconds == pytest.approx(sum(times))


@given(SECONDS)
def test_it_is_slow_where_most_of_the_last_were(times):
    pace = Pace()
    said = [pace.took(seconds) for seconds in times]
    last = [each > SLOW_SECONDS for each in times[-LAST:]]
    assert pace.is_slow is (sum(last) > LAST / 2)
    assert (said[-1] if said else False) is pace.is_slow


def test_it_is_told_now_and_then():
    pace = Pace()
    assert [pace.is_to_be_told(now) for now in (0.0, 1.0, WARNED_SECONDS - 1, WARNED_SECONDS, WARNED_SECONDS + 1)] == [
        True, False, False, True, False,
    ]  # fmt: skip
