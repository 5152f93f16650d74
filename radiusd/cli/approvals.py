"""`radiusd approval ...`: what waits for a decision, and deciding it in an approver's place."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import USAGE, as_json, fail, pairs, say, table
from radiusd.rules.moments import iso, moment, span

if TYPE_CHECKING:
    from datetime import tzinfo

    from radiusd.administration.approvals import Decision
    from radiusd.rules.links import LinkState
    from store.records import ApprovalRow, LinkRow

app = typer.Typer(help="Sign-ins that somebody must approve.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Id = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
DECISIONS: Mapping[str, Decision] = {"approve": "approved", "refuse": "refused"}
WORDS = {
    "open": "the user waits",
    "grant": "open, for the next try",
    "not waiting": "nobody waits",
    "information": "for information",
}


@app.command("list")
def list_approvals(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also what is decided or has expired: the last 100.")] = False,
    json: Json = False,
) -> None:
    """What can be decided now, oldest first."""
    settings = configuration.settings(context)
    now = time.time()
    with opened(settings) as store:
        from radiusd.administration import approvals

        rows = store.read_now(lambda connection: approvals.listed(connection, now, every=every))
    if json:
        as_json([_plain(row, now) for row in rows])
        return
    zone = settings.time_zone
    table(
        ("ID", "USER", "APPLICATION", "CLIENT", "STATION", "SINCE", "UNTIL", "STATE"),
        [
            (row.id, row.user_name, row.application, row.client, row.station, moment(row.at, zone),
             moment(row.until, zone), _state(row, now))
            for row in rows
        ],
    )  # fmt: skip


@app.command("show")
def show_approval(context: typer.Context, approval: Id, json: Json = False) -> None:
    """Everything about one: who was asked, and what came of it."""
    settings = configuration.settings(context)
    now = time.time()
    with opened(settings) as store:
        from radiusd.administration import approvals

        try:
            row, sent = store.read_now(lambda connection: approvals.find(connection, approval))
        except approvals.NoApproval as none:
            fail(f"{none}; radiusd approval list --all shows the last ones")
    if json:
        as_json({**_plain(row, now), "asked": [{"recipient": link.recipient, "at": iso(link.at)} for link in sent]})
        return
    pairs(_story(row, sent, now, settings.time_zone))


@app.command("decide")
def decide_approval(
    context: typer.Context,
    approval: Id,
    decision: Annotated[str, typer.Argument(metavar="approve|refuse", show_default=False)],
) -> None:
    """Approves or refuses a sign-in; a running server hears of it at once."""
    status = DECISIONS.get(decision)
    if status is None:
        fail(f"{decision} is no decision; write approve or refuse", USAGE)
    settings = configuration.settings(context)
    now = time.time()
    with opened(settings) as store:
        from radiusd.administration import approvals

        try:
            row = store.write_now(
                lambda connection: approvals.decide(
                    connection, administrator(), approval, status, now, settings.time_zone
                )
            )
        except approvals.NoApproval as none:
            fail(f"{none}; radiusd approval list shows what can be decided")
    say(f"the sign-in of {row.user_name} is {status}{_effect(row, now)}")


def _link_state(row: ApprovalRow, now: float) -> LinkState:
    from radiusd.rules.links import state_of

    return state_of(row, now)


def _state(row: ApprovalRow, now: float) -> str:
    if row.status == "withdrawn":
        return row.status
    state = _link_state(row, now).value
    return WORDS.get(state, state)


def _effect(row: ApprovalRow, now: float) -> str:
    """What comes of an approval just given."""
    if row.status != "approved" or now < row.held_until:
        return ""
    return f"; nobody waits any more, and it counts for the next try within {span(row.late)}"


def _story(row: ApprovalRow, sent: list[LinkRow], now: float, zone: tzinfo | None) -> list[tuple[str, str]]:
    from radiusd.rules.links import counts_until

    decided = f"{row.decided_by}, {moment(row.decided_at, zone)}, from {row.decided_from}" if row.decided_by else ""
    return [
        ("ID", row.id),
        ("State", _state(row, now)),
        ("User", f"{row.display_name} ({row.user_name}), of directory {row.directory}"),
        ("Profile", row.profile),
        ("Application", row.application),
        ("Client", row.client),
        ("NAS", row.nas),
        ("Station", row.station or "not named by the NAS"),
        ("Since", moment(row.at, zone)),
        ("Until", moment(row.until, zone)),
        ("Asked" if row.kind == "approval" else "Informed", ", ".join(dict.fromkeys(link.recipient for link in sent))),
        ("Decided by", decided),
        ("Counts until", moment(counts_until(row), zone)),
        ("Used", moment(row.used_at, zone)),
    ]


def _plain(row: ApprovalRow, now: float) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": "withdrawn" if row.status == "withdrawn" else _link_state(row, now).value,
        "user": row.user_name,
        "display_name": row.display_name,
        "directory": row.directory,
        "unique_id": row.unique_id,
        "application": row.application,
        "client": row.client,
        "station": row.station,
        "nas": row.nas,
        "profile": row.profile,
        "since": iso(row.at),
        "until": iso(row.until),
        "waits_until": iso(row.held_until),
        "late_seconds": row.late,
        "decided_at": iso(row.decided_at),
        "decided_by": row.decided_by,
        "decided_from": row.decided_from,
        "used_at": iso(row.used_at),
    }
