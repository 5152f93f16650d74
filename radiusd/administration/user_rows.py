"""The rows of a CSV file as users: each cell judged, each fault named by line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from config.secret import Secret
from radiusd.administration import fields, new_passwords, users_csv
from radiusd.administration.faults import Invalid
from radiusd.administration.users_csv import CLEAR, PASSWORDS, Fault, Row, Sheet
from radiusd.passwords import foreign_hashes

if TYPE_CHECKING:
    from config.settings import Settings
    from store.records import LocalUser

PLAIN = ("first_name", "last_name", "email", "phone", "sponsor_name", "sponsor_email", "sponsor_phone",
         "description", "language")  # fmt: skip
SEVERAL = frozenset({"groups", "hours", "clients", "applications"})  # apart by semicolons
_NEXT_ATTRIBUTE = re.compile(r";\s*(?=[A-Za-z][\w-]*(?::\d+)?\s*=)")


class Wanted(NamedTuple):
    """What a line asks for: fields of store.records.NewUser, and a password or a hash where it gives one."""

    line: int
    username: str
    values: Mapping[str, Any]
    password: Secret | None = None
    password_hash: Secret | None = None
    shown_name: str = ""


class Judged(NamedTuple):
    """`warned` are passwords that radius.yaml warns of."""

    wanted: list[Wanted]
    faults: list[Fault]
    warned: list[Fault]


class Rows:
    """Reads rows with the settings of one radius.yaml."""

    def __init__(self, settings: Settings, attributes: Callable[[], fields.Attributes]) -> None:
        """`attributes` reads the dictionaries."""
        self._settings = settings
        self._reader = fields.Reader(settings, attributes)

    def judged(self, sheet: Sheet) -> Judged:
        """Every row that is sound, and everything that is wrong with the others."""
        found = Judged([], [], [])
        lines: dict[str, int] = {}
        for row in sheet.rows:
            faults, warned = len(found.faults), len(found.warned)
            wanted = self._row(sheet, row, found)
            if wanted.username:
                first = lines.setdefault(wanted.username, row.line)
                if first != row.line:
                    typed = row.cells["username"].strip()
                    found.faults.append(
                        Fault(row.line, sheet.names["username"], f"{typed} is {wanted.username}, as on line {first}")
                    )
            if len(found.faults) == faults:
                found.wanted.append(wanted)
            else:
                del found.warned[warned:]
        return found

    def _row(self, sheet: Sheet, row: Row, found: Judged) -> Wanted:
        username = shown = ""
        values: dict[str, Any] = {}
        secrets: dict[str, Secret] = {}
        given: list[str] = []  # the columns that have one
        for ours, cell in row.cells.items():
            name = sheet.names[ours]
            try:
                if ours == "username":
                    username, shown = fields.username(cell), fields.spelling(cell)
                elif ours in PASSWORDS:
                    secrets |= _secret(ours, cell)
                    given += [name] if cell.strip() else []
                else:
                    field, value = self._reader.read(ours, _several(ours, cell), name)
                    values[field] = value
            except (fields.FieldError, foreign_hashes.HashError) as error:
                found.faults.append(Fault(row.line, name, str(error).removeprefix(f"{name}: ")))
        if len(given) > 1:
            found.faults.append(Fault(row.line, given[1], f"there is a {given[0]} too; keep one of them"))
        clear = secrets.get("password")
        if clear is not None:
            words = [username, *(str(values.get(key, "")) for key in ("first_name", "last_name", "email"))]
            password = sheet.names["password"]
            try:
                warned = new_passwords.judged(self._settings, clear.reveal(), words)
            except Invalid as refused:
                found.faults.append(Fault(row.line, password, str(refused)))
            else:
                if warned is not None:
                    found.warned.append(Fault(row.line, password, warned))
        return Wanted(row.line, username, values, clear, secrets.get("password_hash"), shown)


def usernames(octets: bytes) -> tuple[list[str], list[Fault]]:
    """The usernames that a file names, in normal form, and what is wrong with it. Raises CsvError."""
    sheet = users_csv.named_in(octets)
    names: list[str] = []
    faults = [*sheet.faults]
    for row in sheet.rows:
        try:
            names.append(fields.username(row.cells["username"]))
        except fields.FieldError as error:
            faults.append(Fault(row.line, sheet.names["username"], str(error)))
    return names, faults


def cells(user: LocalUser, zone: tzinfo | None) -> dict[str, str]:
    """A user's fields as `Rows` reads them, all but the password."""
    return {name: getattr(user, name) for name in PLAIN} | {
        "username": user.spelled,
        "groups": ";".join(user.groups),
        "reply": _replies(user.reply),
        **{name: ";".join(getattr(user, name)) for name in ("hours", "clients", "applications")},
        "framed_ip_address": user.framed_ip_address or "",
        "expires": fields.expires_exactly(user.expires_at, zone),
        "must_change_password": "yes" if user.must_change_password else "no",
        "enabled": "yes" if user.enabled else "no",
    }


def _several(column: str, cell: str) -> Any:
    """The cell, as a list where it may have several."""
    if column == "reply":
        # A semicolon is part of a value, unless an attribute follows; so are all of them where lines part attributes.
        return cell.splitlines() if "\n" in cell else _NEXT_ATTRIBUTE.split(cell)
    return cell.split(";") if column in SEVERAL else cell


def _replies(reply: tuple[str, ...]) -> str:
    """Attributes as one cell, which is read to the same."""
    cell = ";".join(reply)
    return cell if _several("reply", cell) == [*reply] else "\n".join((*reply, ""))


def _secret(column: str, cell: str) -> dict[str, Secret]:
    """The cell as a password or a hash, whichever it is; nothing where it is empty."""
    if not cell.strip():
        return {}
    if column == "password":
        if cell.startswith(CLEAR):
            return {"password": Secret(cell.removeprefix(CLEAR))}
        if not foreign_hashes.is_meant_as_one(cell.strip()):
            return {"password": Secret(cell)}
    if column == "nt_password":
        bare = cell.strip().removeprefix("0x")
        cell = bare if bare.startswith(("{", "$")) else f"{{NT}}{bare}"
    try:
        return {"password_hash": Secret(foreign_hashes.stored_form(cell))}
    except foreign_hashes.HashError as error:
        if column == "password":
            raise foreign_hashes.HashError(
                f"{error}; where it is the password itself, write {CLEAR} before it"
            ) from None
        raise
