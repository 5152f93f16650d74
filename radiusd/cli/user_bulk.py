"""`radiusd user bulk ...`: one change for many users, all of them or none (S225, S226)."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.administration import fields, user_rows, users_csv
from radiusd.administration.faults import Invalid
from radiusd.cli import configuration, private_file
from radiusd.cli.database import administrator, local_directory, opened
from radiusd.cli.printing import USAGE, complain, fail, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.secret import Secret
    from config.settings import Settings
    from store import Store
    from store.records import LocalUser

app = typer.Typer(help="One change for many users, all of them or none.", no_args_is_help=True)

COLUMNS = ("username", "first_name", "last_name", "email", "phone", "password")
MOST_NAMED = 10

Group = Annotated[
    list[str] | None, typer.Option("--group", metavar="NAME", help="Users of that group. Repeat it for several.")
]
From = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="Users named in a CSV file, or one a line; - is standard input."),
]
Everyone = Annotated[bool, typer.Option("--all", help="All users.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Names the users, and changes nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Does not ask.")]


@app.command()
def passwords(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Where the passwords are written.")],
    *,
    group: Group = None,
    source: From = None,
    everyone: Everyone = False,
    without_password: Annotated[bool, typer.Option("--without-password", help="Only users who have none yet.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Gives users new random passwords, and writes them to a new CSV file that only its owner may read.

    They are shown nowhere else and can not be shown again. Hand them out, then delete the file.
    """
    settings = configuration.settings(context)
    directory = local_directory(settings)
    named = _named(source)
    with opened(settings) as store:
        chosen = _chosen(
            store, group or (), named, everyone=everyone or (without_password and not group and not source)
        )
        if without_password:
            chosen = [user for user in chosen if user.password_hash is None]
        _require_some(chosen)
        if dry_run:
            _name(chosen)
            return
        if file.exists():
            fail(f"{file} is there already, and may hold passwords that are in use; name another file", USAGE)
        _ask(f"Give {_count(chosen)} new passwords? The old ones end at once.", yes=yes)
        made, hashes = _made(settings, chosen)
        rows = [
            {name: getattr(user, name) for name in COLUMNS[:-1]} | {"password": word}
            for user, word in zip(chosen, made, strict=True)
        ]
        # Written first: a password that nobody knows would lock its user out, one that never came to be does not.
        with _kept_if_done(file, users_csv.written(rows, COLUMNS)):
            changes = [(user, {"password_hash": secret}) for user, secret in zip(chosen, hashes, strict=True)]
            _change(store, directory, changes, "password set")
    say(f"{_count(chosen)} {'has a new password' if len(chosen) == 1 else 'have new passwords'}, written to {file}")


@app.command()
def expires(
    context: typer.Context,
    date: Annotated[str, typer.Argument(metavar="DATE", help="2026-12-31 (that day counts), a moment, or never.")],
    *,
    group: Group = None,
    source: From = None,
    everyone: Everyone = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Sets the day on which accounts end, or `never`."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    zone = settings.time_zone
    try:
        end = fields.expires(date, zone, "DATE")
    except fields.FieldError as error:
        fail(str(error), USAGE)
    named = _named(source)
    with opened(settings) as store:
        chosen = _chosen(store, group or (), named, everyone=everyone)
        _require_some(chosen)
        others = [user for user in chosen if user.expires_at != end]
        text = fields.expires_text(end, zone)
        if dry_run:
            for user in others:
                say(f"{user.username} {fields.expires_text(user.expires_at, zone)} -> {text}")
        elif others:
            has_passed = end is not None and end <= time.time()
            warning = " That day has passed: they can not sign in then." if has_passed else ""
            _ask(f"Let {_count(others)} expire: {text}?{warning}", yes=yes)
            _change(store, directory, [(user, {"expires_at": end}) for user in others], "user changed: expires_at")
    same = len(chosen) - len(others)
    say(f"{_count(others)} {'would be ' if dry_run else ''}changed, {same} had that date already")


def _named(source: Path | None) -> list[str]:
    """The usernames of a list, in normal form; ends the command where it can not be read."""
    if source is None:
        return []
    try:
        octets = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
        names, faults = user_rows.usernames(octets)
    except OSError as error:
        fail(f"{source} can not be read: {error.strerror}", USAGE)
    except users_csv.CsvError as error:
        fail(f"{source}: {error}", USAGE)
    _end_with([f"{source}:{fault.line}: {fault.message}" for fault in faults])
    return names


def _chosen(store: Store, groups: Sequence[str], names: Sequence[str], *, everyone: bool) -> list[LocalUser]:
    """Whoever is in a group or is named, by username; ends the command where a name or a group is nobody's."""
    from radiusd.administration import users

    if not (groups or names or everyone):
        fail("say for whom: --group NAME, --from FILE or --all", USAGE)
    try:
        return store.read_now(lambda connection: users.chosen(connection, groups, names, every=everyone))
    except Invalid as wrong:
        _end_with([f"radiusd: {sentence}" for sentence in wrong.sentences])
        raise


def _end_with(faults: Sequence[str]) -> None:
    for fault in faults:
        complain(fault)
    if faults:
        fail("nothing was changed", USAGE)


def _require_some(chosen: Sequence[LocalUser]) -> None:
    if not chosen:
        fail("there is no such user; nothing was changed")


def _name(chosen: Sequence[LocalUser]) -> None:
    for user in chosen:
        say(user.username)
    say(f"{_count(chosen)} would get a new password" + ("" if len(chosen) == 1 else " each"))


def _ask(question: str, *, yes: bool) -> None:
    if not yes and not typer.confirm(question):
        fail("nothing was changed")


def _made(settings: Settings, chosen: Sequence[LocalUser]) -> tuple[list[str], list[Secret]]:
    """A password and its hash for each."""
    from config.secret import Secret
    from radiusd.administration import new_passwords
    from radiusd.cli.progress import in_parallel_shown
    from radiusd.passwords import hash_queue

    made = [new_passwords.random(settings) for _user in chosen]
    return made, [Secret(text) for text in in_parallel_shown("Hashing passwords", hash_queue.make, made)]


@contextmanager
def _kept_if_done(file: Path, text: str) -> Iterator[None]:
    """Makes the file; it goes again where what follows fails."""
    try:
        private_file.make(file, text)
    except OSError as error:
        fail(f"{file} can not be written: {error.strerror}; nothing was changed")
    from store import Unavailable

    try:
        yield
    except Unavailable:
        complain(f"radiusd: whether the passwords in {file} are in use is not known: try one")
        raise
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _change(store: Store, directory: str, changes: Sequence[tuple[LocalUser, Mapping[str, Any]]], what: str) -> None:
    from radiusd.administration import users

    try:
        store.write_now(
            lambda connection: users.edit_many(connection, administrator(), directory, changes, what, time.time())
        )
    except users.ChangedMeanwhile as raced:
        names = ", ".join(raced.usernames[:MOST_NAMED])
        fail(f"somebody else changed {names} meanwhile; nothing was changed, do it again")


def _count(users: Sequence[object]) -> str:
    return f"{len(users)} user{'' if len(users) == 1 else 's'}"
