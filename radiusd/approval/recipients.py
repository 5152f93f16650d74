"""Addresses and numbers of approvers, in the form in which they are used and compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from radiusd.model.entry import Entry
from radiusd.rules import phone_numbers

_ADDRESS = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,253}")
OWN = ("mail", "email", "mobile")  # attributes that may have further addresses and numbers of a user


def address(text: str) -> str | None:
    """A mail address as it is written to; None where the text is none."""
    stripped = text.strip()
    return stripped if _ADDRESS.fullmatch(stripped) and stripped.isprintable() else None


def number(text: str, country: str) -> str | None:
    """A number in E.164, read in the national form of `country`; None where the text is none."""
    read = phone_numbers.read(text, country)
    return read.e164 if read is not None and read.is_possible else None


def is_in(e164: str, countries: tuple[str, ...]) -> bool:
    """Whether a number belongs to one of those countries; none given: any."""
    if not countries:
        return True
    read = phone_numbers.read(e164)
    return read is not None and read.region in countries


def compared(text: str, country: str) -> str:
    """An address or number in the form in which two of one person are equal.

    What stands behind a plus in an address is the same mailbox (RFC 5233).
    """
    if "@" not in text:
        return number(text, country) or text
    local, _, domain = unicodedata.normalize("NFKC", text.strip()).casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain.rstrip('.')}"


def own(entry: Entry, country: str) -> set[str]:
    """Every address and number that is the user's own, as `compared`."""
    return {compared(text, country) for text in _own(entry) if text.strip()}


def _own(entry: Entry) -> Iterator[str]:
    yield from (entry.mail, entry.mobile)
    for name in OWN:
        yield from entry.attributes.get(name, ())
