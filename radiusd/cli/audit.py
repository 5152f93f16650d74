"""`radiusd audit`: what happened."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.administration.spelling import meant_by
from radiusd.cli import configuration
from radiusd.cli.database import opened
from radiusd.cli.moments import moment as read_moment
from radiusd.cli.printing import USAGE, as_json, as_json_line, fail, say, table
from radiusd.rules.moments import iso, moment

if TYPE_CHECKING:
    from datetime import tzinfo

    from store import Store
    from store.audit import Person
    from store.records import AuditRow

FOLLOW_SECONDS = 0.5
USUALLY = 50  # rows that a person reads
PAGE = 1000  # rows read at once
OUTCOMES = (
    "accept",
    "reject",
    "challenge",
    "waiting",
    "approved",
    "refused",
    "revoked",
    "informing",
    "informed",
    "uninformed",
    "delivered",
    "undelivered",
    "blocked",
    "admin",
)


def add_to(app: typer.Typer) -> None:
    app.command()(audit)


def audit(
    context: typer.Context,
    *,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME")] = None,
    client: Annotated[str | None, typer.Option("--client", metavar="NAME")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="1h, 2026-12-31 or 2026-12-31T18:00.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME")] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help=", ".join(OUTCOMES))] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="The newest so many: 50, and of --csv all.", show_default=False)
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Goes on with what happens.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs; with --follow one object a line.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
) -> None:
    """What happened, oldest first. ROW is for radiusd explain --row."""
    settings = configuration.settings(context)
    if csv and (follow or json):
        fail("--csv goes with neither --follow nor --json", USAGE)
    if outcome is not None and outcome not in OUTCOMES:
        fail(f"--outcome: {outcome} is not among {', '.join(OUTCOMES)}", USAGE)
    zone, now = settings.time_zone, time.time()
    wanted: dict[str, Any] = {
        "named": None if user is None else meant_by(settings, user),
        "client": client,
        "since": None if since is None else read_moment(since, "--since", zone, now),
        "until": None if until is None else read_moment(until, "--until", zone, now),
        "outcome": outcome,
    }
    with opened(settings) as store:
        if user is not None:
            wanted["persons"] = _renamed_to(store, wanted["named"])
        if csv:
            _write_csv(store, wanted, limit)
            return
        rows = list(reversed(_found(store, wanted, limit=limit or USUALLY, newest_first=True)))
        if follow:
            _follow(store, wanted, rows, zone, json=json)
        elif json:
            as_json([plain(row) for row in rows])
        else:
            _print(rows, zone)


def _follow(
    store: Store, wanted: Mapping[str, Any], rows: Sequence[AuditRow], zone: tzinfo | None, *, json: bool
) -> None:
    last = 0
    while True:
        for row in rows:
            last = max(last, row.id)
            if json:
                as_json_line(plain(row))
            else:
                say("  ".join(_cells(row, zone)))
        time.sleep(FOLLOW_SECONDS)
        rows = _found(store, wanted, limit=1000, newest_first=False, after_id=last)


def _found(store: Store, wanted: Mapping[str, Any], **more: Any) -> list[AuditRow]:
    from store import audit as rows

    return store.read_now(lambda connection: rows.find(connection, **wanted, **more))


def _renamed_to(store: Store, named: Callable[[str], bool]) -> Sequence[Person]:
    from store import audit as rows

    return store.read_now(lambda connection: rows.renamed_to(connection, named))


def _write_csv(store: Store, wanted: Mapping[str, Any], limit: int | None) -> None:
    """All of them, a page at a time: they may be millions."""
    from radiusd.administration.audit_csv import COLUMNS, cells, line

    sys.stdout.write(line(COLUMNS))
    after = None
    if limit is not None:
        newest = _found(store, wanted, limit=limit, newest_first=True)
        after = newest[-1].id - 1 if newest else None
    while page := _found(store, wanted, limit=PAGE, newest_first=False, after_id=after):
        sys.stdout.writelines(line(cells(plain(row))) for row in page)
        after = page[-1].id


def _print(rows: Sequence[AuditRow], zone: tzinfo | None) -> None:
    table(
        ("ROW", "TIME", "OUTCOME", "USER", "CLIENT", "FROM", "PROFILE", "REF", "REASON"),
        [_cells(row, zone) for row in rows],
    )


def _cells(row: AuditRow, zone: tzinfo | None) -> tuple[str, ...]:
    return (
        str(row.id),
        moment(row.at, zone),
        row.outcome,
        row.user_name,
        row.client,
        row.station,
        row.profile,
        row.ref or "",
        row.reason,
    )


def plain(row: AuditRow) -> dict[str, Any]:
    """A row for programs."""
    import json

    return {
        "id": row.id,
        "at": iso(row.at),
        "outcome": row.outcome,
        "reason": row.reason,
        "ref": row.ref,
        "user": row.user_name,
        "directory": row.directory,
        "unique_id": row.unique_id,
        "client": row.client,
        "application": row.application,
        "profile": row.profile,
        "station": row.station,
        "nas": row.nas,
        "source": row.source,
        "detail": json.loads(row.detail) if row.detail else {},
    }
