"""Codes that are sent: as likely as each other, of one login alone, read as people type them."""

from __future__ import annotations

import secrets
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from radiusd.rules import chance, codes

KEY = b"k" * 32
DRAWN = 10_000
# Of chi-square with 9 degrees of freedom: one run in ten billion has a position that is further off by chance.
FURTHEST = 70.0
DIGITS = st.text("0123456789", min_size=4, max_size=10)
BETWEEN = st.sampled_from(["", " ", "-", "\u00a0", "\u2013", "\u200b", "\t"])


def furthest_off(make):
    """The largest chi-square of the six positions, each of which should have every digit as often."""
    drawn = [make() for _ in range(DRAWN)]
    expected = DRAWN / 10
    counts = [Counter(code[position] for code in drawn) for position in range(6)]
    return max(sum((count[digit] - expected) ** 2 / expected for digit in "0123456789") for count in counts)


def test_every_code_is_as_likely_as_any_other():
    """S2 of protocol.md."""
    assert furthest_off(lambda: codes.new_code(6)) < FURTHEST


def test_a_code_with_a_bias_is_found_out():
    assert furthest_off(lambda: str(secrets.randbelow(2**19)).zfill(6)) > FURTHEST


@given(st.integers(4, 10))
@pytest.mark.row("S99")
def test_a_code_is_as_long_as_it_should_be(length):
    code = codes.new_code(length)
    assert len(code) == length
    assert code.isascii()
    assert code.isdecimal()


def test_a_code_may_begin_with_zeros(monkeypatch):
    monkeypatch.setattr(chance, "below", lambda limit: 42 if limit == 10**6 else None)
    assert codes.new_code(6) == "000042"


@given(DIGITS, DIGITS, st.text(max_size=12), st.text(max_size=12))
def test_a_digest_is_of_one_code_of_one_factor_of_one_login(code, other, login, factor):
    made = codes.digest(KEY, login, factor, code)
    assert made == codes.digest(KEY, login, factor, code)
    assert made != codes.digest(b"K" * 32, login, factor, code)
    assert made != codes.digest(KEY, login + "1", factor, code)
    assert made != codes.digest(KEY, login, factor + "1", code)
    assert (made == codes.digest(KEY, login, factor, other)) is (code == other)


def test_login_and_factor_do_not_run_into_each_other():
    assert codes.digest(KEY, "a1", "mail", "123456") != codes.digest(KEY, "a", "1mail", "123456")


@given(st.lists(st.text("0123456789abcdef", min_size=32, max_size=32)), st.text("0123456789abcdef", min_size=32))
def test_among_several(digests, other):
    assert all(codes.is_among([each], digests) for each in digests)
    assert codes.is_among([other], digests) is (other in digests)


@given(DIGITS, st.lists(BETWEEN, min_size=11, max_size=11))
def test_a_code_is_read_however_it_is_spaced(code, between):
    typed = between[0] + "".join(digit + blank for digit, blank in zip(code, between[1:], strict=False))
    assert codes.typed(typed) == code


@pytest.mark.parametrize(
    ("answer", "digits"),
    [
        ("123456", "123456"),
        ("123 456", "123456"),
        ("123-456 ", "123456"),
        ("123456\r\n", "123456"),
        ("123456\0", "123456"),
        ("\u200e123456\ufeff", "123456"),
        ("１２３４５６", "123456"),  # noqa: RUF001 - full width
        ("١٢٣٤٥٦", "123456"),
        ("۱۲۳۴۵۶", "123456"),
        ("12345", "12345"),
        ("", ""),
        ("-", ""),
        ("O12345", ""),
        ("123456!", ""),
        ("12.3456", ""),
        ("tulip123456", ""),
        ("1" * 65, "1" * 64),
        ("１" * 65, ""),  # noqa: RUF001 - full width
    ],
)
def test_what_is_read_as_a_code(answer, digits):
    assert codes.typed(answer) == digits


@given(st.text())
def test_nothing_but_digits_is_read(answer):
    digits = codes.typed(answer)
    assert digits == "" or (digits.isascii() and digits.isdecimal())


@pytest.mark.parametrize("answer", ["", " ", "\0", "\r\n", "resend", "Resend", "RESEND ", "yeniden", "YENİDEN"])
def test_words_that_ask_for_a_fresh_code(answer):
    assert codes.asks_again(answer)


@pytest.mark.parametrize("answer", ["123456", "send", "resend it", "0", "-", "no", " " * 65])
def test_words_that_do_not(answer):
    assert not codes.asks_again(answer)


@given(st.text(), DIGITS)
def test_a_code_behind_a_password(password, code):
    assert codes.split_appended(password + code, len(code)) == ((password, code) if password else None)


@pytest.mark.parametrize("typed", ["", "12345", "123456", "tulip12345", "tulip123456 ", "tulip12345６"])  # noqa: RUF001
def test_no_code_behind_a_password(typed):
    assert codes.split_appended(typed, 6) is None


def test_digits_before_the_code_are_the_passwords():
    assert codes.split_appended("tulip2026123456", 6) == ("tulip2026", "123456")


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("alice@example.com", "a***e@example.com"),
        ("ann@example.com", "a***n@example.com"),
        ("an@example.com", "a***@example.com"),
        ("a@example.com", "a***@example.com"),
        ("ışıl@example.com", "ı***l@example.com"),
    ],
)
def test_an_address_is_partly_hidden(address, hidden):
    assert codes.hidden_mail(address) == hidden


@pytest.mark.parametrize(
    ("number", "country_code", "hidden"),
    [
        ("+905554443322", 90, "+90********22"),
        ("+12025550123", 1, "+1********23"),
        ("+994501234567", 994, "+994*******67"),
    ],
)
def test_a_number_is_partly_hidden(number, country_code, hidden):
    assert codes.hidden_number(number, country_code) == hidden


@given(st.text("abcdefghij", min_size=3, max_size=64), st.text("0123456789", min_size=7, max_size=12))
def test_what_is_hidden_is_not_shown(local, national):
    assume(set(local[1:-1]).isdisjoint(local[0] + local[-1]))
    assert set(codes.hidden_mail(f"{local}@x")[:-2]) == {local[0], "*", local[-1]}
    assert set(codes.hidden_number(f"+90{national}", 90)[3:-2]) == {"*"}
