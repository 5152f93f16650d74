"""When failures become blocks, and whom they keep out (S261, S262, S266 to S272)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules.blocking import Attempt, Due, Limits, Lock, blocks_due, covers, guarded, room_for

NOW = 1_000_000.0
LIMITS = Limits({"password": 5, "code": 10}, 600.0, 1800.0, "station", 50)


def due(limits=LIMITS, kind="password", at_station=1, anywhere=1, station="home"):
    return blocks_due(limits, kind, at_station, anywhere, station, NOW)


@pytest.mark.row("S267", "S269")
def test_five_wrong_passwords_block_that_user_from_that_station():
    """S267, S269."""
    assert due(at_station=4, anywhere=4) == ()
    reason = "5 wrong passwords within 10 minutes from this station"
    assert due(at_station=5, anywhere=5) == (Due("station", "home", NOW + 1800, reason),)
    assert due(at_station=6, anywhere=6)[0].scope == "station"


@pytest.mark.row("S262", "S263")
def test_each_kind_has_its_own_limit():
    """S262, S263."""
    assert due(kind="code", at_station=9) == ()
    assert due(kind="code", at_station=10)[0].reason == "10 wrong codes within 10 minutes from this station"
    assert due(kind="push", at_station=49, anywhere=49) == ()


def test_scope_user_counts_and_blocks_from_anywhere():
    limits = LIMITS._replace(scope="user")
    assert due(limits, at_station=1, anywhere=4) == ()
    assert due(limits, at_station=1, anywhere=5) == (
        Due("user", "", NOW + 1800, "5 wrong passwords within 10 minutes from anywhere"),
    )
    assert [block.scope for block in due(limits, at_station=1, anywhere=50)] == ["user"]


def test_user_limit_blocks_unknown_stations():
    assert due(at_station=1, anywhere=49) == ()
    assert [(block.scope, block.station) for block in due(at_station=1, anywhere=50)] == [("unknown_stations", "")]
    assert [block.scope for block in due(at_station=5, anywhere=50)] == ["station", "unknown_stations"]
    assert due(LIMITS._replace(user_limit=None), at_station=1, anywhere=500) == ()


@pytest.mark.row("S270")
def test_a_permanent_block_has_no_end():
    """S270."""
    (block,) = due(LIMITS._replace(duration=None), at_station=5)
    assert block.until is None
    assert covers(block, "home", True, NOW + 1e9)


@pytest.mark.parametrize(
    ("scope", "station", "known", "covered"),
    [
        ("station", "home", True, True),
        ("station", "home", False, True),
        ("station", "office", True, False),
        ("user", "office", True, True),
        ("unknown_stations", "home", True, False),
        ("unknown_stations", "far", False, True),
        ("unknown_stations", "", True, True),
        ("", "home", True, True),
    ],
)
def test_whom_a_block_keeps_out(scope, station, known, covered):
    """A request without a station is from an unknown one, and an unknown scope keeps out."""
    block = SimpleNamespace(scope=scope, station="home" if scope == "station" else "", until=NOW)
    assert covers(block, station, known, NOW - 0.001) == covered
    assert not covers(block, station, known, NOW)


counts = st.integers(0, 100)
stations = st.sampled_from(["", "home"])
limits = st.builds(
    Limits,
    st.dictionaries(st.sampled_from(["password", "code"]), st.integers(1, 20)),
    st.floats(1, 3600),
    st.none() | st.floats(1, 3600),
    st.sampled_from(["station", "user"]),
    st.none() | st.integers(1, 50),
)


@given(limits, st.sampled_from(["password", "code"]), st.tuples(counts, counts), stations, st.booleans())
def test_a_limit_that_is_reached_keeps_its_user_out(limits, kind, failures, station, known):
    """And one that is not reached keeps nobody out."""
    at_station, anywhere = failures[0], sum(failures)
    blocks = blocks_due(limits, kind, at_station, anywhere, station, NOW)
    attempts = limits.failed_attempts.get(kind, 10**9)
    reached = (at_station if limits.scope == "station" else anywhere) >= attempts
    flooded = anywhere >= (limits.user_limit or 10**9)
    out = any(covers(block, station, known, NOW) for block in blocks)
    assert out == (reached or (flooded and (not known or not station)))
    elsewhere_known = any(covers(block, "elsewhere", True, NOW) for block in blocks)
    assert elsewhere_known == (reached and limits.scope == "user")
    if limits.duration is not None:
        assert not any(covers(block, station, known, NOW + limits.duration) for block in blocks)


@given(limits, counts, counts, stations)
def test_one_more_failure_never_takes_a_block_away(limits, at_station, elsewhere, station):
    anywhere = at_station + elsewhere
    before = {block.scope for block in blocks_due(limits, "password", at_station, anywhere, station, NOW)}
    after = {block.scope for block in blocks_due(limits, "password", at_station + 1, anywhere + 1, station, NOW)}
    assert before <= after or after == {"user"}


MAY, WAITS = None, ""
LOCK = Lock("corp", 5, 1800.0)


def failed(*stations, kind="password", ago=10.0):
    return [SimpleNamespace(station=station, kind=kind, at=NOW - ago) for station in stations]


def room(failures=(), judged=(), *, limits=LIMITS, lock=None, station="home", kind="password", known=False):
    """`judged`: the stations of the passwords that are being judged."""
    attempt = Attempt(station, kind, NOW, known)
    return room_for(attempt, limits, lock, failures, [(each, "password") for each in judged])


@pytest.mark.parametrize(
    ("before", "judged", "told"),
    [
        ((), ["home"] * 4, MAY),
        ((), ["home"] * 5, WAITS),
        ((), ["far"] * 5, MAY),
        (failed(*["home"] * 3), ["home"], MAY),
        (failed(*["home"] * 3), ["home"] * 2, WAITS),
        (failed(*["far"] * 3), ["home"] * 4, MAY),
        (failed(*["home"] * 4, kind="code"), ["home"] * 4, MAY),
        (failed(*["home"] * 4, ago=600.0), ["home"] * 4, MAY),
        # The limit is reached and no block is in force: one at a time.
        (failed(*["home"] * 9), [], MAY),
        (failed(*["home"] * 9), ["home"], WAITS),
    ],
)
def test_what_is_being_judged_counts_like_a_failure(before, judged, told):
    """X3: never more are judged than may fail."""
    assert room(before, judged) == told


def test_what_is_judged_elsewhere_counts_where_the_limit_is_for_all_stations():
    user = LIMITS._replace(scope="user")
    assert room(failed("far"), ["far"] * 3, limits=user) is MAY
    assert room(failed("far"), ["far"] * 4, limits=user) == WAITS
    few = LIMITS._replace(user_limit=6)
    assert room(failed("a", "b"), ["c"] * 3, limits=few) is MAY
    assert room(failed("a", "b"), ["c"] * 4, limits=few) == WAITS
    assert room(failed("a", "b"), ["c"] * 4, limits=few, known=True) is MAY


def test_passwords_and_codes_do_not_wait_for_each_other():
    assert room((), ["home"] * 5, kind="code") is MAY


def test_a_directory_that_locks_is_asked_less():
    """B11: what fails and what may fail, two short of its threshold, or one where the station is known."""
    off = Limits({}, 600.0, None)
    assert room(failed("a"), ["b"], limits=off, lock=LOCK) is MAY
    assert room(failed("a"), ["b", "c"], limits=off, lock=LOCK) == WAITS
    assert room(failed("a"), ["b", "c"], limits=off, lock=LOCK, known=True) is MAY
    told = "corp was not asked: 3 wrong passwords within 30 minutes, and it locks the account at 5"
    assert room(failed("a", "b", "c"), limits=off, lock=LOCK) == told
    assert room(failed("a", "b", "c", ago=1800.0), limits=off, lock=LOCK) is MAY
    assert room(failed("a"), limits=off, lock=Lock("corp", 2, 1800.0)).startswith("corp was not asked: 1")


def counts(number, ago=10.0, **more):
    """A lock whose directory tells what it has counted."""
    return LOCK._replace(counted=number, counted_at=NOW - ago, **more)


OURS = failed("a", "b", "c")


@pytest.mark.parametrize(
    ("lock", "before", "judged", "known", "told"),
    [
        (counts(2), (), [], False, MAY),
        (counts(2), (), ["x"], False, WAITS),
        (counts(3), (), [], False, "corp was not asked: 3"),
        (counts(3), (), [], True, MAY),
        (counts(4), (), [], True, "corp was not asked: 4"),
        # Its window is over, whatever it still shows.
        (counts(4, ago=1800.0), (), [], False, MAY),
        # It knows better than we do.
        (counts(0), OURS, [], False, MAY),
        # But for what another server of it has counted.
        (counts(0, elsewhere=NOW - 5.0), OURS, [], False, "corp was not asked: 3"),
        (counts(0, ago=NOW, elsewhere=NOW - 5.0, since=1.0), OURS, [], False, "corp was not asked: 3"),
        (counts(1, elsewhere=NOW - 5.0), failed("a"), ["x"], False, WAITS),
        # Wrong for another password, or forgiven: one more at a time.
        (counts(4, since=NOW - 5.0), (), [], False, MAY),
        (counts(4, since=NOW - 5.0), (), ["x"], False, WAITS),
        (counts(4, since=NOW - 15.0), (), [], False, "corp was not asked: 4"),
        (LOCK._replace(since=NOW - 5.0), OURS, [], False, MAY),
        (LOCK._replace(since=NOW - 15.0), OURS, [], False, "corp was not asked: 3"),
        # Nobody knows its threshold.
        (counts(1, assumed=True, threshold=3), (), [], False, MAY),
        (counts(2, assumed=True, threshold=3), (), [], True, "corp was not asked: 2"),
        # It is for the directory to say that it is locked.
        (counts(5, locked=True), (), [], False, MAY),
    ],
)
def test_what_the_directory_counts_is_heeded(lock, before, judged, known, told):
    """X49, X50"""
    what = room(before, judged, limits=Limits({}, 600.0, None), lock=lock, known=known)
    assert what == told if not told else what.startswith(told)


@pytest.mark.parametrize(
    ("lock", "before", "seconds", "why"),
    [
        (counts(2), (), None, ""),
        (counts(3, ago=60.0), (), 1740.0, "3 wrong passwords within 30 minutes; corp locks the account at 5; stations signed in from before have one more try"),
        (counts(4), (), 1790.0, "4 wrong passwords within 30 minutes; corp locks the account at 5"),
        (counts(5, locked=True), (), None, ""),
        # Ours are over one by one: when the second is, room is left.
        (LOCK, [*failed("a", ago=60.0), *failed("b", ago=50.0), *failed("c", "d")], 1750.0, "4 wrong passwords within 30 minutes; corp locks the account at 5"),
    ],
)  # fmt: skip
def test_for_how_long_the_directory_is_not_asked(lock, before, seconds, why):
    """X49: what `block list` shows."""
    due = guarded(NOW, lock, before)
    assert due == (None if seconds is None else Due("lockout", "", NOW + seconds, why))


def test_a_guard_is_no_block():
    block = SimpleNamespace(scope="lockout", station="", until=None)
    assert not covers(block, "home", known_station=False, now=NOW)
