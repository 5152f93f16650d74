"""Users as CSV: the columns and their other names, what a file is read to, and cells that no spreadsheet executes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from config.faults import nearest

# Ours, each with what other products and directories call it. Case, blanks and -_. do not count.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "username": ("user", "login", "userid", "uid", "samaccountname"),
    "password": ("userpassword", "cleartextpassword", "passwd"),
    "password_hash": ("hash", "hashedpassword", "cryptpassword"),
    "nt_password": ("nthash", "sambantpassword"),
    "first_name": ("givenname",),
    "last_name": ("surname", "familyname", "sn"),
    "email": ("mail", "emailaddress"),
    "phone": ("phonenumber", "mobile", "mobilephone", "mobilenumber", "cellphone"),
    "groups": ("group", "usergroups", "groupname"),
    "framed_ip_address": ("framedip", "staticip", "ipaddress"),
    "sponsor_name": ("sponsor",),
    "sponsor_email": ("sponsormail",),
    "sponsor_phone": ("sponsormobile",),
    "expires": ("expiration", "expirationdate", "expiry", "expirydate", "validuntil"),
    "description": ("notes", "note", "comment"),
    "language": ("lang",),
    "reply": ("replyattributes", "radreply"),
    "hours": ("logintime", "loginhours"),
    "clients": ("nas",),
    "applications": ("application",),
    "must_change_password": ("mustchange", "changepassword", "mustchangepasswordatnextlogon", "forcepasswordchange"),
    "enabled": ("active", "isactive"),
}
PASSWORDS = ("password", "password_hash", "nt_password")
CLEAR = "cleartext$"  # how OpenWISP marks a password that is no hash
EXPORTED = tuple(name for name in COLUMNS if name not in PASSWORDS)
# Files of OpenWISP, and older ones of daloRADIUS, have no line of names: five columns, or seven.
WITHOUT_NAMES = ("username", "password", "email", "firstname", "lastname", "notes", "user_groups")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}

# Where a cell begins for a spreadsheet: at its start, or at a semicolon where that is what it parts cells by.
_FORMULA = re.compile("((?:^|;) *)('*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
_DEFUSED = re.compile("((?:^|;) *)'('*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")


class CsvError(Exception):
    """The file as a whole can not be read; a sentence without its name."""


class Fault(NamedTuple):
    """What is wrong in one line; `column` as the file has it, "" where it is the whole line."""

    line: int
    column: str
    message: str


class Row(NamedTuple):
    """Cells by our names of the columns. `line` counts from 1, as editors do."""

    line: int
    cells: Mapping[str, str]


class Sheet(NamedTuple):
    """A file that was read. `names` are the file's own, by ours. `unknown` are columns with no place here."""

    names: Mapping[str, str]
    rows: Sequence[Row]
    faults: Sequence[Fault]
    unknown: Sequence[str]
    guessed: bool


def defused(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula; `undone` takes it away."""
    return _FORMULA.sub(r"\1'\2", text)


def undone(text: str) -> str:
    """What `defused` was given."""
    return _DEFUSED.sub(r"\1\2", text)


def written(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = EXPORTED) -> str:
    """A file with a line of names."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row[name] if name in PASSWORDS else defused(row[name]) for name in columns)
    return out.getvalue()


def read(octets: bytes, ignored: Sequence[str] = (), names: Sequence[str] = ()) -> Sheet:
    """The file's rows, and all that is wrong with its form. `names` of the columns, where its first line has none.

    Raises CsvError where there is nothing to go on with.
    """
    text, separator = opened(octets, names)
    found = records(text, separator)
    first = next(found, None)
    if first is None:
        raise CsvError("the file is empty")
    if isinstance(first, Fault):
        raise CsvError(f"line {first.line}: {first.message}")
    guessed = False
    header = names or first[1]
    if not names and not any(map(known, first[1])):
        header = _guessed(first[1])
        guessed = True
    columns, faults, unknown = _columns(header, {squeezed(name) for name in ignored})
    if "username" not in columns and not unknown:
        raise CsvError(f"no column is `username`; there is {', '.join(header)}")
    rows: list[Row] = []
    for record in [first, *found] if names or guessed else found:
        if isinstance(record, Fault):
            faults.append(record)
            continue
        line, cells = record
        if len(cells) < len(header) or any(cells[len(header) :]):
            faults.append(Fault(line, "", f"{len(cells)} cells, but there are {len(header)} columns"))
            continue
        taken = {ours: cells[place] for ours, place in columns.items()}
        rows.append(Row(line, {ours: cell if ours in PASSWORDS else undone(cell) for ours, cell in taken.items()}))
    return Sheet({ours: header[place] for ours, place in columns.items()}, rows, faults, unknown, guessed)


def named_in(octets: bytes) -> Sheet:
    """The usernames in a file with such a column, whatever else is in it, or in a list of one a line.

    Raises CsvError.
    """
    text, separator = opened(octets, ())
    header: list[str] = next((record[1] for record in records(text, separator) if not isinstance(record, Fault)), [])
    if any(map(known, header)):
        return read(octets, [name for name in header if OURS.get(squeezed(name)) != "username"])
    return read(octets, (), ["username"])


def opened(octets: bytes, names: Sequence[str]) -> tuple[str, str]:
    """The file's text, and what parts its cells. What Excel or PowerShell writes above the names is an empty line then.

    Raises CsvError.
    """
    text = _decoded(octets)
    first, end, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?', first.strip(), re.IGNORECASE)
    if told is not None:
        return end + rest, told[1]
    if first.lstrip('"').upper().startswith("#TYPE"):
        text = end + rest
    return text, _separator(text, names)


def _decoded(octets: bytes) -> str:
    if octets[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in octets[:200]:
        raise CsvError('it is UTF-16, not UTF-8: save it as "CSV UTF-8", or: iconv -f UTF-16 -t UTF-8 FILE')
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise CsvError(
            f'line {line} is not UTF-8: save the file as "CSV UTF-8", or convert it, as with '
            "iconv -f WINDOWS-1254 -t UTF-8 FILE (1252 in Western Europe)"
        ) from None


def _separator(text: str, names: Sequence[str]) -> str:
    """The one by which the first line has most columns that are known, or as many as there are names."""
    line = next((line for line in text.splitlines() if line.strip()), "")

    def fits(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=separator))
        return (len(cells) == len(names) if names else sum(map(known, cells))), len(cells)

    return max(SEPARATORS, key=fits)


def records(text: str, separator: str) -> Iterator[tuple[int, list[str]] | Fault]:
    """Each line that is not blank, with its number; a Fault ends them where quotation marks do not fit."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        yield Fault(line, "", 'a quotation mark is not closed, or stands alone; within a cell it is written twice: ""')


def _guessed(cells: Sequence[str]) -> Sequence[str]:
    if len(cells) in {5, 7} and (not cells[2] or "@" in cells[2]):
        return WITHOUT_NAMES[: len(cells)]
    raise CsvError(
        "its first line names no column; write one above it, as username,password,email, or say what they are: "
        "--columns username,password,email"
    )


def _columns(header: Sequence[str], ignored: set[str]) -> tuple[dict[str, int], list[Fault], list[str]]:
    """Where each of ours is, and what is wrong with the names."""
    columns: dict[str, int] = {}
    faults: list[Fault] = []
    unknown: list[str] = []
    for place, name in enumerate(header):
        bare = squeezed(name)
        ours = OURS.get(bare)
        if bare in ignored or not name.strip():
            continue
        if ours is None:
            near = nearest(name.strip(), COLUMNS)
            faults.append(Fault(1, name, "there is no such column here" + (f"; did you mean {near}?" if near else "")))
            unknown.append(name)
        elif ours in columns:
            faults.append(Fault(1, name, f"{header[columns[ours]]} is the same column; leave one out with --ignore"))
        else:
            columns[ours] = place
    return columns, faults, unknown


def squeezed(name: str) -> str:
    return re.sub(r"[\s_.\-]", "", name).casefold()


def known(name: str) -> bool:
    return squeezed(name) in OURS


OURS = {squeezed(name): ours for ours, others in COLUMNS.items() for name in (ours, *others)}
