"""The options of `type: smpp`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal, Self

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field, model_validator

from config.models.addresses import Host
from config.models.options import Advice, TypedOptions
from config.models.values import Duration, Hush, Line, Located, Port, Positive, Span, wrong
from config.secret import Secret
from radiusd.delivery.smpp.pdus import ALPHANUMERIC, INTERNATIONAL, ISDN, NATIONAL, NETWORK_SPECIFIC, UNKNOWN, Address
from radiusd.rules.sms import Choice

LONGEST_PASSWORD = 8  # octets (SMPP 3.4 section 4.1.5); many centres take longer ones
LONGEST_NAME = 11  # characters of a sender that is no number (3GPP TS 23.040 section 9.1.2.5)
SHORT_NUMBER = 8  # digits: up to here it is one of the network's own


def _ascii(value: Line) -> Line:
    if not value.isascii():
        raise wrong("must have letters of ASCII alone: SMPP knows no others here")
    return value


def _ascii_secret(value: Secret) -> Secret:
    if not re.fullmatch(r"[\x20-\x7e]+", value.reveal()):
        raise wrong("must have letters of ASCII alone: SMPP knows no others here")
    return value


Octet = Annotated[int, Ge(0), Le(255)]
Word = Annotated[Line, AfterValidator(_ascii)]


class SmppOptions(TypedOptions):
    """`source_address` is what the phone shows as the sender."""

    type: Literal["smpp"]
    host: Host = Field(description="Name or address; with `tls` its certificate must have it.")
    port: Port = Field(2775, description="Of the gateway.")
    tls: bool = Field(False, description="Whether it speaks TLS from the start.")
    ca_file: Located | None = Field(
        None,
        description="The authorities that sign its certificate. Left out: those of the machine. It is always checked.",
    )
    system_id: Word = Field(description="To sign in with.")
    password: Annotated[Hush, AfterValidator(_ascii_secret)] = Field(description="To sign in with.")
    system_type: Word | None = Field(None, description="Where the provider wants one.")
    source_address: Word = Field(
        description="What the phone shows as the sender: a name of up to 11 letters, or a number. The provider says which."
    )
    source_ton: Octet | None = Field(
        None,
        description="Type of `source_address`. Left out: 5 for a name, 1 for a number with `+`, 3 for up to 8 digits, else 0.",
    )
    source_npi: Octet | None = Field(
        None, description="Its plan. Left out: 1 for a number of more than 8 digits, else 0."
    )
    number_format: Literal["digits", "e164", "national"] = Field(
        "digits", description="`digits`: 905554443322; `e164`: +905554443322; `national`: 05554443322."
    )
    destination_ton: Octet | None = Field(
        None, description="Type of the recipient's number. Left out: 1; `national`: 2."
    )
    destination_npi: Octet | None = Field(None, description="Its plan. Left out: 1.")
    alphabet: Choice = Field(
        "auto",
        description="`auto`: 160 characters of GSM's alphabet in one part, or 70 where one is not in it, as `ş` is. "
        "`gsm`: never the latter; `ş` goes as `s`. `gsm_turkish`: Turkish takes no more room, where gateway and phone "
        "know the shift tables of 3GPP. `ucs2`: always 70.",
    )
    validity: Duration = Field(
        timedelta(0),
        description="How long the gateway tries to reach the phone. `0s`: as long as it likes, mostly days.",
    )
    receipts: Literal["all", "failures", "none"] = Field(
        "all", description="What the gateway is to tell of a message once it has tried: it is in the audit then."
    )
    window: Positive = Field(10, description="So many messages at once may wait for the gateway's answer.")
    per_second: Positive | None = Field(None, description="At most so many; the provider says how many it takes.")
    enquire_link: Span = Field(
        timedelta(seconds=30), description="After so long without a word the gateway is asked whether it is there."
    )
    timeout: Span = Field(timedelta(seconds=10), description="Of one message by this gateway.")

    def advice(self) -> Iterator[Advice]:
        if not self.tls:
            told = "password, codes and links go in clear text; write `tls: true`, or reach it by a tunnel"
            yield Advice(told, ("tls",) if "tls" in self.model_fields_set else ())
        if self.ca_file is not None and not self.tls:
            yield Advice("is for `tls: true` alone", ("ca_file",))
        if len(self.password.reveal()) > LONGEST_PASSWORD:
            told = (
                f"is longer than the {LONGEST_PASSWORD} characters that SMPP has room for; not every gateway takes it"
            )
            yield Advice(told, ("password",))

    @property
    def source(self) -> Address:
        """The sender, with its type and plan."""
        value = self.source_address
        number = value.removeprefix("+")
        if not number.isdigit():
            found = (ALPHANUMERIC, UNKNOWN)
        elif value != number:
            found = (INTERNATIONAL, ISDN)
        elif len(number) <= SHORT_NUMBER:
            found = (NETWORK_SPECIFIC, UNKNOWN)
        else:
            found = (UNKNOWN, ISDN)
        return Address(_or(self.source_ton, found[0]), _or(self.source_npi, found[1]), number)

    def destination(self, number: str) -> Address:
        """A recipient whose number is written as `number_format` says."""
        ton = NATIONAL if self.number_format == "national" else INTERNATIONAL
        return Address(_or(self.destination_ton, ton), _or(self.destination_npi, ISDN), number)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for key, most in (("system_id", 15), ("system_type", 12), ("source_address", 20)):
            if len(getattr(self, key) or "") > most:
                raise wrong(f"`{key}` has more than the {most} characters that SMPP has room for", of=(key,))
        if not self.source_address.removeprefix("+").isdigit() and len(self.source_address) > LONGEST_NAME:
            told = f"`source_address` is a name of more than the {LONGEST_NAME} characters that a phone can show"
            raise wrong(told, of=("source_address",))
        return self


def _or(chosen: int | None, found: int) -> int:
    return found if chosen is None else chosen
