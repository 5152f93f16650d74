"""Passwords that are known to be wrong: which, for how long, and how many (X48)."""

from __future__ import annotations

from radiusd.login.guard import PASSWORDS_KEPT, USERS_KEPT, KnownWrong
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Lock

ANN = Entry("corp", "7", "ann")
LOCK = Lock("corp", 5, 1800.0, generation="first")
NEXT = LOCK._replace(generation="second")


def test_a_wrong_password_is_known_while_the_window_lasts():
    known = KnownWrong()
    known.add(ANN, LOCK, "rose", 1000.0)
    assert known.has(ANN, LOCK, "rose", 2799.0)
    assert not known.has(ANN, LOCK, "tulip", 1000.0)
    assert not known.has(ANN, LOCK, "rose", 2800.0)
    assert len(known) == 0


def test_of_another_user_or_another_password_of_theirs_nothing_is_known():
    known = KnownWrong()
    known.add(ANN, LOCK, "rose", 1000.0)
    assert not known.has(ANN, NEXT, "rose", 1000.0)
    assert not known.has(Entry("corp", "8", "bob"), LOCK, "rose", 1000.0)
    assert not known.has(Entry("other", "7", "ann"), LOCK, "rose", 1000.0)


def test_where_the_directory_never_says_that_a_password_is_another_one_nothing_is_kept():
    known = KnownWrong()
    untold = LOCK._replace(generation="")
    known.add(ANN, untold, "rose", 1000.0)
    assert not known.has(ANN, untold, "rose", 1000.0)


def test_it_has_an_end():
    known = KnownWrong()
    for number in range(PASSWORDS_KEPT + 1):
        known.add(ANN, LOCK, f"guess {number}", 1000.0)
    assert [known.has(ANN, LOCK, f"guess {number}", 1000.0) for number in (0, 1, PASSWORDS_KEPT)] == [False, True, True]
    for number in range(USERS_KEPT):
        known.add(Entry("corp", f"u{number}", ""), LOCK, "rose", 1000.0)
    assert len(known) == USERS_KEPT
    assert not known.has(ANN, LOCK, "guess 1", 1000.0)
