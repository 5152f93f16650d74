"""The form of RFC 8265 in which passwords of local users are kept and compared."""

from __future__ import annotations

import unicodedata

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from radiusd.passwords import hashing
from radiusd.passwords.opaque import NotAllowed, enforced

WORD = "gözlük çiçeği 5 İIıi"
APART = unicodedata.normalize("NFD", WORD)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (WORD, WORD),
        (APART, WORD),
        ("a\u00a0b\u3000c", "a b c"),  # other spaces are the plain one
        ("Tulip", "Tulip"),  # case counts
        ("\uff34ulip", "\uff34ulip"),  # so does width (section 4.2.2)
        (" tulip ", " tulip "),
    ],
)
def test_the_form(typed, kept):
    assert enforced(typed) == kept


@pytest.mark.parametrize("typed", ["", "a\tb", "a\u200bb", "a\u0378b", "a\ud800"])
def test_what_no_password_may_have(typed):
    """Empty is a matter of `min_length`."""
    if typed:
        with pytest.raises(NotAllowed) as raised:
            enforced(typed)
        assert raised.value.__cause__ is None
        assert typed not in str(raised.value)


@settings(max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_kept_in_the_form_and_typed_in_any(password):
    try:
        kept = enforced(password)
    except NotAllowed:
        return
    assert enforced(kept) == kept
    for form in ("NFC", "NFD"):
        assert enforced(unicodedata.normalize(form, kept)) == unicodedata.normalize("NFC", kept)


def test_a_hash_is_of_the_kept_form():
    """X58: set on one device, typed on another."""
    for made in (WORD, APART):
        stored = hashing.make(made)
        assert hashing.verify(stored, WORD) is True
        assert hashing.verify(stored, APART) is True
        assert hashing.verify(stored, "gozluk cicegi 5 Iiii") is False


def test_hashes_that_were_made_of_another_form_are_still_right():
    stored = QUICK.hash(APART)
    assert hashing.verify(stored, APART) is True
    assert hashing.verify(stored, WORD) is False


def test_what_has_no_such_form_is_taken_as_it_is():
    stored = hashing.make("a\u200bb")
    assert hashing.verify(stored, "a\u200bb") is True
    assert hashing.verify(stored, "ab") is False
