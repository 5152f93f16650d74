"""The alphabets of SMS, seven bits a character: GSM's default one, and what Turkish puts in its place (3GPP TS 23.038)."""

from __future__ import annotations

from codecs import charmap_encode
from typing import Any, NamedTuple

ESCAPE = 0x1B  # the next septet is of the extension table (section 6.2.1)
# Section 6.2.1; in the place of the escape stands what no text has.
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
# Annex A.2.1 and A.3.1: what differs.
TURKISH_EXTENSION = {"Ğ": 0x47, "İ": 0x49, "Ş": 0x53, "ç": 0x63, "ğ": 0x67, "ı": 0x69, "ş": 0x73}
TURKISH_LOCKING = {"€": 0x04, "ı": 0x07, "Ğ": 0x0B, "ğ": 0x0C, "Ş": 0x1C, "ş": 0x1D, "İ": 0x40, "ç": 0x60}

# Elements of the user data header (section 6.2.1.2.4; the language is Turkish, 1).
SINGLE_SHIFT = b"\x24\x01\x01"
LOCKING_SHIFT = b"\x25\x01\x01"


class Alphabet(NamedTuple):
    """What each character is in septets, one an octet; `shifts` are the elements that a part must begin with."""

    codes: dict[int, bytes]
    shifts: bytes = b""

    def septets(self, text: str) -> bytes | None:
        """The text, None where a character of it is not in the alphabet. What takes two septets begins with ESCAPE."""
        codes: Any = self.codes
        try:
            return charmap_encode(text, "strict", codes)[0]
        except UnicodeEncodeError:
            return None


def _codes(differing: dict[str, int], extended: dict[str, int]) -> dict[int, bytes]:
    letters = dict(enumerate(DEFAULT)) | {code: letter for letter, code in differing.items()}
    codes = {ord(letter): bytes([ESCAPE, code]) for letter, code in extended.items()}
    return codes | {ord(letter): bytes([code]) for code, letter in letters.items() if code != ESCAPE}


GSM = Alphabet(_codes({}, EXTENSION))
# In order of preference.
TURKISH = (
    Alphabet(_codes({}, EXTENSION | TURKISH_EXTENSION), SINGLE_SHIFT),
    Alphabet(_codes(TURKISH_LOCKING, EXTENSION), LOCKING_SHIFT),
    Alphabet(_codes(TURKISH_LOCKING, EXTENSION | TURKISH_EXTENSION), SINGLE_SHIFT + LOCKING_SHIFT),
)
