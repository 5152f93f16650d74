"""Chance for ids, codes and references: the system's, fetched for many at a time.

Each call of the system gives the interpreter's lock away, and another thread may keep it for a while. What was fetched
is handed out once, and never to two processes. For the loop's thread alone.
"""

from __future__ import annotations

import os

FETCHED = 4096  # octets


class _Chance:
    """`left` octets were not handed out yet; `process` fetched them."""

    def __init__(self) -> None:
        self._octets = b""
        self._at = 0
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._octets = b""

    def octets(self, number: int) -> bytes:
        """So many (at most FETCHED) that nobody has or will have."""
        end = self._at + number
        if end > len(self._octets):
            self._octets = os.urandom(FETCHED)
            self._at, end = 0, number
        taken = self._octets[self._at : end]
        self._at = end
        return taken


octets = _Chance().octets


def hexadecimal(number: int) -> str:
    """So many octets, in hex."""
    return octets(number).hex()


def letters(alphabet: str, number: int) -> str:
    """So many of an alphabet (at most 256 letters), every one as likely."""
    fair = 256 // len(alphabet) * len(alphabet)
    made = ""
    while len(made) < number:
        made += "".join([alphabet[octet % len(alphabet)] for octet in octets(number) if octet < fair])
    return made[:number]


def below(limit: int) -> int:
    """A number under the limit (at most 2**64), every one as likely."""
    fair = (1 << 64) // limit * limit
    while True:
        number = int.from_bytes(octets(8), "big")
        if number < fair:
            return number % limit
