"""How many parts an SMS takes, and which of several texts takes one.

A part has 160 characters of GSM's alphabet, or 70 of UTF-16 where one character is not in it (3GPP TS 23.038, 23.040).
The shift tables for Turkish are not counted on: most gateways do not send by them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from config.models.templates import rendered

# The default alphabet and its extension; a character of the latter takes two places (3GPP TS 23.038 section 6.2.1).
ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")
NAMES = frozenset({"user", "application", "client", "station", "organisation"})  # variables of what others named
LETTERS = str.maketrans("ıİşŞğĞç", "iIsSgGc")


def parts(text: str) -> int:
    """How many parts the text takes; a part of several has less room, since it says which of them it is."""
    extended = sum(letter in EXTENSION for letter in text)
    if all(letter in ALPHABET or letter in EXTENSION for letter in text):
        places, one, of_several = len(text) + extended, 160, 153
    else:
        places, one, of_several = len(text.encode("utf-16-le", "replace")) // 2, 70, 67
    return 1 if places <= one else -(-places // of_several)


def folded(text: str) -> str:
    """The text in GSM's alphabet where it can be read so: `Ayşe Yıldız` is `Ayse Yildiz`, as people type it on old phones."""
    return "".join(letter if letter in ALPHABET else _folded(letter) for letter in text.translate(LETTERS))


def _folded(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter)[0]
    return plain if plain in ALPHABET else letter


def in_one_part(templates: Sequence[str], told: Mapping[str, Any]) -> str:
    """The first of the texts, longest first, that takes one part, with names folded where only that makes it so.

    Where none does, the last, folded.
    """
    plain = {**told, **{name: _fold(told[name]) for name in NAMES & told.keys()}}
    text = ""
    for template in templates:
        for values in (told, plain):
            text = rendered(template, values)
            if parts(text) == 1:
                return text
    return text


def _fold(value: Any) -> Any:
    if isinstance(value, str):
        return folded(value)
    return {name: _fold(each) for name, each in value.items()} if isinstance(value, Mapping) else value
