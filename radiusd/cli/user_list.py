"""`radiusd user list`: the users of the database, or those that somebody looks for (S201)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, get_args

import typer

from radiusd.administration import fields
from radiusd.cli import configuration, whom
from radiusd.cli.database import opened
from radiusd.cli.printing import USAGE, as_json, fail, say, table


def list_users(
    context: typer.Context,
    *,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Part of a name, address, number or description.")
    ] = "",
    group: Annotated[str, typer.Option("--group", metavar="NAME", help="Users of that group.")] = "",
    status: Annotated[str | None, typer.Option("--status", help="enabled, disabled or expired.")] = None,
    without_password: Annotated[bool, typer.Option("--without-password", help="Users who have none.")] = False,
    not_in: Annotated[
        Path | None,
        typer.Option("--not-in", metavar="FILE", help="Users whom a CSV file, or a list of one a line, does not name."),
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Only how many they are.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Users by name: e-mail, groups, expiration date and status. All that is given must fit."""
    from radiusd.administration.users import Status

    settings = configuration.settings(context)
    wanted: Status | None = next((each for each in get_args(Status) if each == status), None)
    if status is not None and wanted is None:
        fail(f"--status: {status} is not among {', '.join(get_args(Status))}", USAGE)
    missing_from = None if not_in is None else whom.named(not_in)
    now = time.time()
    with opened(settings) as store:
        from radiusd.administration import choosing, users

        sought = choosing.Sought(search, group, wanted, missing_from, without_password)
        listed = store.read_now(lambda connection: choosing.found(connection, sought, now))
    if count:
        say(str(len(listed)))
    elif json:
        as_json([users.plain(user, now, settings.time_zone) for user in listed])
    else:
        table(
            ("USERNAME", "NAME", "EMAIL", "GROUPS", "EXPIRES", "STATUS"),
            [
                (
                    user.username,
                    f"{user.first_name} {user.last_name}".strip(),
                    user.email,
                    ", ".join(user.groups),
                    fields.expires_text(user.expires_at, settings.time_zone),
                    users.status(user, now),
                )
                for user in listed
            ],
        )
