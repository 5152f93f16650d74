"""`radiusd authenticator ...`: the authenticator apps of users (S228 to S235)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import USAGE, as_json, complain, fail, pairs, say, table
from radiusd.cli.ways_in import waited, ways_in
from radiusd.rules.moments import iso, moment

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.administration.authenticators import Listed
    from radiusd.handlers.soft_otp.enrolling import Person
    from radiusd.model.entry import Entry
    from store.enrolled import Authenticator

app = typer.Typer(help="Authenticator apps of users (TOTP).", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Number = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
Of = Annotated[str, typer.Option("--directory", metavar="NAME", help="Where several have a user of that name.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Does not ask.")]


@app.command("list")
def list_authenticators(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="[USER]", show_default=False)] = "",
    status: Annotated[
        Literal["verified", "pending", "disabled"] | None, typer.Option("--status", help="Those that stand so.")
    ] = None,
    directory: Of = "",
    json: Json = False,
) -> None:
    """Who has which app, whether it is verified, and why not."""
    settings = configuration.settings(context)
    now = time.time()
    person = person_of(settings, user, directory) if user else None
    with opened(settings) as store:
        from radiusd.administration import authenticators

        found = store.read_now(
            lambda connection: authenticators.listed(connection, now, None if person is None else person[:2])
        )
    shown = [each for each in found if status in (None, each.row.status)]
    if json:
        as_json([_plain(each) for each in shown])
        return
    columns = ("ID", "USER", "DIRECTORY", "NAME", "VERIFIED", "SINCE", "LAST USED", "FROM", "RECOVERY CODES")
    table(columns, [_cells(each, settings) for each in shown])


@app.command("show")
def show(context: typer.Context, number: Number, json: Json = False) -> None:
    """All that is known of one. Its secret is shown to nobody."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        from radiusd.administration import authenticators

        row = store.read_now(lambda connection: authenticators.meant(connection, number))
        found = store.read_now(
            lambda connection: authenticators.listed(connection, time.time(), (row.directory, row.unique_id))
        )
    (of_it,) = [each for each in found if each.row.id == number]
    if json:
        as_json(_plain(of_it))
        return
    plain = {name: str(value) for name, value in _plain(of_it).items() if value not in (None, "", 0)}
    for name in ("created_at", "verified_at", "expires_at", "last_used_at"):
        at = getattr(row, _COLUMNS[name])
        plain[name] = "" if at is None else moment(at, settings.time_zone)
    pairs([(name.replace("_", " "), value) for name, value in plain.items()])


@app.command("disable")
def disable(context: typer.Context, number: Number, yes: Yes = False) -> None:
    """It lets nobody in until it is enabled again."""
    from radiusd.administration import authenticators

    _change(context, number, authenticators.disable, "disabled", yes=yes, warns=True)


@app.command("enable")
def enable(context: typer.Context, number: Number) -> None:
    """One that was disabled counts again."""
    from radiusd.administration import authenticators

    _change(context, number, authenticators.enable, "enabled", yes=True)


@app.command("remove")
def remove(context: typer.Context, number: Number, yes: Yes = False) -> None:
    """Deletes one; with the last one of a user their recovery codes go."""
    from radiusd.administration import authenticators

    _change(context, number, authenticators.remove, "removed", yes=yes, warns=True)


def _change(
    context: typer.Context,
    number: str,
    change: Callable[..., Authenticator],
    what: str,
    *,
    yes: bool,
    warns: bool = False,
) -> None:
    settings = configuration.settings(context)
    with opened(settings) as store:
        from radiusd.administration import authenticators

        row = store.read_now(lambda connection: authenticators.meant(connection, number))
        last = warns and store.read_now(lambda connection: authenticators.is_last(connection, row))
        if last and not yes:
            complain(
                f"radiusd: it is the last one of {row.user_name}, who can not sign in with a code of an app without it"
            )
        if not yes and not typer.confirm(f"Is authenticator {number} of {row.user_name} to be {what}?"):
            fail("nothing was changed")
        store.write_now(lambda connection: change(connection, administrator(), number, time.time()))
    say(f"authenticator {number} of {row.user_name} is {what}")


def person_of(settings: Settings, user: str, directory: str) -> Person:
    """The user; ends the command where nobody has that name."""
    from radiusd.handlers.soft_otp.enrolling import Person

    if directory and directory not in settings.directories:
        from config.faults import instead

        fail(f"--directory: there is no directory {directory}{instead(directory, settings.directories)}", USAGE)

    async def look_up() -> Entry:
        async with ways_in(settings) as ways:
            return await ways.entry(user, directory)

    entry = waited(look_up())
    return Person(entry.directory, entry.unique_id, entry.username)


_COLUMNS = {"created_at": "created_at", "verified_at": "verified_at", "expires_at": "until", "last_used_at": "used_at"}


def _cells(each: Listed, settings: Settings) -> tuple[str, ...]:
    row, zone = each.row, settings.time_zone
    return (
        row.id, row.user_name, row.directory, row.label, "yes" if not each.why_not else f"no: {each.why_not}",
        moment(row.verified_at or row.created_at, zone), "" if row.used_at is None else moment(row.used_at, zone),
        row.used_station or row.used_client, "" if each.recovery_codes is None else str(each.recovery_codes),
    )  # fmt: skip


def _plain(each: Listed) -> dict[str, Any]:
    row = each.row
    return {
        "id": row.id, "user": row.user_name, "directory": row.directory, "unique_id": row.unique_id, "name": row.label,
        "status": row.status, "verified": not each.why_not, "why_not": each.why_not, "algorithm": row.algorithm,
        "digits": row.digits, "period_seconds": row.period, "drift_steps": row.drift, "created_at": iso(row.created_at),
        "created_by": row.created_by, "expires_at": iso(row.until), "verified_at": iso(row.verified_at),
        "last_used_at": iso(row.used_at), "last_used_station": row.used_station, "last_used_client": row.used_client,
        "recovery_codes_left": each.recovery_codes,
    }  # fmt: skip
