"""For whom a change of many users is: the options that choose them, the question before, the list that names them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.administration import user_rows, users_csv
from radiusd.administration.faults import Invalid
from radiusd.cli.database import administrator
from radiusd.cli.printing import USAGE, complain, fail, say

if TYPE_CHECKING:
    from radiusd.administration.choosing import Choice
    from store import Connection, Store
    from store.records import LocalUser

MOST_NAMED = 10

Group = Annotated[
    list[str] | None, typer.Option("--group", metavar="NAME", help="Users of that group. Repeat it for several.")
]
From = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="Users named in a CSV file, or one a line; - is standard input."),
]
Everyone = Annotated[bool, typer.Option("--all", help="All users.")]
NotIn = Annotated[
    Path | None,
    typer.Option("--not-in", metavar="FILE", help="Of these users, or of all, those whom such a file does not name."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Names the users, and changes nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Does not ask.")]


def choice(
    group: Sequence[str] | None,
    source: Path | None,
    not_in: Path | None,
    *,
    everyone: bool,
    without_password: bool = False,
) -> Choice:
    """What was typed; ends the command where it chooses nobody, or contradicts itself."""
    given = [option for option, is_given in (("--group", group), ("--from", source), ("--all", everyone)) if is_given]
    if len(given) > 1:
        fail(f"{' and '.join(given)} choose differently: give one of them. Nothing was changed", USAGE)
    if not (given or not_in or without_password):
        fail("say for whom: --group NAME, --from FILE, --not-in FILE or --all", USAGE)
    from radiusd.administration.choosing import Choice

    return Choice(
        groups=tuple(group or ()),
        named=() if source is None else named(source),
        every=everyone,
        missing_from=None if not_in is None else named(not_in),
        without_password=without_password,
    )


def chosen(store: Store, choice: Choice) -> list[LocalUser]:
    """By username; ends the command where a name or a group is nobody's, or nobody is left."""
    from radiusd.administration import choosing

    try:
        found = store.read_now(lambda connection: choosing.chosen(connection, choice))
    except Invalid as wrong:
        _end_with([f"radiusd: {sentence}" for sentence in wrong.sentences])
        raise
    if not found:
        fail("there is no such user; nothing was changed")
    return found


def named(source: Path) -> list[str]:
    """The usernames of a list, in normal form; ends the command where it can not be read, or names nobody."""
    try:
        octets = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
        names, faults = user_rows.usernames(octets)
    except OSError as error:
        fail(f"{source} can not be read: {error.strerror}", USAGE)
    except users_csv.CsvError as error:
        fail(f"{source}: {error}", USAGE)
    _end_with([f"{source}:{fault.line}: {fault.message}" for fault in faults])
    if not names:
        fail(f"{source} names nobody; nothing was changed", USAGE)
    return names


def name(users: Sequence[LocalUser], fate: str) -> None:
    """Who it would be, one a line, and what would become of them."""
    for user in users:
        say(user.username)
    say(f"{count(users)} would {fate}")


def ask(question: str, *, yes: bool) -> None:
    if not yes and not typer.confirm(question):
        fail("nothing was changed")


def change(store: Store, directory: str, changes: Sequence[tuple[LocalUser, Mapping[str, Any]]], what: str) -> None:
    """Writes fields of many users, or ends the command."""
    from radiusd.administration import many_users

    write(
        store,
        lambda connection: many_users.edit(connection, administrator(), directory, changes, what, time.time()),
    )


def write(store: Store, step: Callable[[Connection], None]) -> None:
    """Runs a step about users that were read before; ends the command where somebody else changed them meanwhile."""
    from radiusd.administration import many_users

    try:
        store.write_now(step)
    except many_users.ChangedMeanwhile as raced:
        names = ", ".join(raced.usernames[:MOST_NAMED])
        fail(f"somebody else changed {names} meanwhile; nothing was changed, do it again")


def count(users: Sequence[object]) -> str:
    return f"{len(users)} user{'' if len(users) == 1 else 's'}"


def _end_with(faults: Sequence[str]) -> None:
    for fault in faults:
        complain(fault)
    if faults:
        fail("nothing was changed", USAGE)
