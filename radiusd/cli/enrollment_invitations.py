"""`radiusd enrollment invitations` and `withdraw`: links that were sent and can still be used."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import as_json, say, table
from radiusd.rules.moments import iso, moment, span


def invitations(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Invitations that can still be used: who was invited, where the link went, and how long it lasts."""
    from radiusd.administration import invitations as rules

    settings = configuration.settings(context)
    now = time.time()
    with opened(settings) as store:
        found = store.read_now(lambda connection: rules.open_ones(connection, now))
    if json:
        as_json([
            {
                "user": each.user_name, "directory": each.directory, "unique_id": each.unique_id, "kinds": each.kinds.split(),
                "sent_to": each.recipient, "at": iso(each.at), "until": iso(each.until), "by": each.created_by,
            }
            for each in found
        ])  # fmt: skip
        return
    zone = settings.time_zone
    table(
        ("USER", "DIRECTORY", "MAY ADD", "SENT TO", "SINCE", "REMAINS", "BY"),
        [
            (
                each.user_name, each.directory, each.kinds, each.recipient, moment(each.at, zone), span(each.until - now),
                each.created_by,
            )
            for each in found
        ],
    )  # fmt: skip


def withdraw(context: typer.Context, user: Annotated[str, typer.Argument(metavar="USER", show_default=False)]) -> None:
    """Ends a user's invitation: its link leads nowhere from now on."""
    from radiusd.administration import invitations as rules

    settings = configuration.settings(context)
    with opened(settings) as store:
        over = store.write_now(lambda connection: rules.withdraw_of(connection, administrator(), user, time.time()))
    for each in over:
        say(f"the invitation of {each.user_name}, sent to {each.recipient}, is withdrawn")
