"""What can be sent to: mail addresses and mobile numbers as directories and users have them."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from radiusd.rules import mail_addresses, phone_numbers
from radiusd.rules.codes import hidden_mail, hidden_number
from store.enrolled import Enrollment

KEPT = 65_536  # addresses and numbers that were looked at; beyond, the oldest are judged again


class Destination(Struct, frozen=True):
    """`recipient` is what a carrier needs, `hidden` what the prompt and the audit show of it.

    `row` tells when it was enrolled and used, None where nothing is recorded. `is_own`: the directory has it.
    """

    recipient: str
    hidden: str
    row: Enrollment | None = None
    is_own: bool = True

    @property
    def number(self) -> int:
        """By which a login knows it again: 0 for the directory's own."""
        return 0 if self.is_own or self.row is None else self.row.id


@lru_cache(maxsize=KEPT)
def mail_of(address: str) -> Destination | str:
    """The address in normal form, or why there is none (S124). Nothing is looked up in the DNS.

    A domain beyond ASCII goes out as the DNS has it (RFC 5891), since few mail servers take another.
    """
    if not address.strip():
        return "the user has no mail address"
    try:
        found = mail_addresses.read(address.strip())
    except ValueError:
        return "the user's mail address is not one"
    sent = mail_addresses.mailbox(found.normalized)
    if sent is None:
        return "the user's mail address is not one that mail can be sent to"
    return Destination(sent, hidden_mail(found.normalized))


@lru_cache(maxsize=KEPT)
def mobile_of(number: str, country: str, countries: tuple[str, ...]) -> Destination | str:
    """The number in E.164 (D10), or why none can be used.

    `country` is how one without a country code is read, "" for not at all. SMS goes to `countries` alone; empty:
    anywhere. A number of a range that was given out lately is not refused: only its country and length are judged.
    """
    if not number.strip():
        return "the user has no mobile number"
    read = phone_numbers.read(number, country)
    if read is None:
        return "the user's mobile number can not be read; write it with its country code, for example +905554443322"
    if not read.is_possible_mobile:
        return "the user's mobile number has too few or too many digits"
    region = read.region
    if countries and region not in countries:
        where = region or "an unknown country"
        return f"the user's mobile number is of {where}, and enrollment.countries has {', '.join(countries)} only"
    return Destination(read.e164, hidden_number(read.e164, read.country_code))
