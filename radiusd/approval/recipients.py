"""Addresses and numbers of approvers, in the form in which they are used and compared."""

from __future__ import annotations

from collections.abc import Iterator

from radiusd.model.entry import Entry
from radiusd.rules import mail_addresses, phone_numbers

OWN = ("mail", "email", "mobile")  # attributes that may have further addresses and numbers of a user


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
    """An address or number in the form in which two of one person are equal."""
    return mail_addresses.compared(text) if "@" in text else number(text, country) or text


def own(entry: Entry, country: str) -> set[str]:
    """Every address and number that is the user's own, as `compared`."""
    return {compared(text, country) for text in _own(entry) if text.strip()}


def _own(entry: Entry) -> Iterator[str]:
    yield from (entry.mail, entry.mobile)
    for name in OWN:
        yield from entry.attributes.get(name, ())
