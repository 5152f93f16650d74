"""FreeRADIUS's tables radcheck and radreply as files: an attribute a line, read to a row for each user.

Source: FreeRADIUS' raddb/mods-config/sql, and the passwords of rlm_pap(5).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from config.faults import nearest
from radiusd.administration import users_csv
from radiusd.administration.users_csv import CLEAR, Fault, Row, Sheet, squeezed

OPERATORS = frozenset({"=", ":=", "==", "+="})
REPLYING = frozenset({"=", ":=", "+="})
WITHOUT_NAMES = ("username", "attribute", "op", "value")
PASSWORD, HASH = "password", "password_hash"
# What rlm_pap takes: by its name the scheme of an LDAP server; "" where the text tells by itself.
DIGESTS = {
    "MD5-Password": "MD5",
    "SMD5-Password": "SMD5",
    "SHA-Password": "SHA",
    "SHA1-Password": "SHA",
    "SSHA-Password": "SSHA",
    "SSHA1-Password": "SSHA",
    **{f"{name}-Password": scheme for bits in (256, 384, 512) for name, scheme in (
        (f"SHA{bits}", f"SHA{bits}"), (f"SHA2-{bits}", f"SHA{bits}"),
        (f"SSHA{bits}", f"SSHA{bits}"), (f"SSHA2-{bits}", f"SSHA{bits}"),
    )},
}  # fmt: skip
BY_LENGTH = {32: "SHA256", 48: "SHA384", 64: "SHA512"}  # of SHA2-Password
COLUMNS = {
    "Cleartext-Password": PASSWORD,
    "User-Password": PASSWORD,
    "Password-With-Header": PASSWORD,
    "Crypt-Password": HASH,
    "NT-Password": HASH,
    "SHA2-Password": HASH,
    **dict.fromkeys(DIGESTS, HASH),
    "Expiration": "expires",
    "Framed-IP-Address": "framed_ip_address",
    "Auth-Type": "enabled",
    "Login-Time": "hours",
}
ATTRIBUTES = {squeezed(name): name for name in COLUMNS}


def read(octets: bytes, ignored: Sequence[str] = (), *, replies: bool = False) -> Sheet | None:
    """A row for each user; None where the file is no such table. `ignored` are attributes to be left out.

    With `replies` it is radreply, whose attributes are users' own: nothing in a file tells which of the two it is, and what
    is compared with a request must not become a reply. Raises users_csv.CsvError.
    """
    text, separator = users_csv.opened(octets, ())
    records = list(users_csv.records(text, separator))
    first = next(iter(records), None)
    if first is None or isinstance(first, Fault):
        return None
    header, has_names = _header(first[1])
    if not header:
        return None
    columns = {squeezed(name): place for place, name in enumerate(header)}
    user = next(place for place, name in enumerate(header) if users_csv.OURS.get(squeezed(name)) == "username")
    left_out = {squeezed(name) for name in ignored}
    table = _Table(header[user])
    for record in records[1:] if has_names else records:
        if isinstance(record, Fault):
            table.faults.append(record)
            continue
        line, cells = record
        if len(cells) != len(header):
            table.faults.append(Fault(line, "", f"{len(cells)} cells, but there are {len(header)} columns"))
            continue
        attribute, value = cells[columns["attribute"]].strip(), cells[columns["value"]]
        if squeezed(attribute) in left_out:
            continue
        if replies:
            fault = table.add_reply(line, cells[user], attribute, cells[columns["op"]].strip(), value)
        else:
            fault = table.add_check(line, cells[user], attribute, value)
        if fault:
            table.faults.append(Fault(line, attribute, fault))
    return Sheet(table.names, [*table.rows.values()], table.faults, [*table.unknown], guessed=False)


class _Table:
    """What was read so far: a row for each user. What adds to it gives what is wrong, "" for nothing."""

    def __init__(self, username: str) -> None:
        self.names = {"username": username}
        self.rows: dict[str, Row] = {}
        self.faults: list[Fault] = []
        self.unknown: dict[str, None] = {}

    def add_check(self, line: int, username: str, attribute: str, value: str) -> str:
        name = ATTRIBUTES.get(squeezed(attribute))
        row = self._row(line, username)
        if name is None:
            near = nearest(attribute, COLUMNS)
            self.unknown[attribute] = None
            return "there is no place for this attribute here" + (f"; did you mean {near}?" if near else "")
        ours = COLUMNS[name]
        if ours in row.cells:
            return f"{username.strip()} has a value for `{ours}` already; keep one of them"
        try:
            self._put(username, ours, name, _cell(name, value))
        except ValueError as error:
            return str(error)
        return ""

    def add_reply(self, line: int, username: str, attribute: str, operator: str, value: str) -> str:
        row = self._row(line, username)
        if operator not in REPLYING:
            return f"`{operator}` adds nothing to a reply; only {' '.join(sorted(REPLYING))} are read"
        if "%{" in value or value.startswith("`"):
            return "FreeRADIUS reckons this value anew at each sign-in; here it would be sent as it is written"
        if squeezed(attribute) == squeezed("Framed-IP-Address"):
            self._put(username, "framed_ip_address", attribute, value)
        else:
            # In lines, so that a semicolon is part of a value.
            lines = f"{row.cells.get('reply', '')}{attribute}={users_csv.undone(value)}\n"
            self._put(username, "reply", "reply", lines)
        return ""

    def _row(self, line: int, username: str) -> Row:
        return self.rows.setdefault(username.strip(), Row(line, {"username": username}))

    def _put(self, username: str, ours: str, name: str, cell: str) -> None:
        self.names[ours] = name
        row = self.rows[username.strip()]
        self.rows[username.strip()] = Row(row.line, {**row.cells, ours: cell})


def _header(cells: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The names of the columns, and whether they are the first line; none where it is no such table."""
    there = {squeezed(cell) for cell in cells}
    if {"attribute", "value"} <= there and any(users_csv.OURS.get(name) == "username" for name in there):
        return cells, True
    if len(cells) >= len(WITHOUT_NAMES) and cells[-2].strip() in OPERATORS:
        return [*(f"column {place}" for place in range(1, len(cells) - 3)), *WITHOUT_NAMES], False
    return (), False


def _cell(attribute: str, value: str) -> str:
    """The value as the column of ours has it. Raises ValueError with a sentence that never shows it."""
    match attribute:
        case "Cleartext-Password" | "User-Password":
            return CLEAR + value
        case "Password-With-Header":
            for header in ("{clear}", "{cleartext}"):
                if value.casefold().startswith(header):
                    return CLEAR + value[len(header) :]
            return value
        case "NT-Password":
            return "{NT}" + value.strip().removeprefix("0x")
        case "SHA2-Password":
            octets = _octets(value)
            if len(octets) not in BY_LENGTH:
                raise ValueError("it is no digest of SHA-2; was it cut?")
            return _digest(BY_LENGTH[len(octets)], octets)
        case "Auth-Type":
            if value.strip().casefold() == "reject":
                return "no"
            raise ValueError("only Auth-Type Reject is understood, as a disabled user")
        case _ if attribute in DIGESTS:
            return _digest(DIGESTS[attribute], _octets(value))
        case _:
            return users_csv.undone(value)


def _octets(value: str) -> bytes:
    """rlm_pap takes hexadecimal, and base64."""
    bare = value.strip().removeprefix("0x")
    try:
        return bytes.fromhex(bare)
    except ValueError:
        pass
    try:
        return base64.b64decode(bare, validate=True)
    except binascii.Error:
        raise ValueError("it is neither hexadecimal nor base64") from None


def _digest(scheme: str, octets: bytes) -> str:
    return f"{{{scheme}}}{base64.b64encode(octets).decode()}"
