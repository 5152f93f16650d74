"""`radiusd user bulk ...`: one change for many users, all of them or none (S225, S226)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.administration import fields, users_csv
from radiusd.administration.users import PASSWORD_SET
from radiusd.cli import configuration, private_file, whom
from radiusd.cli.database import local_directory, opened
from radiusd.cli.printing import USAGE, complain, fail, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.secret import Secret
    from config.settings import Settings
    from store.records import LocalUser

app = typer.Typer(help="One change for many users, all of them or none.", no_args_is_help=True)

COLUMNS = ("username", "first_name", "last_name", "email", "phone", "password")


@app.command()
def passwords(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Where the passwords are written.")],
    *,
    group: whom.Group = None,
    source: whom.From = None,
    not_in: whom.NotIn = None,
    everyone: whom.Everyone = False,
    without_password: Annotated[bool, typer.Option("--without-password", help="Only users who have none yet.")] = False,
    must_change: Annotated[
        bool, typer.Option("--must-change", help="They are to choose their own at the next sign-in.")
    ] = False,
    dry_run: whom.DryRun = False,
    yes: whom.Yes = False,
) -> None:
    """Gives users new random passwords, and writes them to a new CSV file that only its owner may read.

    They are shown nowhere else and can not be shown again. Hand them out, then delete the file.
    """
    settings = configuration.settings(context)
    directory = local_directory(settings)
    choice = whom.choice(group, source, not_in, everyone=everyone, without_password=without_password)
    with opened(settings) as store:
        chosen = whom.chosen(store, choice)
        if dry_run:
            whom.name(chosen, "get a new password" + ("" if len(chosen) == 1 else " each"))
            return
        if str(file) == "-":
            fail("passwords are written to a file that only its owner may read; name one", USAGE)
        if file.exists():
            fail(f"{file} is there already, and may hold passwords that are in use; name another file", USAGE)
        whom.ask(f"Give {whom.count(chosen)} new passwords? The old ones end at once.", yes=yes)
        made, hashes = _made(settings, chosen)
        rows = [
            {name: getattr(user, name) for name in COLUMNS[:-1]} | {"password": word}
            for user, word in zip(chosen, made, strict=True)
        ]
        # Written first: a password that nobody knows would lock its user out, one that never came to be does not.
        with _kept_if_done(file, users_csv.written(rows, COLUMNS)):
            changes = [
                (user, {"password_hash": secret, "must_change_password": must_change})
                for user, secret in zip(chosen, hashes, strict=True)
            ]
            whom.change(store, directory, changes, PASSWORD_SET[must_change])
    have = "has a new password" if len(chosen) == 1 else "have new passwords"
    say(f"{whom.count(chosen)} {have}, written to {file}")


@app.command()
def expires(
    context: typer.Context,
    date: Annotated[str, typer.Argument(metavar="DATE", help="2026-12-31 (that day counts), a moment, or never.")],
    *,
    group: whom.Group = None,
    source: whom.From = None,
    not_in: whom.NotIn = None,
    everyone: whom.Everyone = False,
    dry_run: whom.DryRun = False,
    yes: whom.Yes = False,
) -> None:
    """Sets the day on which accounts end, or `never`."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    zone = settings.time_zone
    try:
        end = fields.expires(date, zone, "DATE")
    except fields.FieldError as error:
        fail(str(error), USAGE)
    choice = whom.choice(group, source, not_in, everyone=everyone)
    with opened(settings) as store:
        chosen = whom.chosen(store, choice)
        others = [user for user in chosen if user.expires_at != end]
        text = fields.expires_text(end, zone)
        if dry_run:
            for user in others:
                say(f"{user.username} {fields.expires_text(user.expires_at, zone)} -> {text}")
        elif others:
            has_passed = end is not None and end <= time.time()
            warning = " That day has passed: they can not sign in then." if has_passed else ""
            whom.ask(f"Let {whom.count(others)} expire: {text}?{warning}", yes=yes)
            whom.change(store, directory, [(user, {"expires_at": end}) for user in others], "user changed: expires_at")
    same = len(chosen) - len(others)
    say(f"{whom.count(others)} {'would be ' if dry_run else ''}changed, {same} had that date already")


def _made(settings: Settings, chosen: Sequence[LocalUser]) -> tuple[list[str], list[Secret]]:
    """A password and its hash for each."""
    from config.secret import Secret
    from radiusd.administration import new_passwords
    from radiusd.cli.progress import in_parallel_shown
    from radiusd.passwords import hashing

    made = [new_passwords.random(settings) for _user in chosen]
    return made, [Secret(text) for text in in_parallel_shown("Hashing passwords", hashing.make, made)]


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
