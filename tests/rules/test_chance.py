"""Chance that is fetched ahead: nothing of it comes twice."""

from __future__ import annotations

import os

import pytest

from radiusd.rules import chance


def test_no_octet_comes_twice(monkeypatch):
    fetched = []

    def system(number):
        fetched.append(bytes(octet % 251 for octet in range(number)))
        return fetched[-1]

    fresh = chance._Chance()
    monkeypatch.setattr(chance.os, "urandom", system)
    taken = b"".join(fresh.octets(number) for number in (16, 1, 4000, 79))
    assert taken == fetched[0]  # to the last one
    assert len(fetched) == 1
    fresh.octets(1)
    assert len(fetched) == 2


def test_what_is_left_is_too_little():
    fresh = chance._Chance()
    fresh.octets(chance.FETCHED - 3)
    assert len(fresh.octets(8)) == 8


def test_another_process_has_its_own():
    chance.octets(1)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, chance.octets(16))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 16)
    os.close(reader)
    os.close(writer)
    assert chance.octets(16) != theirs


def test_letters_are_all_as_likely(monkeypatch):
    """Octets that would make the first ones likelier are left out."""
    drawn = iter((bytes((0, 252, 255, 253)), bytes((1, 2, 3, 4))))
    monkeypatch.setattr(chance, "octets", lambda _number: next(drawn))
    assert chance.letters("abcdefghi", 4) == "abcd"
    monkeypatch.undo()
    assert set(chance.letters("ab", 200)) == {"a", "b"}


@pytest.mark.parametrize("limit", [1, 2, 10, 10**6])
def test_a_number_is_under_its_limit_and_may_be_any(limit):
    made = {chance.below(limit) for _ in range(200)}
    assert all(0 <= number < limit for number in made)
    assert len(made) >= min(limit, 10)


def test_numbers_that_would_make_some_likelier_are_left_out(monkeypatch):
    drawn = iter((b"\xff" * 8, bytes(7) + b"\x07"))
    monkeypatch.setattr(chance, "octets", lambda _number: next(drawn))
    assert chance.below(10) == 7
