"""`radiusd enrollment list`: what is enrolled, and what the directory has (S164 to S169)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.cli import configuration
from radiusd.cli.database import opened
from radiusd.cli.enrollment_values import entry_of, numbers, one_of, plain
from radiusd.cli.printing import as_json, table
from radiusd.rules.moments import moment

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.enrollment.adding import Value
    from radiusd.model.entry import Entry


def list_enrollments(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="[USER]", show_default=False)] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="mail|mobile", help="Of that kind alone.")] = "",
    status: Annotated[str, typer.Option("--status", metavar="STATUS", help="pending, active or disabled.")] = "",
    directory: Annotated[
        str, typer.Option("--directory", metavar="NAME", help="Where several have a user of that name.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What is enrolled, of everybody or of one user, with what the directory has of them."""
    from radiusd.administration import enrollments
    from radiusd.enrollment.adding import own

    settings = configuration.settings(context)
    one_of("--kind", kind, enrollments.KINDS)
    one_of("--status", status, ("pending", "active", "disabled"))
    theirs: Sequence[Value] = ()
    counts = True
    person = None
    if user:
        entry = entry_of(settings, user, directory)
        person, counts = (entry.directory, entry.unique_id), _counts(settings, entry)
        theirs = [each for each in own(entry, *numbers(settings)) if kind in ("", each.kind) and not status]
    with opened(settings) as store:
        rows = store.read_now(partial(enrollments.listed, person=person, kind=kind, status=status))
    theirs = [each for each in theirs if not any(row.kind == each.kind and row.value == each.text for row in rows)]
    own_status = "directory" if counts else "not counted"
    if json:
        as_json([*map(plain, rows), *({"id": None, "user": user, "kind": each.kind, "value": each.text, "status": own_status} for each in theirs)])  # fmt: skip
        return
    zone = settings.time_zone
    table(
        ("ID", "USER", "DIRECTORY", "KIND", "VALUE", "STATUS", "LABEL", "SINCE", "BY", "LAST USED", "FROM"),
        [
            (
                str(row.id), row.user_name, row.directory, row.kind, row.value, row.status, row.label,
                moment(row.verified_at or row.created_at, zone), row.created_by, moment(row.last_used_at, zone),
                " by ".join(filter(None, (row.last_used_station, row.last_used_client))),
            )
            for row in rows
        ]
        + [("", user, person[0] if person else "", each.kind, each.text, own_status, *[""] * 5) for each in theirs],
    )  # fmt: skip


def _counts(settings: Settings, entry: Entry) -> bool:
    """Whether what the directory has of the user counts as enrolled."""
    from radiusd.process.tools import conditions_of

    automatic = conditions_of(settings.enrollment.automatic)
    return automatic is None or any(each.matches(entry) for each in automatic)
