"""How an SMS is cut into parts, and which of several texts takes one.

A part has 140 octets: 160 characters of GSM's alphabet, or 70 of UTF-16 where one character is not in it (3GPP TS 23.038,
23.040). The shift tables for Turkish are used only where they are asked for: a phone or gateway that does not know them
shows other letters, and says nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from config.models.templates import rendered
from radiusd.rules.alphabets import ESCAPE, GSM, TURKISH, Alphabet

Choice = Literal["auto", "gsm", "gsm_turkish", "ucs2"]

OCTETS = 140  # of one part (3GPP TS 23.040 section 9.2.3.16)
ONE_GSM, ONE_UTF_16 = 160, 70  # characters that it has room for
MOST_PARTS = 255  # section 9.2.3.24.1
PART_OF_SEVERAL = b"\x00\x03"  # an element of three octets: reference, how many parts, which
NAMES = frozenset({"user", "application", "client", "station", "organisation"})  # variables of what others named
LETTERS = str.maketrans("ıİşŞğĞç", "iIsSgGc")
UNREADABLE = "?"


class Parts(NamedTuple):
    """The octets of each part; those of seven bits a character have one an octet, as SMPP wants them.

    `has_header`: each begins with a user data header. `is_gsm`: else it is UTF-16.
    """

    is_gsm: bool
    has_header: bool
    octets: tuple[bytes, ...]


def cut(text: str, alphabet: Choice = "auto", reference: int = 0) -> Parts:
    """The text in as few parts as the choice allows; none of them ends within a character.

    `auto`: GSM's alphabet where the text is in it, else UTF-16. `gsm`: never UTF-16; what can not be read without its
    marks is a question mark. `gsm_turkish`: GSM's alphabet, with shift tables where they are needed, else UTF-16.
    `reference` is what parts of one message have in common, an octet.
    """
    if alphabet == "gsm":
        text = "".join(letter if ord(letter) in GSM.codes else UNREADABLE for letter in folded(text))
    if alphabet != "ucs2":
        septets = GSM.septets(text)
        if septets is not None:
            return _in_septets(septets, GSM, reference)
    if alphabet == "gsm_turkish":
        found = [(septets, each) for each in TURKISH if (septets := each.septets(text)) is not None]
        if found:
            # The first of the shortest: a phone without the tables shows `s` for a single shift's `ş`, else anything.
            return min((_in_septets(*each, reference) for each in found), key=lambda made: len(made.octets))
    return _in_utf16(text.encode("utf-16-be", "replace"), reference)


def parts(text: str, alphabet: Choice = "auto") -> int:
    """How many parts the text takes; a part of several has less room, since it says which of them it is."""
    return len(cut(text, alphabet).octets)


def costs(
    sources: Mapping[str, str] | None, told: Mapping[str, Any], gateways: Iterable[object]
) -> Iterator[tuple[str, str]]:
    """The languages whose text takes several parts by one of the gateways, each with what to do about it. Each text once."""
    alphabets: set[Choice] = {getattr(each, "alphabet", "auto") for each in gateways}
    once = {source: language for language, source in (sources or {}).items()}
    for source, language in once.items():
        text = rendered(source, told)
        number, worst = max(((parts(text, each), each) for each in sorted(alphabets)), default=(1, "auto"))
        if number > 1:
            is_gsm = cut(text, worst).is_gsm
            rare = "" if is_gsm else "".join(dict.fromkeys(each for each in text if ord(each) not in GSM.codes))
            room = f"{ONE_GSM} characters" if is_gsm else f"{ONE_UTF_16} characters"
            why = f", since GSM's alphabet has no `{rare[:1]}`" if rare else ""
            yield language, f"takes {number} messages, each paid for: one has {room}{why}; write a shorter text"


def _in_septets(septets: bytes, alphabet: Alphabet, reference: int) -> Parts:
    def room(header: int) -> int:
        return (OCTETS - header) * 8 // 7

    def end(at: int, most: int) -> int:
        # Two octets of one character: an escape is never the second of them.
        return at + most - (septets[at + most - 1] == ESCAPE)

    return Parts(True, *_pieces(septets, alphabet.shifts, room, end, reference))


def _in_utf16(units: bytes, reference: int) -> Parts:
    def room(header: int) -> int:
        return (OCTETS - header) // 2 * 2

    def end(at: int, most: int) -> int:
        return at + most - 2 * (0xD8 <= units[at + most - 2] <= 0xDB)  # the first of a surrogate pair

    return Parts(False, *_pieces(units, b"", room, end, reference))


def _pieces(
    whole: bytes, shifts: bytes, room: Callable[[int], int], end: Callable[[int, int], int], reference: int
) -> tuple[bool, tuple[bytes, ...]]:
    """Whether there is a header, and each part with its own.

    `room` is what a header of so many octets leaves; `end(at, most)` where a part ends that begins at `at`.
    """
    header = bytes([len(shifts)]) + shifts if shifts else b""
    if len(whole) <= room(len(header)):
        return bool(header), (header + whole,)
    elements = len(PART_OF_SEVERAL) + 3 + len(shifts)
    most, at, pieces = room(1 + elements), 0, []
    while at < len(whole):
        until = len(whole) if len(whole) - at <= most else end(at, most)
        pieces.append(whole[at:until])
        at = until
    each = bytes([elements]) + PART_OF_SEVERAL + bytes([reference & 0xFF, len(pieces) & 0xFF])
    return True, tuple(each + bytes([number & 0xFF]) + shifts + piece for number, piece in enumerate(pieces, 1))


def folded(text: str) -> str:
    """The text in GSM's alphabet where it can be read so: `Ayşe Yıldız` is `Ayse Yildiz`, as people type it on old phones."""
    return "".join(letter if ord(letter) in GSM.codes else _folded(letter) for letter in text.translate(LETTERS))


def _folded(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter)[0]
    return plain if ord(plain) in GSM.codes else letter


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
