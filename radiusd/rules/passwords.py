"""Passwords that local users are to get: what is wrong with one (radius.yaml's `security.passwords`), and random ones."""

from __future__ import annotations

import functools
import secrets
import unicodedata
from collections.abc import Iterable
from typing import Literal

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # of which none looks like another
MAX_OCTETS = 128  # of a User-Password: RFC 2865 section 5.2
COMMON = "the password is on every list of common passwords"
OF_THE_USER = "the password is made of the user's own name or address"


def word(length: int = 12) -> str:
    """A random text that a shell, a terminal and a person read alike; 5 bits a letter."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def composed(password: str) -> str:
    """The same letters with their marks put together (NFC); "" where they are. Source: Unicode Standard Annex 15."""
    if password.isascii() or unicodedata.is_normalized("NFC", password):
        return ""
    return unicodedata.normalize("NFC", password)


def weakness(password: str, min_length: int, user_words: Iterable[str] | None) -> tuple[str, int] | None:
    """The same for whoever chooses one: the key of a text, and its number. `user_words` None: easy ones are taken."""
    if len(password) < min_length:
        return "password_too_short", min_length
    if len(password.encode("utf-8", "surrogatepass")) > MAX_OCTETS:
        return "password_too_long", MAX_OCTETS
    if not password.isprintable():
        return "password_unreadable", 0
    easy = None if user_words is None else _too_easy(password.casefold(), user_words)
    return None if easy is None else ("password_common" if easy == COMMON else "password_of_the_user", 0)


def fault(
    password: str, min_length: int, common: Literal["refuse", "warn", "allow"], user_words: Iterable[str] = ()
) -> tuple[str | None, str | None]:
    """Why the password is refused, and what to say although it is taken; None where there is nothing.

    `user_words` are the user's names and addresses. The length is in characters, in whatever form they came.
    """
    if len(password) < min_length:
        return f"the password has fewer than {min_length} characters", None
    if len(password.encode("utf-8", "surrogatepass")) > MAX_OCTETS:
        return f"the password has more than {MAX_OCTETS} octets, which RADIUS cannot carry", None
    if any(character < " " or character == "\x7f" for character in password):
        return "the password has a control character", None
    said = None if common == "allow" else _too_easy(password.casefold(), user_words)
    return (said, None) if common == "refuse" else (None, said)


def _too_easy(password: str, user_words: Iterable[str]) -> str | None:
    if password in _common():
        return COMMON
    letters = password.strip("0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
    words = {word.casefold() for given in user_words for word in (given, *given.split("@"), *given.split()) if word}
    return OF_THE_USER if password in words or letters in words else None


@functools.cache
def _common() -> frozenset[str]:
    # Here, not above: the lists take memory that a server which sets no password need not have.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
