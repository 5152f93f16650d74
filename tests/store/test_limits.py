"""How many messages a user was sent within the hour: never more than the limit, and none that was not sent counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.messages import Limit, SentAt
from store.writing import limits
from store.writing.limits import SentLately

NOW = 1_000_000.0
ANN = Limit("local", "ann", "code", "", 2, NOW)


def at(limit, seconds, **other):
    return Limit(
        limit.directory, other.get("user", limit.unique_id), other.get("kind", limit.kind),
        other.get("recipient", limit.recipient), other.get("most", limit.most), limit.now + seconds,
    )  # fmt: skip


def test_a_message_counts_for_an_hour():
    sent = SentLately()
    assert sent.take((ANN,))
    assert sent.take((at(ANN, 60),))
    assert not sent.take((at(ANN, 3599),))
    assert sent.take((at(ANN, 3600),))  # the first was an hour ago
    assert not sent.take((at(ANN, 3601),))


def test_users_kinds_and_recipients_count_each_for_themselves():
    sent = SentLately()
    assert all(sent.take((ANN,)) for _ in range(2))
    assert sent.take((at(ANN, 0, user="bob"),))
    assert sent.take((at(ANN, 0, kind="approval", recipient="boss@example.com", most=1),))
    assert not sent.take((at(ANN, 0, kind="approval", recipient="boss@example.com", most=1),))
    assert sent.take((at(ANN, 0, kind="approval", recipient="deputy@example.com", most=1),))


def test_of_several_messages_all_have_room_or_none_counts():
    sent = SentLately()
    boss, deputy = (at(ANN, 0, recipient=f"{name}@example.com", most=1) for name in ("boss", "deputy"))
    assert sent.take((deputy,))
    assert not sent.take((boss, deputy))
    assert sent.take((boss,))


def test_what_was_not_sent_does_not_count():
    sent = SentLately()
    assert all(sent.take((ANN,)) for _ in range(2))
    sent.give_back((ANN,))
    assert sent.take((ANN,))
    assert not sent.take((ANN,))


def test_what_was_sent_before_the_start_counts_for_the_user_and_for_the_recipient():
    sent = SentLately()
    sent.load([SentAt("local", "ann", "code", "a@example.com", NOW - seconds) for seconds in (3599, 10)])
    assert not sent.take((ANN,))
    assert not sent.take((at(ANN, 0, recipient="a@example.com", most=2),))
    assert sent.take((at(ANN, 0, recipient="b@example.com", most=2),))
    assert sent.take((at(ANN, 1),))


def test_who_was_sent_nothing_for_an_hour_is_forgotten(monkeypatch):
    sent = SentLately()
    for number in range(5):
        sent.take((at(ANN, number, user=f"user{number}"),))
    sent.take((at(ANN, 1800, user="bob"),))
    assert len(sent) == 6
    sent.take((at(ANN, 3610, user="bob"),))
    sent.take((at(ANN, 3611),))
    sent.take((at(ANN, 3612),))
    assert len(sent) == 2
    monkeypatch.setattr(limits, "USERS_KEPT", 3)
    for number in range(9):
        sent.take((at(ANN, 3613, user=f"user{number}"),))
    assert len(sent) == 3


STEPS = st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.floats(0, 2000), st.booleans()), max_size=40)


@given(STEPS, st.integers(1, 4))
def test_never_more_within_an_hour_than_may(steps, most):
    """Against a list of all that was sent, asked anew each time."""
    sent, kept, now = SentLately(), [], NOW
    for user, pause, fails in steps:
        now += pause
        limit = Limit("local", user, "code", "", most, now)
        within = sum(name == user and then > now - 3600 for name, then in kept)
        taken = sent.take((limit,))
        assert taken is (within < most)
        if taken and fails:
            sent.give_back((limit,))
        elif taken:
            kept.append((user, now))
