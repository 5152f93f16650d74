"""`radiusd approval ...`: what waits for a decision, and deciding it in an approver's place."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import USAGE, as_json, fail, pairs, say, table
from radiusd.rules.moments import iso, moment, span

if TYPE_CHECKING:
    from datetime import tzinfo

    from config.models.options import Titled
    from config.settings import Settings
    from radiusd.administration.approvals import Decision
    from radiusd.rules.links import LinkState
    from store import Connection
    from store.records import ApprovalRow, LinkRow, MessageRow

app = typer.Typer(help="Sign-ins that somebody must approve.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Id = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
DECISIONS: Mapping[str, Decision] = {"approve": "approved", "reject": "refused", "refuse": "refused"}
WORDS = {
    "open": "the user waits",
    "grant": "open, for the next try",
    "not waiting": "nobody waits",
    "information": "for information",
    "refused": "rejected",
}
HINDRANCES = {
    "blocked": "blocked, so that it lets nobody in",
    "disabled": "disabled, so that it lets nobody in",
    "expired": "expired, so that it lets nobody in",
    "gone": "there no more, so that it lets nobody in",
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
        states = store.read_now(lambda connection: [_standing(connection, settings, row, now) for row in rows])
        links = store.read_now(lambda connection: approvals.asked(connection, rows))
    if json:
        as_json([_plain(row, now) | _asked(links.get(row.id, ())) for row in rows])
        return
    zone = settings.time_zone
    table(
        ("ID", "USER", "APPLICATION", "CLIENT", "STATION", "SINCE", "UNTIL", "STATE", "ASKED", "DECIDED BY"),
        [
            (row.id, row.user_name, row.application, row.client, row.station, moment(row.at, zone),
             moment(row.until, zone), state, ", ".join(_recipients(links.get(row.id, ()))), _decided(row, zone))
            for row, state in zip(rows, states, strict=True)
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
            row, links = store.read_now(lambda connection: approvals.find(connection, approval))
        except approvals.NoApproval as none:
            fail(f"{none}; radiusd approval list --all shows the last ones")
        state = store.read_now(lambda connection: _standing(connection, settings, row, now))
        sent = store.read_now(lambda connection: approvals.sent(connection, row))
    if json:
        as_json(_plain(row, now) | _asked(links))
        return
    told = [f"{each.recipient}: {_outcome(each, now, settings.time_zone)}" for each in sent]
    told = told or _recipients(links)
    titles = {
        "Profile": _with_title(settings.profiles, row.profile, settings.language),
        "Application": _with_title(settings.applications, row.application, settings.language),
        "Client": _with_title(settings.clients, row.client, settings.language),
    }
    pairs([(label, titles.get(label, text)) for label, text in _story(row, state, told, settings.time_zone)])


@app.command("decide")
def decide_approval(
    context: typer.Context,
    approval: Id,
    decision: Annotated[str, typer.Argument(metavar="approve|reject", show_default=False)],
) -> None:
    """Approves or rejects a sign-in; a running server hears of it at once."""
    status = DECISIONS.get(decision)
    if status is None:
        fail(f"{decision} is no decision; write approve or reject", USAGE)
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
    say(f"the sign-in of {row.user_name} is {approvals.said(status)}{_effect(row, now)}")


@app.command("revoke")
def revoke_approval(context: typer.Context, approval: Id) -> None:
    """Revokes an approval that has let nobody in yet; the user must ask anew."""
    settings = configuration.settings(context)
    now = time.time()
    with opened(settings) as store:
        from radiusd.administration import approvals

        try:
            row = store.write_now(
                lambda connection: approvals.revoke(connection, administrator(), approval, now, settings.time_zone)
            )
        except approvals.NoApproval as none:
            fail(f"{none}; radiusd approval list --all shows the last ones")
    say(f"the approval of {row.user_name} is revoked; they can not sign in with it")


def _standing(connection: Connection, settings: Settings, row: ApprovalRow, now: float) -> str:
    """How it stands, and what keeps its user out whatever was decided."""
    from radiusd.administration.approvals import hindrance

    directory = settings.directories.get(row.directory)
    local = directory is not None and directory.type == "local"
    found = hindrance(connection, row, now, blocking=settings.blocking.enabled, local=local)
    state = _state(row, now)
    return state if found is None else f"{state}, and the user is {HINDRANCES[found.value]}"


def _recipients(links: Sequence[LinkRow]) -> list[str]:
    """Who was asked, each once."""
    return list(dict.fromkeys(link.recipient for link in links))


def _asked(links: Sequence[LinkRow]) -> dict[str, Any]:
    return {"asked": [{"recipient": link.recipient, "at": iso(link.at)} for link in links]}


def _decided(row: ApprovalRow, zone: tzinfo | None) -> str:
    """Who decided last, and when."""
    if row.revoked_at:
        return f"{row.revoked_by}, {moment(row.revoked_at, zone)}"
    return f"{row.decided_by}, {moment(row.decided_at, zone)}" if row.decided_by else ""


def _with_title(entries: Mapping[str, Titled], name: str, language: str) -> str:
    """The name, and what people read in its place where that is something else."""
    called = entries[name].called(language) if name in entries else name
    return name if called == name else f"{name} ({called})"


def _outcome(message: MessageRow, now: float, zone: tzinfo | None) -> str:
    if message.sent_at is not None:
        return f"taken by {message.carrier}, {moment(message.sent_at, zone)}"
    if message.cause and now >= message.until:
        return f"not sent: {message.cause}"
    return f"is being sent; the last try: {message.cause}" if message.cause else "is being sent"


def _link_state(row: ApprovalRow, now: float) -> LinkState:
    from radiusd.rules.links import state_of

    return state_of(row, now)


def _state(row: ApprovalRow, now: float) -> str:
    if row.status == "withdrawn":
        return row.status
    state = _link_state(row, now).value
    if state == "approved":
        from radiusd.rules.links import can_revoke

        if not can_revoke(row, now):
            return "approved, and not used in time"
        return "approved" if now < row.held_until else "approved, for the next try"
    return WORDS.get(state, state)


def _effect(row: ApprovalRow, now: float) -> str:
    """What comes of an approval just given."""
    if row.status != "approved" or now < row.held_until:
        return ""
    return f"; nobody waits any more, and it counts for the next try within {span(row.late)}"


def _story(row: ApprovalRow, state: str, told: list[str], zone: tzinfo | None) -> list[tuple[str, str]]:
    from radiusd.rules.links import counts_until

    decided = f"{row.decided_by}, {moment(row.decided_at, zone)}, from {row.decided_from}" if row.decided_by else ""
    return [
        ("ID", row.id),
        ("State", state),
        ("User", f"{row.display_name} ({row.user_name}), of directory {row.directory}"),
        ("Profile", row.profile),
        ("Application", row.application),
        ("Client", row.client),
        ("NAS", row.nas),
        ("Station", row.station or "not named by the NAS"),
        ("Since", moment(row.at, zone)),
        ("Until", moment(row.until, zone)),
        ("Asked" if row.kind == "approval" else "Informed", "; ".join(told)),
        ("Reminded", moment(row.reminded_at, zone)),
        ("In line", f"{row.in_line}, the first since {moment(row.in_line_since, zone)}" if row.in_line else ""),
        ("Decided by", decided),
        ("Counts until", moment(counts_until(row), zone)),
        ("Used", moment(row.used_at, zone)),
        ("Taken back", f"{moment(row.taken_back_at, zone)}: the Accept did not arrive" if row.taken_back_at else ""),
        ("Revoked by", f"{row.revoked_by}, {moment(row.revoked_at, zone)}" if row.revoked_at else ""),
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
        "reminded_at": iso(row.reminded_at),
        "in_line": row.in_line or 0,
        "taken_back_at": iso(row.taken_back_at),
        "revoked_at": iso(row.revoked_at),
        "revoked_by": row.revoked_by or "",
    }
