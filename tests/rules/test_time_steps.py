"""Codes of authenticator apps: RFC 6238's own, and which of them are right when."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules.time_steps import (
    LONGEST,
    NEVER_USED,
    Clock,
    OfAnotherTime,
    Parameters,
    Right,
    Used,
    Wrong,
    code,
    first,
    judge,
    resynced,
    step_at,
    tell,
)

AT = 1_800_000_015.0
NOW = step_at(AT, 30)
PHONE = Parameters("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")


def of(step):
    return code(PHONE, step)


# RFC 6238 appendix B: seeds of 20, 32 and 64 octets.
SEEDS = {"sha1": b"12345678901234567890" * 1, "sha256": b"12345678901234567890123456789012", "sha512": b"1234567890" * 6 + b"1234"}  # fmt: skip
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize(("at", "sha1", "sha256", "sha512"), VECTORS)
def test_the_codes_of_rfc_6238(at, sha1, sha256, sha512):
    for algorithm, expected in (("sha1", sha1), ("sha256", sha256), ("sha512", sha512)):
        secret = base64.b32encode(SEEDS[algorithm]).decode().rstrip("=")
        assert code(Parameters(secret, algorithm, 8), step_at(at, 30)) == expected


def test_the_code_of_now_is_right():
    assert judge(PHONE, NEVER_USED, of(NOW), AT, 1) == Right(Clock(NOW, 0, 0))


@pytest.mark.parametrize(("off", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_either_way(off, right):
    judged = judge(PHONE, NEVER_USED, of(NOW + off), AT, 1)
    assert isinstance(judged, Right) is right
    if not right:
        assert tell(PHONE, NEVER_USED, of(NOW + off), AT) == OfAnotherTime(off)


def test_a_step_is_used_once():
    clock = judge(PHONE, NEVER_USED, of(NOW), AT, 1).clock
    assert judge(PHONE, clock, of(NOW), AT, 1) == Used()
    assert judge(PHONE, clock, of(NOW - 1), AT, 1) == Used()
    assert isinstance(judge(PHONE, clock, of(NOW + 1), AT, 1), Right)


def test_a_wrong_code():
    assert judge(PHONE, NEVER_USED, "000000", AT, 1) == Wrong()
    assert judge(PHONE, NEVER_USED, "", AT, 1) == Wrong()
    assert tell(PHONE, NEVER_USED, "000000", AT) == tell(PHONE, NEVER_USED, "", AT) == Wrong()
    assert judge(PHONE, NEVER_USED, of(NOW) + "0", AT, 1) == Wrong()


def signs_in(clock, seen, at):
    """Types the code of so many steps ahead at that time; the clock as it is known then."""
    judged = judge(PHONE, clock, of(step_at(at, 30) + seen), at, 1)
    assert isinstance(judged, Right), (clock, seen, judged)
    return judged.clock


def test_a_clock_that_runs_away_is_followed():
    """A hardware token loses some steps a year: with a window of one step it would be shut out."""
    clock, at = NEVER_USED, AT
    for seen in (0, -1, -1, -2, -2, -3, -3, -4, -4, -5):
        clock = signs_in(clock, seen, at)
        at += 86_400
    assert clock.drift == -4
    assert judge(PHONE, clock, of(step_at(at, 30) - 7), at, 1) == Wrong()
    assert tell(PHONE, clock, of(step_at(at, 30) - 7), at) == OfAnotherTime(-7)


def test_who_types_late_once_has_the_right_clock_still():
    clock = signs_in(NEVER_USED, -1, AT)
    assert clock.drift == 0
    clock = signs_in(clock, -1, AT + 600)  # twice in a row: the clock may be behind
    assert clock.drift == -1
    clock = signs_in(clock, 0, AT + 1200)
    assert clock.drift == 0


def test_whoever_sets_their_clock_right_is_never_shut_out():
    """What was learned goes with the old clock: the code of the very time is right whatever was learned."""
    assert isinstance(judge(PHONE, Clock(0, -9, -9), of(NOW), AT, 1), Right)
    assert judge(PHONE, Clock(0, -9, -9), of(NOW), AT, 0).clock.drift == 0


def test_ahead_is_learned_at_once():
    """Nobody types a code before the app shows it."""
    assert signs_in(NEVER_USED, 1, AT).drift == 1


def test_the_first_code_tells_how_far_the_clock_is_off():
    assert first(PHONE, of(NOW - 12), AT) == Right(Clock(NOW - 12, -12, -12))
    assert first(PHONE, of(NOW - 1), AT) == Right(Clock(NOW - 1, 0, -1))  # typed late
    assert first(PHONE, of(NOW + 1), AT) == Right(Clock(NOW + 1, 1, 1))
    assert first(PHONE, of(NOW + 120), AT) == OfAnotherTime(120)  # summer time
    assert first(PHONE, of(NOW - 420), AT) == OfAnotherTime(-420)
    assert first(PHONE, "000000", AT) == Wrong()


@pytest.mark.parametrize("off", [0, -7, 300, -2000])
def test_two_codes_in_a_row_tell_where_a_clock_is(off):
    """A token that lay in a drawer for years: no code of it is right, until it was synchronised."""
    clock = resynced(PHONE, Clock(NOW - 5000, 0, 0), of(NOW + off - 1), of(NOW + off), AT)
    assert clock == Clock(NOW + off, off, off)
    assert judge(PHONE, clock, of(NOW + off), AT, 1) in (Used(), Wrong())
    later = AT + 3000
    judged = judge(PHONE, clock, of(step_at(later, 30) + off), later, 1)
    assert isinstance(judged, Right)
    assert judged.clock.drift == off


def test_two_codes_that_are_not_in_a_row():
    assert resynced(PHONE, NEVER_USED, of(NOW), of(NOW + 2), AT) is None
    assert resynced(PHONE, NEVER_USED, of(NOW + 1), of(NOW), AT) is None
    assert resynced(PHONE, NEVER_USED, of(NOW), "", AT) is None
    assert resynced(PHONE, Clock(NOW, 0, 0), of(NOW - 1), of(NOW), AT) is None  # used already
    assert resynced(PHONE, NEVER_USED, of(NOW - 3000), of(NOW - 2999), AT) is None


def test_the_secret_is_not_shown():
    assert PHONE.secret not in repr(PHONE)


walk = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 200)), max_size=40)


@given(walk, st.integers(0, 3))
def test_no_step_is_used_twice_nor_one_before_another(signs, drift):
    """Whatever codes come, in whatever order."""
    clock, at, used = NEVER_USED, AT, []
    for seen, later in signs:
        at += later
        judged = judge(PHONE, clock, of(step_at(at, 30) + seen), at, drift)
        if isinstance(judged, Right):
            used.append(judged.clock.step)
            clock = judged.clock
        assert abs(clock.drift) <= LONGEST
    assert used == sorted(set(used))


@given(st.integers(-25, 25), st.integers(0, 10))
def test_right_near_where_the_clock_is_known_to_be_and_now(seen, drift):
    judged = judge(PHONE, Clock(-1, 5, 5), of(NOW + seen), AT, drift)
    assert isinstance(judged, Right) is (abs(seen - 5) <= drift or seen == 0)
