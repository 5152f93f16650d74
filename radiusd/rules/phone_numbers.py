"""What is a phone number, and where it belongs. Whether somebody answers there is the network's to say."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class PhoneNumber:
    """A text that could be read as a number."""

    def __init__(self, parsed: phonenumbers.PhoneNumber) -> None:
        self._parsed = parsed

    @property
    def e164(self) -> str:
        """`+905554443322`."""
        return phonenumbers.format_number(self._parsed, PhoneNumberFormat.E164)

    @property
    def national(self) -> str:
        """As it is dialled within its country, digits alone: `05554443322`."""
        text = phonenumbers.format_number(self._parsed, PhoneNumberFormat.NATIONAL)
        return "".join(letter for letter in text if letter.isdigit())

    @property
    def country_code(self) -> int:
        return self._parsed.country_code or 0

    @property
    def extension(self) -> str:
        """What is dialled after the number, "" for none: a message cannot be sent there."""
        return self._parsed.extension or ""

    @property
    def region(self) -> str | None:
        """The country, `TR`; None for an unknown one."""
        return phonenumbers.region_code_for_number(self._parsed)

    @property
    def is_possible(self) -> bool:
        """Whether it is as long as numbers of its country are. Ranges change too often to be judged.

        A 0 that belongs to the number itself, as in Italy, is believed of known ranges alone: elsewhere it is what is
        dialled before a number, and too few digits follow it.
        """
        if self._parsed.italian_leading_zero and not phonenumbers.is_valid_number(self._parsed):
            return False
        return phonenumbers.is_possible_number(self._parsed)

    @property
    def is_possible_mobile(self) -> bool:
        """The same, of a mobile phone."""
        return phonenumbers.is_possible_number_for_type(self._parsed, PhoneNumberType.MOBILE)


def read(text: str, country: str | None = None) -> PhoneNumber | None:
    """The number, read in the national form of `country` where it has no country code; None where it cannot be read."""
    try:
        return PhoneNumber(phonenumbers.parse(text, country or None))
    except NumberParseException:
        return None


def written(number: str, number_format: str) -> str | None:
    """A number in E.164 as a gateway wants it: `e164`, `digits` alone or `national`; None where it is none."""
    if not E164.fullmatch(number):
        return None
    if number_format == "e164":
        return number
    if number_format == "digits":
        return number.removeprefix("+")
    found = read(number)
    return None if found is None else found.national
