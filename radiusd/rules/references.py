"""The short reference of a Reject (D22): 8 characters of Crockford base 32, 40 random bits."""

from __future__ import annotations

from radiusd.rules import chance

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8

_PAIRS = tuple(a + b for a in ALPHABET for b in ALPHABET)
_READ = str.maketrans("OIL", "011", "- ")


def reference() -> str:
    """A new one, not to be guessed."""
    number = int.from_bytes(chance.octets(5 * LENGTH // 8), "big")
    return _PAIRS[number >> 30] + _PAIRS[number >> 20 & 1023] + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023]


def normal(typed: str) -> str | None:
    """A reference as somebody read it from a screen: any case, O for 0, I and L for 1, spaces and hyphens between.

    None where it cannot be one.
    """
    read = typed.strip().upper().translate(_READ)
    return read if len(read) == LENGTH and all(character in ALPHABET for character in read) else None
