"""The words of a dictionary's lines: names of types, flags and numbers."""

from __future__ import annotations

import re

from config.faults import instead

# Their names for our types: those of RFC 8044 and of FreeRADIUS 4 too.
KINDS = {
    **{kind: kind for kind in ("string", "octets", "ipaddr", "date", "integer", "integer64", "short", "byte", "signed")},
    **{kind: kind for kind in ("ipv6addr", "ipv6prefix", "ifid", "ether", "abinary", "tlv")},
    "text": "string", "ipv4addr": "ipaddr", "time": "date", "uint8": "byte", "uint16": "short", "uint32": "integer",
    "uint64": "integer64", "int32": "signed",
}  # fmt: skip
WITHOUT_A_FORM = {
    "vsa", "extended", "long-extended", "evs", "ipv4prefix", "combo-ip", "combo-prefix", "bool", "int8", "int16", "int64",
    "float32", "float64", "time_delta", "size", "struct", "union", "group", "vendor", "attribute",
}  # fmt: skip
SIZED = re.compile(r"(octets|string)\[\d{1,3}\]")  # of a fixed length
FLAGS = ("has_tag", "encrypt", "array", "concat", "internal", "long", "secret", "virtual")
WAYS_TO_ENCRYPT = {"1", "2", "3", "user-password", "tunnel-password", "ascend-secret"}
NAME = re.compile(r"[!-~]{1,128}")
NUMBER = re.compile(r"0x[0-9a-f]{1,8}|[0-9]{1,10}", re.IGNORECASE)


class NotRead(Exception):
    """A line that is no line of a dictionary: what is wrong with it."""


def shown(word: str) -> str:
    """A word of a file that may be anything."""
    return word.encode("unicode_escape").decode()[:40]


def counted(words: list[str], counts: tuple[int, ...], wanted: str) -> None:
    """Raises NotRead for a line with too few or too many words."""
    if len(words) not in counts:
        raise NotRead(f"{words[0].upper()} needs {wanted}")


def name_of(word: str) -> str:
    """The word. Raises NotRead where it is none that could be written elsewhere."""
    if not NAME.fullmatch(word):
        raise NotRead(f"`{shown(word)}` is no name: it has other than letters, digits and signs of ASCII")
    return word


def number_of(text: str, otherwise: str) -> int:
    """Of a vendor or an attribute. Raises NotRead, with that message."""
    if not NUMBER.fullmatch(text):
        raise NotRead(otherwise)
    number = int(text, 16 if text[:2].lower() == "0x" else 10)
    if number >= 1 << 32:
        raise NotRead(otherwise)
    return number


def kind_of(word: str) -> tuple[str, str]:
    """Our type, and why its values have no form here, empty where they have one. Raises NotRead."""
    sized = SIZED.fullmatch(word.lower())
    kind = KINDS.get(sized[1] if sized else word.lower())
    if kind is not None:
        return kind, ""
    if word.lower() in WITHOUT_A_FORM:
        return "octets", "is of a type that is not supported"
    raise NotRead(f"there is no type `{shown(word)}`{instead(word, KINDS)}")


def flags_of(words: str) -> set[str]:
    """Those of one word. Raises NotRead."""
    found = set()
    for word in words.lower().split(","):
        flag, _equals, how = word.partition("=")
        if flag not in FLAGS:
            raise NotRead(f"`{shown(word)}` is no flag of an attribute, and no vendor above{instead(flag, FLAGS)}")
        if flag == "encrypt" and how not in WAYS_TO_ENCRYPT:
            raise NotRead(f"`{shown(word)}`: there are encrypt=1, encrypt=2 and encrypt=3")
        found.add(flag)
    return found
