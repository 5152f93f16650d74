"""Codes that are sent: made, compared, typed; and how much of a destination is shown. Pure but for the making."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Sequence

from radiusd.rules import chance

RESEND = frozenset(("", "resend", "yeniden"))
DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212")
LONGEST = 64  # characters of an answer that are looked at: no code is nearly as long
DOT_ABOVE = "\u0307"  # what is left of a Turkish capital I with a dot when it becomes a small letter


def new_code(length: int) -> str:
    """Decimal digits, every code as likely as any other (ASVS 6.5.4)."""
    return str(chance.below(10**length)).zfill(length)


def digest(key: bytes, login: str, factor: str, code: str) -> str:
    """Keyed, and of this login and factor alone: the code of one login is nothing in another (ASVS 6.6.2)."""
    text = f"{login}\0{factor}\0{code}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=key, person=b"code", digest_size=16).hexdigest()


def is_among(made: Iterable[str], digests: Sequence[str]) -> bool:
    """Whether one of what was made, a digest for each key, is one of these, in a time that does not tell which."""
    found = False
    for digest_made in made:
        for known in digests:
            found |= hmac.compare_digest(digest_made, known)
    return found


def typed(answer: str) -> str:
    """The digits of what was typed; "" where there is anything else in it.

    Digits of any script are read as such. Blanks, dashes and invisible characters, which come along when a code is
    copied from a message, are left out.
    """
    if answer.isascii() and answer.isdecimal():
        return answer[:LONGEST]
    if len(answer) > LONGEST:
        return ""
    digits = []
    for letter in unicodedata.normalize("NFKC", answer):
        value = unicodedata.decimal(letter, None)
        if value is not None:
            digits.append(str(value))
        elif not (letter.isspace() or letter in DASHES or unicodedata.category(letter) in {"Cc", "Cf"}):
            return ""
    return "".join(digits)


def asks_again(answer: str) -> bool:
    """Whether a fresh code is asked for: by an empty answer, or by a word."""
    if len(answer) > LONGEST:
        return False
    return answer.strip(" \t\r\n\0").casefold().replace(DOT_ABOVE, "") in RESEND


def split_appended(password: str, length: int) -> tuple[str, str] | None:
    """Password and code that were typed as one; None where it does not end with a code and begin with a password."""
    code = password[-length:]
    if len(password) <= length or not (code.isascii() and code.isdecimal()):
        return None
    return password[:-length], code


def hidden_mail(address: str) -> str:
    """`a***e@example.com`: enough to know one's own address by (S177)."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***{local[-1:] if len(local) > 2 else ''}@{domain}"


def hidden_number(number: str, country_code: int) -> str:
    """`+90********22` of a number in E.164: its country and the last two digits."""
    prefix = f"+{country_code}"
    return f"{prefix}{'*' * (len(number) - len(prefix) - 2)}{number[-2:]}"
