"""`radiusd approval ...`: what waits for a decision, and deciding it in an approver's place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import USAGE, as_json, fail, iso, moment, pairs, say, span, table

if TYPE_CHECKING:
    from datetime import tzinfo

    from radiusd.rules.links import LinkState
    from store import Connection
    from store.records import ApprovalRow, LinkRow

app = typer.Typer(help="Sign-ins that somebody must approve.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Id = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
DECISIONS = {"approve": "approved", "refuse": "refused"}
BY = "administrator (command line)"
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
        from store import approvals

        rows = store.read_now(approvals.latest if every else lambda connection: approvals.open_ones(connection, now))
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
        from store import approvals

        row = store.read_now(lambda connection: approvals.get(connection, approval))
        sent = store.read_now(lambda connection: approvals.links_of(connection, approval))
    if row is None:
        fail(f"there is no approval {approval}; radiusd approval list --all shows the last ones")
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
    source = f"command line of {administrator()}"
    with opened(settings) as store:
        from store import approvals

        def step(connection: Connection) -> tuple[bool, ApprovalRow | None]:
            decided = approvals.decide(connection, approval, status, BY, source, now)
            return decided, approvals.get(connection, approval)

        counted, row = store.write_now(step)
    if row is None:
        fail(f"there is no approval {approval}; radiusd approval list shows what can be decided")
    if not counted:
        fail(f"the sign-in of {row.user_name} can not be {status}: {_why_not(row, now, settings.time_zone)}")
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


def _why_not(row: ApprovalRow, now: float, zone: tzinfo | None) -> str:
    if row.kind != "approval":
        return "it is for information, and nothing is to be decided"
    if row.status in DECISIONS.values():
        return f"it was {row.status} by {row.decided_by} at {moment(row.decided_at, zone)}"
    if row.status == "withdrawn":
        return "it was withdrawn"
    if now >= row.until:
        return f"it has expired at {moment(row.until, zone)}"
    return "nobody waits any more, and late_approval is 0s; the user must try again"


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
