"""Sealed texts: what the database keeps of secrets that must be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules.sealing import Damaged, KeyIsMissing, Sealing, id_of, key_of

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_comes_back(octets, name):
    sealing = Sealing([NEW])
    assert sealing.open(sealing.seal(octets, name), name) == octets


def test_no_two_are_alike():
    sealing = Sealing([NEW])
    assert len({sealing.seal(b"the same", "1") for _ in range(50)}) == 50


def test_nothing_of_it_is_to_be_read():
    sealed = Sealing([NEW]).seal(b"12345678901234567890", "1")
    assert "1234" not in sealed
    assert NEW.hex() not in sealed


def test_one_of_another_row_is_not_opened():
    sealing = Sealing([NEW])
    with pytest.raises(Damaged):
        sealing.open(sealing.seal(b"secret", "ann's"), "ben's")


@pytest.mark.parametrize("change", [lambda text: text[:-4], lambda text: text[:-6] + "AAAA==", lambda text: text + "é"])
def test_a_damaged_one_is_not_opened(change):
    sealing = Sealing([NEW])
    with pytest.raises(Damaged):
        sealing.open(change(sealing.seal(b"secret", "1")), "1")


def test_after_a_rotation_the_old_ones_are_opened_and_new_ones_have_the_new_key():
    """`key_file`: the first line is for new ones, further lines are older keys."""
    before, after = Sealing([OLD]), Sealing([NEW, OLD])
    sealed = before.seal(b"secret", "1")
    assert after.open(sealed, "1") == b"secret"
    assert not after.is_current(sealed)
    assert after.is_current(after.seal(b"secret", "1"))


def test_without_the_old_key_it_is_said_which_one_is_missing():
    sealed = Sealing([OLD]).seal(b"secret", "1")
    with pytest.raises(KeyIsMissing, match=id_of(OLD)) as told:
        Sealing([NEW]).open(sealed, "1")
    assert key_of(sealed) == told.value.key
    assert "secret" not in str(told.value)
    assert not Sealing([NEW]).has(key_of(sealed))
