"""Authenticators that other systems export: addresses, privacyIDEA's files, multiOTP's, Google Authenticator's codes. Pure.

What can not be taken over is told beside what can; nothing told has a secret in it.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from msgspec import Struct

from radiusd.rules import google_migration, otpauth
from radiusd.rules.otpauth import Offered, Unreadable, base32, checked

LARGEST = 16 << 20  # octets of a file
MULTIOTP = "multiotp-database-format-v3"
FERNET = "gAAAA"  # how a Fernet token begins (its version and the time)
NOT_TOTP = "it is of the kind {kind}; only totp is taken"
UNKNOWN = (
    "it is none of these: otpauth:// addresses, one a line; otpauth-migration:// addresses; privacyIDEA's export as csv or"
    " as pi; a file of multiOTP's folder users"
)


class Taken(Struct, frozen=True):
    """One authenticator of an export: what it offers, or `why` it can not be taken over. `where` it stands.

    `drift`: steps that its clock is ahead, as the other system has learned; `step`: the last one that was used there.
    """

    where: str
    account: str
    offered: Offered | None
    why: str = ""
    drift: int = 0
    step: int = -1


def read(octets: bytes, *, name: str = "", key: str = "") -> list[Taken]:
    """What is in a file of that name. `key` is of privacyIDEA's export as pi, or multiOTP's encryption key.

    Raises Unreadable.
    """
    if len(octets) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST >> 20} MiB")
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("it is no text; of a picture the code must be read first") from None
    head = text.lstrip()[:200]
    if head.startswith(MULTIOTP):
        return [_multiotp(text, name, key)]
    if head.startswith(FERNET):
        return list(_privacyidea(text.strip(), key))
    if "otpauth" in text and "://" in text:
        return list(_addresses(text))
    try:
        rows = list(_privacyidea_csv(text))
    except csv.Error:
        raise Unreadable(UNKNOWN) from None
    if not rows:
        raise Unreadable(UNKNOWN)
    return rows


def _addresses(text: str) -> Iterator[Taken]:
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        where = f"line {number}"
        try:
            if google_migration.is_one(plain):
                for at, account in enumerate(google_migration.read(plain), 1):
                    yield Taken(f"{where}, account {at}", account.name, account.offered, account.why)
            else:
                offered = otpauth.read(plain)
                yield Taken(where, offered.account, offered)
        except Unreadable as why:
            yield Taken(where, "", None, str(why))


def _privacyidea_csv(text: str) -> Iterator[Taken]:
    """`OWNER@REALM, SERIAL, SECRET, TYPE, LENGTH, TIME STEP`; its CSV does not say which algorithm: sha1."""
    for number, row in enumerate(csv.reader(io.StringIO(text), skipinitialspace=True), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < 5:
            raise Unreadable(UNKNOWN)
        owner, _serial, secret, kind, length, *step = cells
        yield _of_privacyidea(f"line {number}", _login(owner), secret, kind, length, (step or ["30"])[0], "sha1")


def _privacyidea(text: str, key: str) -> Iterator[Taken]:
    if not key:
        raise Unreadable("it is encrypted: --key has the key that privacyIDEA showed when it was made")
    try:
        found = json.loads(Fernet(key).decrypt(text.encode()))
    except (ValueError, TypeError, InvalidToken, binascii.Error):
        raise Unreadable("it can not be decrypted with this key") from None
    if not isinstance(found, list):
        raise Unreadable(UNKNOWN)
    for number, token in enumerate(found, 1):
        if not isinstance(token, dict):
            raise Unreadable(UNKNOWN)
        known, info = _mapping(token.get("user")), _mapping(token.get("info_list"))
        period = str(info.get("timeStep") or "30")
        taken = _of_privacyidea(
            f"token {number}", str(known.get("login") or ""), str(token.get("otpkey") or ""), str(token.get("type") or ""),
            str(token.get("otplen") or "6"), period, str(info.get("hashlib") or "sha1"),
        )  # fmt: skip
        yield _with_clock(taken, _whole(info.get("timeShift")), _whole(token.get("counter")) - 1)


def _of_privacyidea(where: str, login: str, secret: str, kind: str, length: str, period: str, algorithm: str) -> Taken:
    if kind.lower() != "totp":
        return Taken(where, login, None, NOT_TOTP.format(kind=kind[:20]))
    try:
        # In hex, unless it was asked for in base32.
        parameters = checked(_of_hex(secret), algorithm, length, period or "30")
    except Unreadable as why:
        return Taken(where, login, None, str(why))
    return Taken(where, login, Offered(login, "", parameters))


def _multiotp(text: str, name: str, key: str) -> Taken:
    """A user's file: KEY=VALUE a line, `:=` where the value is encrypted. The user is the file's name."""
    account = _of_file_id(name.removesuffix(".db"))
    told: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        left, is_one, value = line.partition("=")
        if is_one and not left.startswith(";"):
            told[left.removesuffix(":")] = (
                _decrypted(left.removesuffix(":"), value, key) if left.endswith(":") else value
            )
    kind = told.get("algorithm", "")
    if kind.lower() != "totp":
        return Taken(name, account, None, NOT_TOTP.format(kind=kind[:20] or "(none)"))
    seed = told.get("token_seed", "")
    if not _is_hex(seed):
        return Taken(name, account, None, "its secret is encrypted: --key has the encryption key of multiOTP")
    period = told.get("time_interval") or "30"
    try:
        parameters = checked(
            _of_hex(seed), told.get("token_algo_suite") or "sha1", told.get("number_of_digits") or "6", period
        )
    except Unreadable as why:
        return Taken(name, account, None, str(why))
    taken = Taken(name, account, Offered(account, "", parameters))
    return _with_clock(taken, _whole(told.get("delta_time")), _whole(told.get("last_login")) // parameters.period)


def _decrypted(label: str, value: str, key: str) -> str:
    """Its own encryption: each octet, the label's and the key's, repeated, in exclusive or."""
    if not key:
        return ""
    try:
        octets = base64.b64decode(value)
    except (binascii.Error, ValueError):
        return ""
    mixed = bytes(a ^ b ^ c for a, b, c in zip(octets, cycle(label.encode()), cycle(key.encode()), strict=False))
    return mixed.decode("utf-8", "replace")


def _of_file_id(name: str) -> str:
    """A user's name as multiOTP writes it into a file's: as it is, or `id0x` and its octets in hex."""
    coded = name.removeprefix("id0x")
    return bytes.fromhex(coded).decode("utf-8", "replace") if coded != name and _is_hex(coded) else name


def _with_clock(taken: Taken, seconds: int, step: int) -> Taken:
    if taken.offered is None:
        return taken
    drift = round(seconds / taken.offered.parameters.period)
    return Taken(taken.where, taken.account, taken.offered, "", drift, max(step, -1))


def _of_hex(secret: str) -> str:
    return base32(bytes.fromhex(secret)) if _is_hex(secret) else secret


def _is_hex(text: str) -> bool:
    return bool(text) and len(text) % 2 == 0 and set(text) <= set("0123456789abcdefABCDEF")


def _login(owner: str) -> str:
    """`ann` of `ann@realm`; "" where it is nobody's."""
    return "" if owner.lower() in ("n/a", "") else owner.rpartition("@")[0] or owner


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int:
    try:
        return round(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0
