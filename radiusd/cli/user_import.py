"""`radiusd user import`: users of a CSV file, all of them or none (S223)."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from radiusd.administration import radcheck, user_plan, users_csv
from radiusd.administration.user_plan import Fate
from radiusd.administration.user_rows import Judged, Rows, Wanted
from radiusd.administration.users_csv import CsvError, Fault, Sheet
from radiusd.cli import configuration
from radiusd.cli.database import administrator, local_directory, opened
from radiusd.cli.printing import REFUSED, USAGE, complain, fail, say
from radiusd.cli.user_values import dictionaries
from radiusd.passwords import foreign_hashes

if TYPE_CHECKING:
    from config.secret import Secret
    from config.settings import Settings
    from store import Store
    from store.records import LocalUser

STDIN = "-"
NAMED = 5  # users in a sentence


def import_users(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A CSV file; - is standard input.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tells what would become of each line, and writes nothing.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Changes users who are there already: an empty cell clears a field.")
    ] = False,
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Leaves users who are there already as they are.")
    ] = False,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="COLUMN", help="Leaves a column out. Repeat it for several.")
    ] = None,
    radreply: Annotated[
        bool,
        typer.Option("--radreply", help="The file is FreeRADIUS's table radreply: its attributes are users' own."),
    ] = False,
    columns: Annotated[
        str, typer.Option("--columns", metavar="NAMES", help="The columns of a file without a line of names.")
    ] = "",
) -> None:
    """Adds the users of a CSV file, or tells all that is wrong with it and adds none.

    Its first line names the columns, in any order: username, password, password_hash, first_name, last_name, email,
    phone, groups (a;b), framed_ip_address, sponsor_name, sponsor_email, sponsor_phone, expires, description,
    language, reply (Filter-Id=a;Class=b), hours, clients, applications, must_change_password, enabled. Commas,
    semicolons and tabs part them. Names that OpenWISP, daloRADIUS and others give to columns are understood, and so are
    hashes of other systems as passwords, and FreeRADIUS's table radcheck; radreply with --radreply.
    """
    settings = configuration.settings(context)
    directory = local_directory(settings)
    if update and only_new:
        fail("--update and --only-new cannot both be", USAGE)
    sheet = _sheet(file, ignore or (), [name for name in columns.split(",") if name], replies=radreply)
    judged = Rows(settings, dictionaries(settings)).judged(sheet)
    with opened(settings) as store:
        from radiusd.administration.users import everyone

        there = {user.username: user for user in store.read_now(everyone)}
        rows = [each for each in judged.wanted if not (only_new and each.username in there)]
        addresses = sheet.names.get("framed_ip_address", "")
        faults = [*sheet.faults, *judged.faults, *user_plan.clashes(rows, there.values(), addresses)]
        if faults:
            _refuse(file, sheet, faults)
        _tell_warnings(file, judged)
        if sheet.guessed:
            complain(f"radiusd: {file} has no line of names; its columns are read as {','.join(sheet.names.values())}")
        fates = _fates(rows, there, dry_run=dry_run)
        differing = [each for each in fates if each.user is not None and each.values]
        if dry_run:
            _tell_fates(settings, judged.wanted, fates, update=update)
        elif not differing or update:
            _apply(store, directory, fates, str(file))
        _sum_up(fates, left=len(judged.wanted) - len(rows), dry_run=dry_run, update=update)


def _sheet(file: Path, ignored: Sequence[str], names: Sequence[str], *, replies: bool) -> Sheet:
    try:
        octets = sys.stdin.buffer.read() if str(file) == STDIN else file.read_bytes()
    except OSError as error:
        fail(f"{file} can not be read: {error.strerror}", USAGE)
    try:
        table = None if names else radcheck.read(octets, ignored, replies=replies)
        if replies and table is None:
            fail(f"{file}: it is no such table: its columns are username, attribute, op and value", USAGE)
        return users_csv.read(octets, ignored, names) if table is None else table
    except CsvError as error:
        fail(f"{file}: {error}", USAGE)


def _refuse(file: Path, sheet: Sheet, faults: Sequence[Fault]) -> NoReturn:
    for fault in sorted(faults):
        _tell(file, fault)
    if sheet.unknown:
        options = " ".join(f"--ignore {shlex.quote(name)}" for name in sheet.unknown)
        complain(f"radiusd: what has no place here is left out with {options}")
    count = len(faults)
    complain(f"radiusd: {file} has {count} fault{'' if count == 1 else 's'}; nothing was written")
    raise typer.Exit(USAGE)


def _tell_warnings(file: Path, judged: Judged) -> None:
    for warned in judged.warned:
        _tell(file, warned)


def _tell(file: Path, fault: Fault) -> None:
    column = f"{fault.column}: " if fault.column else ""
    complain(f"{file}:{fault.line}: {column}{fault.message}")


def _fates(rows: Sequence[Wanted], there: dict[str, LocalUser], *, dry_run: bool) -> list[Fate]:
    """Hashes the passwords."""
    from radiusd.cli.progress import in_parallel_shown

    def stored(each: Wanted) -> Secret | None:
        return user_plan.stored(each, there.get(each.username), dry_run=dry_run)

    hashes = in_parallel_shown("Hashing passwords", stored, rows)
    return [user_plan.fate(each, there.get(each.username), made) for each, made in zip(rows, hashes, strict=True)]


def _tell_fates(settings: Settings, wanted: Sequence[Wanted], fates: Sequence[Fate], *, update: bool) -> None:
    by_line = {each.wanted.line: each for each in fates}
    for line in wanted:
        each = by_line.get(line.line)
        if each is None:
            told = "is there already, and left as it is"
        elif each.user is None:
            told = "is new" if "password_hash" in each.values else "is new, without a password"
        elif each.values:
            changes = user_plan.difference(each, settings.time_zone)
            told = f"changes: {changes}" if update else f"is there already, and differs: {changes}"
        else:
            told = "stays the same"
        say(f"line {line.line}: {line.username} {told}")


def _apply(store: Store, directory: str, fates: Sequence[Fate], source: str) -> None:
    from radiusd.administration import many_users
    from store.records import NewUser

    added = [
        NewUser(username=each.wanted.username, shown_name=each.wanted.shown_name, **each.values)
        for each in fates
        if each.user is None
    ]
    changed = [(each.user, each.values) for each in fates if each.user is not None and each.values]
    try:
        store.write_now(
            lambda connection: many_users.take_in(
                connection, administrator(), directory, added, changed, source, time.time()
            )
        )
    except many_users.ChangedMeanwhile as raced:
        fail(f"somebody else changed {_some(raced.usernames)} meanwhile; nothing was written, do it again")


def _sum_up(fates: Sequence[Fate], *, left: int, dry_run: bool, update: bool) -> None:
    new = [each for each in fates if each.user is None]
    differing = [each.wanted.username for each in fates if each.user is not None and each.values]
    if differing and not update:
        complain(
            f"radiusd: {_some(differing)} {'is' if len(differing) == 1 else 'are'} there already, and would change: "
            "--update allows that, --only-new leaves them as they are"
            + ("" if dry_run else ", --dry-run shows it. Nothing was written")
        )
        raise typer.Exit(REFUSED)
    would = "would be " if dry_run else ""
    same = len(fates) - len(new) - len(differing) + left
    say(f"{_count(len(new))} {would}added, {len(differing)} {would}changed, {same} left as they are")
    _warn(new, fates)


def _hash_of(each: Fate) -> str:
    stored = each.values.get("password_hash")
    return "" if stored is None else stored.reveal()


def _warn(new: Sequence[Fate], fates: Sequence[Fate]) -> None:
    """Of what keeps new users out, and of what was better not kept anywhere."""
    without = [each.wanted.username for each in new if "password_hash" not in each.values]
    if without:
        complain(f"radiusd: {_some(without)} without a password; `radiusd user bulk passwords` makes them")
    now = time.time()
    windows = [each for each in fates if foreign_hashes.is_of_windows(_hash_of(each))]
    if windows:
        complain(
            f"radiusd: {_count(len(windows))} with a hash of Windows (NT), which whoever has read it can use as the password "
            "itself; it is replaced at the next sign-in. Delete the file, and whatever else has them"
        )
    expired = [each.wanted.username for each in new if (each.values.get("expires_at") or now) < now]
    if expired:
        complain(f"radiusd: the expiration date of {_some(expired)} has passed: they cannot sign in")


def _count(number: int) -> str:
    return f"{number} user{'' if number == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
