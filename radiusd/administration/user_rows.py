"""The rows of a CSV file as users: each cell judged, each fault named by line and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from config.secret import Secret
from radiusd.administration import fields
from radiusd.administration.users_csv import PASSWORDS, Fault, Row, Sheet
from radiusd.passwords import foreign_hashes
from radiusd.rules import passwords

if TYPE_CHECKING:
    from config.settings import Settings

CLEAR = "cleartext$"  # how OpenWISP marks a password that is no hash
TRUE = frozenset({"yes", "true", "1", "enabled", "active", "evet"})
FALSE = frozenset({"no", "false", "0", "disabled", "inactive", "hayır"})


class Wanted(NamedTuple):
    """What a line asks for: fields of store.records.NewUser, and a password or a hash where it gives one."""

    line: int
    username: str
    values: Mapping[str, Any]
    password: Secret | None = None
    password_hash: Secret | None = None


class Judged(NamedTuple):
    """`warned` are passwords that radius.yaml warns of."""

    wanted: list[Wanted]
    faults: list[Fault]
    warned: list[Fault]


class Rows:
    """Reads rows with the settings of one radius.yaml."""

    def __init__(self, settings: Settings) -> None:
        from config.models.templates import LANGUAGES

        country, zone = settings.phone_country, settings.time_zone
        self._passwords = settings.security.passwords
        self._read: dict[str, tuple[str, Callable[[str, str], Any]]] = {
            "first_name": ("first_name", fields.line),
            "last_name": ("last_name", fields.line),
            "email": ("email", fields.email),
            "phone": ("phone", lambda text, field: fields.phone(text, field, country)),
            "groups": ("groups", lambda text, field: fields.groups(text.split(";"), field)),
            "framed_ip_address": ("framed_ip_address", fields.framed_ip_address),
            "sponsor_name": ("sponsor_name", fields.line),
            "sponsor_email": ("sponsor_email", fields.email),
            "sponsor_phone": ("sponsor_phone", lambda text, field: fields.phone(text, field, country)),
            "expires": ("expires_at", lambda text, field: fields.expires(text, zone, field)),
            "description": ("description", fields.line),
            "language": ("language", lambda text, field: fields.language(text, LANGUAGES, field)),
            "enabled": ("enabled", _enabled),
        }

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
        username = ""
        values: dict[str, Any] = {}
        secrets: dict[str, Secret] = {}
        for ours, cell in row.cells.items():
            name = sheet.names[ours]
            try:
                if ours == "username":
                    username = fields.username(cell)
                elif ours in PASSWORDS:
                    secrets |= _secret(ours, cell)
                else:
                    field, reader = self._read[ours]
                    values[field] = reader(cell, name)
            except (fields.FieldError, foreign_hashes.HashError) as error:
                found.faults.append(Fault(row.line, name, str(error).removeprefix(f"{name}: ")))
        if len(secrets) > 1:
            found.faults.append(
                Fault(row.line, sheet.names["password_hash"], "there is a password too; keep one of them")
            )
        clear = secrets.get("password")
        if clear is not None:
            words = [username, *(str(values.get(key, "")) for key in ("first_name", "last_name", "email"))]
            rules = self._passwords
            refused, warned = passwords.fault(clear.reveal(), rules.min_length, rules.common, words)
            if refused is not None:
                because = f"{refused} (security.passwords in radius.yaml)"
                found.faults.append(Fault(row.line, sheet.names["password"], because))
            elif warned is not None:
                found.warned.append(Fault(row.line, sheet.names["password"], warned))
        return Wanted(row.line, username, values, clear, secrets.get("password_hash"))


def _secret(column: str, cell: str) -> dict[str, Secret]:
    """The cell as a password or a hash, whichever it is; nothing where it is empty."""
    if not cell.strip():
        return {}
    if column == "password":
        if cell.startswith(CLEAR):
            return {"password": Secret(cell.removeprefix(CLEAR))}
        if not foreign_hashes.is_meant_as_one(cell.strip()):
            return {"password": Secret(cell)}
    try:
        return {"password_hash": Secret(foreign_hashes.stored_form(cell))}
    except foreign_hashes.HashError as error:
        if column == "password":
            raise foreign_hashes.HashError(
                f"{error}; where it is the password itself, write {CLEAR} before it"
            ) from None
        raise


def _enabled(typed: str, field: str) -> bool | None:
    """None for an empty cell: a new user is enabled, another one stays as they are."""
    word = typed.strip().casefold()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    if word:
        raise fields.FieldError(f"{field}: {typed} is neither yes nor no")
    return None
