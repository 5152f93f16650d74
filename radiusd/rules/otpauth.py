"""`otpauth://` addresses, as apps read them from a QR code: made, and read as other systems make them. Pure."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

from radiusd.rules.time_steps import HASHES, Parameters

OCTETS = 20  # of a new secret: 160 bits (RFC 4226 section 4, R6)
LEAST_BITS = 112  # below, a secret is refused (NIST SP 800-63B section 5.1.5.1)
MOST_OCTETS = 128
LONGEST = 4096  # characters of an address
DIGITS = (6, 7, 8)
PERIODS = range(10, 121)  # seconds


class Unreadable(ValueError):
    """What was given is no authenticator that we could use; the text says why, without the secret."""


class Offered(Struct, frozen=True):
    """An authenticator as another system or an address has it. `account` is whose it is there, `issuer` for what."""

    account: str
    issuer: str
    parameters: Parameters

    def __repr__(self) -> str:
        return f"Offered(account={self.account!r}, issuer={self.issuer!r})"


def new_secret() -> str:
    """A secret of 160 bits, in base32."""
    return base32(secrets.token_bytes(OCTETS))


def address(parameters: Parameters, issuer: str, account: str) -> str:
    """What a QR code tells an app. All beyond ASCII is percent-encoded: raw UTF-8 is read as Shift-JIS by some.

    A colon ends the issuer in the label, and a slash the label for some apps: both are encoded. What is usual is left
    out, since some apps stumble over what they do not know.
    """
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}" if issuer else quote(account, safe="@")
    told = {"secret": parameters.secret}
    if issuer:
        told["issuer"] = issuer
    if parameters.algorithm != "sha1":
        told["algorithm"] = parameters.algorithm.upper()
    if parameters.digits != 6:
        told["digits"] = str(parameters.digits)
    if parameters.period != 30:
        told["period"] = str(parameters.period)
    return f"otpauth://totp/{label}?{urlencode(told, quote_via=quote, safe='')}"


def read(text: str) -> Offered:
    """What an address says. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(f"it is longer than {LONGEST} characters")
    try:
        parts = urlsplit(text.strip())
        told = _last_of_each(parts.query)
    except ValueError:
        raise Unreadable("it is no address") from None
    if parts.scheme.lower() != "otpauth":
        raise Unreadable("it does not begin with otpauth://")
    if parts.netloc.lower() != "totp":
        raise Unreadable(f"it is of the kind {parts.netloc or '(none)'}; only totp is taken")
    account, issuer = _label(parts.path.lstrip("/"))
    parameters = checked(
        told.get("secret", ""), told.get("algorithm", "sha1"), told.get("digits", "6"), told.get("period", "30")
    )
    return Offered(account.strip(), (told.get("issuer") or issuer).strip(), parameters)


def checked(secret: str, algorithm: str, digits: str | int, period: str | int) -> Parameters:
    """The parameters, if codes can be made with them as apps do. Raises Unreadable."""
    name = algorithm.strip().lower().replace("-", "").removeprefix("hmac")
    if name not in HASHES:
        raise Unreadable(f"the algorithm {algorithm[:20]} is none of SHA1, SHA256, SHA512")
    length, seconds = _number(digits, "digits"), _number(period, "a period")
    if length not in DIGITS:
        raise Unreadable(f"its codes have {length} digits; apps compute 6 to 8 alike")
    if seconds not in PERIODS:
        raise Unreadable(
            f"its time step has {seconds} seconds, and that is none between {PERIODS[0]} and {PERIODS[-1]}"
        )
    octets = octets_of(secret)
    if len(octets) * 8 < LEAST_BITS:
        raise Unreadable(
            f"its secret has {len(octets) * 8} bits, and less than {LEAST_BITS} can be guessed: make a new one"
        )
    return Parameters(base32(octets), name, length, seconds)


def octets_of(secret: str) -> bytes:
    """The octets of base32, in whatever way it is written: small letters, blanks, dashes, padding or none.

    Raises Unreadable.
    """
    text = "".join(secret.split()).replace("-", "").rstrip("=").upper()
    if not text:
        raise Unreadable("it has no secret")
    if len(text) > MOST_OCTETS * 8 // 5:
        raise Unreadable(f"its secret has more than {MOST_OCTETS} octets")
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        raise Unreadable("its secret is not written in base32") from None


def base32(octets: bytes) -> str:
    """As apps have it: capitals without padding."""
    return base64.b32encode(octets).decode().rstrip("=")


def grouped(secret: str) -> str:
    """For who types it: groups of four letters."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _label(path: str) -> tuple[str, str]:
    """Account and issuer. The colon between them may be encoded; where one is not, those that are belong to the names."""
    before, colon, after = path.partition(":")
    if colon:
        return unquote(after), unquote(before)
    before, colon, after = unquote(path).partition(":")
    return (after, before) if colon else (before, "")


def _last_of_each(query: str) -> Mapping[str, str]:
    return {name.lower(): value for name, value in parse_qsl(query, max_num_fields=50)}


def _number(text: str | int, what: str) -> int:
    plain = str(text).strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) < 6):
        raise Unreadable(f"it has {what} of {plain[:20]!r}, which is no number")
    return int(plain)
