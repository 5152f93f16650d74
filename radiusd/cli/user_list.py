"""`radiusd user list` and `radiusd user show`: the users of the database, or those that somebody looks for (S201)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from radiusd.administration import fields
from radiusd.cli import configuration, one_user, whom
from radiusd.cli.database import opened
from radiusd.cli.moments import duration
from radiusd.cli.printing import USAGE, as_json, fail, pairs, say, table
from radiusd.rules.moments import moment

if TYPE_CHECKING:
    from store.records import LocalUser as User

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


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
    expiring: Annotated[
        str | None, typer.Option("--expiring", metavar="TIME", help="Users whose account ends within it, as 14d.")
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Only how many they are.")] = False,
    json: Json = False,
) -> None:
    """Users by name: e-mail, groups, expiration date and status. All that is given must fit."""
    from radiusd.administration.users import Status

    settings = configuration.settings(context)
    wanted: Status | None = next((each for each in get_args(Status) if each == status), None)
    if status is not None and wanted is None:
        fail(f"--status: {status} is not among {', '.join(get_args(Status))}", USAGE)
    ending = None if expiring is None else duration(expiring, "--expiring")
    missing_from = None if not_in is None else whom.named(not_in)
    now = time.time()
    with opened(settings) as store:
        from radiusd.administration import choosing, users

        sought = choosing.Sought(search, group, wanted, missing_from, without_password, ending)
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
                    user.spelled,
                    f"{user.first_name} {user.last_name}".strip(),
                    user.email,
                    ", ".join(user.groups),
                    fields.expires_text(user.expires_at, settings.time_zone),
                    users.status(user, now),
                )
                for user in listed
            ],
        )


def show(context: typer.Context, username: one_user.Username, json: Json = False) -> None:
    """Everything about a user but the password."""
    settings = configuration.settings(context)
    with one_user.opened(settings) as store:
        from radiusd.administration import users

        user = one_user.found(store, username)
    if json:
        as_json(users.plain(user, time.time(), settings.time_zone))
        return
    zone = settings.time_zone
    pairs([
        ("Username", user.spelled),
        ("Name", f"{user.first_name} {user.last_name}".strip()),
        ("Status", one_user.status(user)),
        ("Password", _password_told(user)),
        ("Expires", fields.expires_text(user.expires_at, zone)),
        ("Email", user.email),
        ("Phone", user.phone),
        ("Groups", ", ".join(user.groups)),
        ("Framed IP address", user.framed_ip_address or ""),
        ("Reply", ", ".join(user.reply)),
        ("Hours", "; ".join(user.hours)),
        ("Clients", ", ".join(user.clients)),
        ("Applications", ", ".join(user.applications)),
        ("Sponsor", ", ".join(part for part in (user.sponsor_name, user.sponsor_email, user.sponsor_phone) if part)),
        ("Language", user.language),
        ("Description", user.description),
        ("Added", moment(user.created_at, zone)),
        ("Changed", moment(user.updated_at, zone)),
    ])  # fmt: skip


def _password_told(user: User) -> str:
    if user.password_hash is None:
        return "none"
    return "must be changed at the next sign-in" if user.must_change_password else ""
