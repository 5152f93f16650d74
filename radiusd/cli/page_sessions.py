"""`radiusd page-session ...`: who is signed in to the pages."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import as_json, fail, say, table
from radiusd.rules.moments import iso, moment

app = typer.Typer(help="Who is signed in to the administration pages.", no_args_is_help=True)


@app.command("list")
def list_sessions(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Everybody who is signed in, with their role and from where."""
    settings = configuration.settings(context)
    now, idle = time.time(), settings.administration.session.total_seconds()
    with opened(settings) as store:
        from radiusd.administration import page_sessions

        found = store.read_now(lambda connection: page_sessions.listed(connection, now, idle))
    if json:
        as_json(
            [
                {
                    "id": each.id,
                    "user": each.user_name,
                    "directory": each.directory,
                    "unique_id": each.unique_id,
                    "role": each.role,
                    "source": each.source,
                    "browser": each.browser,
                    "begun_at": iso(each.begun_at),
                    "seen_at": iso(each.seen_at),
                }
                for each in found
            ]
        )
        return
    zone = settings.time_zone
    table(
        ("ID", "USER", "DIRECTORY", "ROLE", "FROM", "SINCE", "LAST SEEN", "BROWSER"),
        [
            (
                each.id, each.user_name, each.directory, each.role, each.source, moment(each.begun_at, zone),
                moment(each.seen_at, zone), each.browser,
            )
            for each in found
        ],
    )  # fmt: skip


@app.command("end")
def end_session(
    context: typer.Context, number: Annotated[str, typer.Argument(metavar="ID", show_default=False)]
) -> None:
    """Signs somebody out: the browser that had it must sign in again."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        from radiusd.administration import page_sessions

        try:
            session = store.write_now(lambda c: page_sessions.end(c, administrator(), number, time.time()))
        except page_sessions.NoSession as none:
            fail(f"{none}; radiusd page-session list shows all")
    say(f"{session.user_name} is signed out of the pages")
