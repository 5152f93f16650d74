"""One person, one name: what was typed, in normal form (D21)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

LONGEST = 253  # octets: what a RADIUS attribute holds (RFC 2865 section 5)
# Control and format characters (a user sees neither), halves of surrogates, separators of lines and paragraphs.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Of the four letters that Turkish writes for two, what is one letter in capitals elsewhere: İ, I, ı and i are the same.
_TURKISH = (("i\u0307", "i"), ("ı", "i"))
_SEPARATORS = str.maketrans("\uff20\ufe6b\uff3c\ufe68", "@@\\\\")  # full width and small ones


def normal_form(typed: str, domains: Iterable[str] = (), realms: Iterable[str] = ()) -> str | None:
    r"""The name in normal form: NFKC, case folded, İ I ı i as one letter, without white space around it.

    Where domains or realms are given, `DOMAIN\name` and `name@realm` are stripped of those listed, in any case, and
    a name with any other is None: it is nobody's. None also for an empty name, one with characters that cannot be
    seen, and one of more than 253 octets. A name in normal form stays as it is.
    """
    return _allowed(_alone(_folded(typed).strip(), domains, realms))


def as_typed(typed: str, domains: Iterable[str] = (), realms: Iterable[str] = ()) -> str | None:
    """The name as a directory is asked for it, which has rules of its own for what is the same name.

    White space around it, domain and realm are stripped as in the normal form, and None is what is None there. Letters and
    their marks are put together (NFC): that is the same text in every respect.
    """
    name = unicodedata.normalize("NFC", typed).translate(_SEPARATORS)
    return _allowed(_alone(name.strip(), domains, realms))


def _alone(name: str, domains: Iterable[str], realms: Iterable[str]) -> str:
    """The name without a listed domain or realm; "" where it has another."""
    domains, realms = tuple(domains), tuple(realms)
    if not domains and not realms:
        return name
    domain, backslash, rest = name.partition("\\")
    if backslash:
        name = rest if _folded(domain) in map(_folded, domains) else ""
    else:
        rest, at, realm = name.rpartition("@")
        if at:
            name = rest if _folded(realm) in map(_folded, realms) else ""
    name = name.strip()
    return "" if "\\" in name or "@" in name else name


def _allowed(name: str) -> str | None:
    if not name or any(unicodedata.category(character) in _REFUSED for character in name):
        return None
    return name if len(name.encode()) <= LONGEST else None


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    for _ in range(3):  # folding may undo the composition and the reverse; no text needs a third round
        # Taken apart first: folding makes a letter of the iota below, which must be last of its marks by then.
        folded = unicodedata.normalize("NFD", text).casefold()
        for letter, plain in _TURKISH:
            folded = folded.replace(letter, plain)
        folded = unicodedata.normalize("NFKC", folded)
        if folded == text:
            break
        text = folded
    return text
