"""The state machine (D18): no Accept without a recorded success of every factor that is asked for, in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radiusd.login.progress import Begin, Refused, Stuck, advance, begun, resumed
from radiusd.model.access import Accept, Reply
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Waiting

FACTORS = ("password", "mailed", "by-sms", "approved")
REPLY = Reply()
VERDICTS = st.one_of(
    st.just(Passed("right")),
    st.just(Failed("wrong", "code")),
    st.just(Asked("?", "", 0.0)),
    st.just(Waiting("a", 0.0, "a", "wait")),
    st.just(Unavailable("out", "gone")),
)
PLANS = st.permutations(FACTORS).flatmap(lambda order: st.integers(1, 4).map(lambda size: tuple(order[:size])))


@given(PLANS, st.lists(st.tuples(st.sampled_from(FACTORS), VERDICTS), max_size=12))
def test_an_accept_comes_of_every_factor_passed_and_of_nothing_else(plan, verdicts):
    progress, passed = begun(plan, REPLY), set()
    for factor, verdict in verdicts:
        progress, following = advance(progress, factor, verdict)
        if isinstance(verdict, Passed) and factor in plan and factor not in passed:
            passed.add(factor)
            assert isinstance(following, Accept) == (passed == set(plan))
            if isinstance(following, Begin):
                assert following.factor in set(plan) - passed
        else:
            assert not isinstance(following, Accept)
        if isinstance(following, Asked | Waiting):
            assert progress.remaining[0] == factor
        if isinstance(following, Accept | Refused | Stuck):
            return


STEPS = ("new-password", "enrolling")
ADDING = st.builds(
    lambda then: Passed("right", then=then), st.lists(st.sampled_from(FACTORS + STEPS), max_size=3).map(tuple)
)
CHOOSING = st.builds(
    lambda then: Passed("chosen", then=then, chosen="a profile"),
    st.lists(st.sampled_from(FACTORS), max_size=3).map(tuple),
)


@given(
    PLANS,
    st.lists(st.tuples(st.sampled_from(FACTORS + STEPS), VERDICTS | ADDING | CHOOSING), max_size=20),
    st.booleans(),
)
def test_no_accept_without_each_factor_that_was_asked_for_or_added(plan, verdicts, restarts):
    """Also where every step is read from the row again, as another node or a process after a restart does (D18)."""
    progress, wanted, passed, ways = begun(plan, REPLY), set(plan), set(), plan
    for factor, verdict in verdicts:
        progress, following = advance(progress, factor, verdict)
        if isinstance(verdict, Passed) and factor in wanted - passed:
            passed.add(factor)
            wanted |= set(verdict.then)
            ways = (*ways, *verdict.then) if verdict.chosen else ways  # the plan is that of the profile from then on
            assert isinstance(following, Accept) == (wanted <= passed)
            assert set(progress.remaining) == wanted - passed
            assert set(progress.added) <= wanted
        else:
            assert not isinstance(following, Accept)
        if isinstance(following, Accept | Refused | Stuck):
            return
        if restarts:
            progress = resumed(ways, progress.proved, progress.trail, REPLY, progress.added)
            assert set(progress.remaining) == wanted - passed


def test_what_a_verdict_adds_comes_last_and_what_a_profile_asks_for_before_it():
    """The password has expired: it is changed once the profile that is chosen after it has been proved."""
    progress = begun(("password", "menu"), REPLY)
    progress, following = advance(progress, "password", Passed("right", then=("new-password",)))
    assert (following, progress.remaining) == (Begin("menu"), ("menu", "new-password"))
    progress, following = advance(progress, "menu", Passed("chosen", then=("password", "mailed"), chosen="mailed"))
    assert (following, progress.remaining) == (Begin("mailed"), ("mailed", "new-password"))
    assert (progress.added, progress.chosen) == (("new-password",), "mailed")
    progress, following = advance(progress, "mailed", Passed("code right"))
    assert following == Begin("new-password")
    progress, following = advance(progress, "new-password", Passed("changed"))
    assert isinstance(following, Accept)


def test_what_was_added_twice_is_proved_once():
    progress = begun(("password", "mailed"), REPLY)
    progress, _following = advance(progress, "password", Passed("right", then=("new-password", "mailed")))
    progress, _following = advance(progress, "mailed", Passed("right", then=("new-password", "password")))
    assert (progress.remaining, progress.added) == (("new-password",), ("new-password",))


@given(PLANS, PLANS, st.integers(0, 4))
def test_what_was_proved_counts_by_its_name_whatever_the_file_says_now(before, now, steps):
    """X1: a reload reorders, adds and drops factors while a login is under way."""
    progress = begun(before, REPLY)
    for factor in before[:steps]:
        progress, _following = advance(progress, factor, Passed("right"))
    again = resumed(now, progress.proved, progress.trail, REPLY)
    assert again.remaining == tuple(factor for factor in now if factor not in before[:steps])


def test_the_machine_that_reads_places_is_seen_to_fail():
    """One code and the approval, where the file has a second code now: `by-sms` was never proved."""
    progress = resumed(("password", "by-sms", "mailed"), ("password",), ("right",), REPLY)
    progress, following = advance(progress, "mailed", Passed("code right"))
    assert following == Begin("by-sms")
    _progress, following = advance(progress, "by-sms", Passed("code right"))
    assert isinstance(following, Accept)


def test_whoever_waits_for_a_decision_waits_on_where_a_reload_puts_a_code_before_it():
    """What is written of the login is of the approval, not of the code that nobody was sent."""
    progress = resumed(("password", "mailed", "approved"), ("password",), ("right",), REPLY)
    progress, following = advance(progress, "approved", Waiting("a", 0.0, "a", "wait"))
    assert (progress.remaining, isinstance(following, Waiting)) == (("approved", "mailed"), True)
    _progress, following = advance(progress, "approved", Passed("approved by boss"))
    assert following == Begin("mailed")
