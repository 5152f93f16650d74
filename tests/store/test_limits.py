"""How many messages a user was sent within the hour: never more than the limit, and none that was not sent counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from store import logins, messages
from store.messages import CLIENT, STATION, Limit, SentAt
from store.records import MessageRow
from store.writing import limits
from store.writing.limits import SentLately
from tests.store.test_logins import login

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


LINK = Limit("local", "ann", "link", "", 9, NOW)


def of_place(place, of, most=1, user=("", "")):
    return Limit(*user, "link", place, most, NOW, of)


def test_links_count_by_station_and_client_as_well():
    sent = SentLately()
    assert sent.take((LINK, of_place("pc", STATION, 2), of_place("gate", CLIENT, 3)))
    assert sent.take((at(LINK, 0, user="bob"), of_place("pc", STATION, 2), of_place("gate", CLIENT, 3)))
    assert not sent.take((at(LINK, 0, user="carol"), of_place("pc", STATION, 2), of_place("gate", CLIENT, 3)))
    assert sent.take((at(LINK, 0, user="carol"), of_place("phone", STATION, 2), of_place("gate", CLIENT, 3)))
    assert not sent.take((at(LINK, 0, user="dave"), of_place("tablet", STATION, 2), of_place("gate", CLIENT, 3)))


def test_a_station_and_a_client_of_one_name_are_two():
    sent = SentLately()
    assert sent.take((of_place("gate", STATION),))
    assert sent.take((of_place("gate", CLIENT),))
    assert not sent.take((of_place("gate", CLIENT),))


def test_links_of_before_the_start_count_for_their_places_too():
    sent = SentLately()
    sent.load([SentAt("local", "ann", "link", "a@example.com", NOW - 5, "pc", "gate")])
    for limit in (
        at(LINK, 0, most=1),
        of_place("pc", STATION),
        of_place("gate", CLIENT),
        of_place("pc", STATION, user=("local", "ann")),
    ):
        assert not sent.take((limit,))
    assert sent.take((of_place("pc", STATION, user=("local", "bob")),))


async def test_the_database_counts_them_the_same(store):
    """On either database: what other nodes wrote, and what was written before the start."""
    row = replace(login(1), station="pc", client="gate")
    message = MessageRow("a", NOW - 5, row.id, "link", "link", "local", "ann", "a@example.com", NOW + 900)
    code = MessageRow("b", NOW - 5, row.id, "code", "mailed", "local", "ann", "a@example.com", NOW + 900)
    opened = await store.write_jointly(logins.OPEN, logins.Opening(row, messages=(message, code)))
    assert opened is logins.Written.DONE
    full = [
        at(LINK, 0, most=1),
        of_place("pc", STATION),
        of_place("gate", CLIENT),
        of_place("pc", STATION, user=("local", "ann")),
    ]
    free = [
        at(LINK, 0, most=2),
        of_place("phone", STATION),
        of_place("pc", STATION, 2),
        of_place("pc", STATION, user=("local", "bob")),
    ]
    allowed = await store.read(lambda c: messages.allowed(c, [(limit,) for limit in (*full, *free)]))
    assert allowed == [False] * 4 + [True] * 4
    assert await store.read(lambda c: messages.allowed(c, [(of_place("phone", STATION),)] * 2)) == [True, False]
    since = await store.read(lambda c: messages.since(c, NOW - 3600))
    assert [(each.kind, each.station, each.client) for each in since] == [("link", "pc", "gate"), ("code", "", "")]
