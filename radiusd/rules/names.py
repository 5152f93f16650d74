"""One person, one name: what was typed, in normal form (D21)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

LONGEST = 253  # octets: what a RADIUS attribute holds (RFC 2865 section 5)
# Control and format characters (a user sees neither), halves of surrogates, separators of lines and paragraphs.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def normal_form(typed: str, domains: Iterable[str] = (), realms: Iterable[str] = ()) -> str | None:
    r"""The name in normal form: NFKC, case folded, without white space around it.

    Where domains or realms are given, `DOMAIN\name` and `name@realm` are stripped of those listed, in any case, and
    a name with any other is None: it is nobody's. None also for an empty name, one with characters that cannot be
    seen, and one of more than 253 octets. A name in normal form stays as it is.
    """
    name = _folded(typed).strip()
    domains, realms = tuple(domains), tuple(realms)
    if domains or realms:
        domain, backslash, rest = name.partition("\\")
        if backslash:
            name = rest if domain in map(_folded, domains) else ""
        else:
            rest, at, realm = name.rpartition("@")
            if at:
                name = rest if realm in map(_folded, realms) else ""
        name = name.strip()
        if "\\" in name or "@" in name:
            return None
    if not name or any(unicodedata.category(character) in _REFUSED for character in name):
        return None
    return name if len(name.encode()) <= LONGEST else None


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    for _ in range(3):  # folding may undo the composition and the reverse; no text needs a third round
        # Taken apart first: folding makes a letter of the iota below, which must be last of its marks by then.
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
        if folded == text:
            break
        text = folded
    return text
