"""Notices of an account's end: whoever takes them, once, on either database."""

from __future__ import annotations

import pytest

from store import expiring, many_users, users
from store.records import NewUser

NAMES = ("ann", "bob", "cid", "dan", "eve")


@pytest.fixture
def ends(synchronous):
    """Users whose account ends at 100, 200, ...; eve's does not."""
    for number, name in enumerate(NAMES[:4]):
        new = NewUser(username=name, expires_at=100.0 * (number + 1), enabled=name != "dan")
        synchronous.write_now(lambda c, new=new: users.add(c, new, 10.0))
    synchronous.write_now(lambda c: users.add(c, NewUser(username="eve"), 10.0))
    return synchronous


def between(store, now, until):
    return store.read_now(lambda c: expiring.between(c, now, until))


def test_whose_account_ends_between_two_moments(ends):
    assert [each.username for each in between(ends, 0.0, 1000.0)] == ["ann", "bob", "cid"]
    assert [each.username for each in between(ends, 100.0, 200.0)] == ["bob"]
    assert {each.noticed_until for each in between(ends, 0.0, 1000.0)} == {10.0}


def test_each_is_taken_once_until_it_is_given_back(ends):
    first, second = between(ends, 0.0, 1000.0), between(ends, 0.0, 1000.0)
    taken = ends.write_now(lambda c: expiring.take(c, first[:2], 50.0))
    assert taken == first[:2]
    assert ends.write_now(lambda c: expiring.take(c, second, 51.0)) == second[2:]
    ends.write_now(lambda c: expiring.give_back(c, taken, 50.0))
    assert ends.write_now(lambda c: expiring.take(c, second, 52.0)) == second[:2]


def test_a_new_date_begins_anew_and_what_was_read_before_is_worth_nothing(ends):
    old = between(ends, 0.0, 1000.0)
    ends.write_now(lambda c: users.change(c, "ann", {"expires_at": 500.0}, 60.0))
    [bob] = [user for user in ends.read_now(users.listed) if user.username == "bob"]
    ends.write_now(lambda c: many_users.apply(c, [], [many_users.Change(bob, {"expires_at": 600.0})], 61.0))
    ends.write_now(lambda c: users.change(c, "cid", {"enabled": False}, 62.0))
    assert ends.write_now(lambda c: expiring.take(c, old, 70.0)) == []
    assert {each.username: each.noticed_until for each in between(ends, 0.0, 1000.0)} == {"ann": 60.0, "bob": 61.0}
    ends.write_now(lambda c: users.change(c, "ann", {"first_name": "Ann"}, 80.0))
    assert {each.noticed_until for each in between(ends, 0.0, 550.0)} == {60.0}
