"""The State of a Challenge: what clients do not alter on its way back, and what nobody but us can make."""

from __future__ import annotations

import hashlib
import string

from hypothesis import assume, example, given
from hypothesis import strategies as st

from radiusd.login import states

KEYS = (b"k" * 32, b"o" * 32)
LETTERS = frozenset(string.ascii_letters.encode())

any_login = st.text("0123456789abcdef", min_size=2 * states.LOGIN, max_size=2 * states.LOGIN)
challenges = st.text("0123456789abcdef", min_size=2 * states.CHALLENGE, max_size=2 * states.CHALLENGE)


def as_octets(key: bytes, login: str, challenge: str) -> bytes:
    """As the release before made it."""
    body = bytes.fromhex(login + challenge)
    return body + hashlib.blake2b(body, key=key, person=b"state", digest_size=states.MAC).digest()


def up_to_a_zero(state: bytes) -> bytes:
    """What ocserv gives back."""
    return state.partition(b"\0")[0]


def by_way_of_a_cookie(state: bytes) -> bytes:
    """What Apache's mod_auth_radius gives back."""
    return bytes(octet + 65 if octet < 65 else octet & 0x7F for octet in state)


@given(any_login, challenges)
@example("0" * 24, "0" * 8)
@example("f" * 24, "f" * 8)
def test_it_is_letters_and_no_more_than_64(login, challenge):
    """D27"""
    state = states.make(KEYS, login, challenge)
    assert set(state) <= LETTERS
    assert len(state) <= 64
    assert up_to_a_zero(state) == by_way_of_a_cookie(state) == state


@given(any_login, challenges)
@example("0" * 24, "0" * 8)
def test_what_was_made_is_read(login, challenge):
    assert states.read(KEYS, states.make(KEYS, login, challenge)) == (login, challenge)


@given(any_login, challenges)
def test_what_was_made_before_the_key_was_changed_is_read(login, challenge):
    assert states.read(KEYS, states.make(KEYS[1:], login, challenge)) == (login, challenge)
    assert states.read(KEYS[:1], states.make(KEYS[1:], login, challenge)) is None


@given(any_login, challenges, st.integers(0, 47), st.integers(0, 255))
def test_another_octet_anywhere_makes_it_nobody_s(login, challenge, place, octet):
    """R38"""
    state = bytearray(states.make(KEYS, login, challenge))
    assume(state[place] != octet)
    state[place] = octet
    assert states.read(KEYS, bytes(state)) is None


@given(st.binary(max_size=253))
@example(b"")
@example(b"a" * 48)
@example(b"\xff" * 24)
@example(b"0" * 48)
def test_what_was_never_made_is_not_read(state):
    """R36"""
    assert states.read(KEYS, state) is None


@given(any_login, challenges)
@example("0" * 24, "0" * 8)
def test_what_the_release_before_made_is_read(login, challenge):
    """Whoever was asked before the update may answer after it."""
    assert states.read(KEYS, as_octets(KEYS[0], login, challenge)) == (login, challenge)
    assert states.read(KEYS, as_octets(KEYS[1], login, challenge)) == (login, challenge)
    assert states.read(KEYS, as_octets(b"x" * 32, login, challenge)) is None


@given(challenges)
def test_the_first_letter_says_that_it_is_a_login_s(challenge):
    """A State of another kind begins with another."""
    assert states.make(KEYS, states.new_login(), challenge)[:1] == b"a"


def test_challenges_and_logins_are_never_the_same():
    assert len({states.new_login() for _ in range(1000)}) == 1000
    assert len({states.new_challenge() for _ in range(1000)}) == 1000
