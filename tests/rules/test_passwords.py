"""What is said of a password that a local user is to get."""

from __future__ import annotations

import pytest

from radiusd.rules.passwords import COMMON, OF_THE_USER, fault

WORDS = ("ann", "Ann", "Example", "ann.example@example.com", "+905554443322")


@pytest.mark.parametrize(
    "password", ["tulip under the old bridge", "x" * 64, "correct horse", "ğüşiöç-ıİ", "Ann likes tea"]
)
def test_a_good_one(password):
    """64 characters and more are taken, whatever they are (NIST SP 800-63B)."""
    assert fault(password, 8, "refuse", WORDS) == (None, None)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("tulip", "the password has fewer than 8 characters"),
        ("", "the password has fewer than 8 characters"),
        ("ş" * 65, "the password has more than 128 octets, which RADIUS cannot carry"),
        ("tulip\0tulip", "the password has a control character"),
    ],
)
def test_what_cannot_be_taken(password, said):
    assert fault(password, 8, "allow") == (said, None)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("password1", COMMON),
        ("PassWord1", COMMON),
        ("Example-2026!", OF_THE_USER),
        ("ann.example", OF_THE_USER),
        ("+905554443322", OF_THE_USER),
    ],
)
def test_what_is_too_easy_is_refused_warned_of_or_allowed(password, said):
    assert fault(password, 8, "refuse", WORDS) == (said, None)
    assert fault(password, 8, "warn", WORDS) == (None, said)
    assert fault(password, 8, "allow", WORDS) == (None, None)
