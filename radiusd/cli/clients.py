"""`radiusd client list`: each NAS, its settings and what was learned of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.cli import configuration
from radiusd.cli.database import opened
from radiusd.cli.printing import as_json, iso, moment, say, table

if TYPE_CHECKING:
    from datetime import tzinfo
    from ipaddress import IPv4Network, IPv6Network

    from config.clients import ClientSettings
    from store.records import ClientSeen

app = typer.Typer(help="The NASes.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The NASes."""


@app.command("list")
def list_clients(
    context: typer.Context, *, json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Each client: settings, counts, what it was seen to do, when it was last seen."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        from store import clients

        seen = store.read_now(clients.seen)
    rows = [_plain(name, client, seen.get(name)) for name, client in settings.clients.items()]
    if json:
        as_json(rows)
        return
    table(
        (
            "CLIENT",
            "ADDRESS",
            "APPLICATION",
            "HOLD",
            "WAITS",
            "CHALLENGES",
            "MESSAGE-AUTHENTICATOR",
            "REQUESTS",
            "ACCEPTS",
            "REJECTS",
            "LAST SEEN",
        ),
        [_cells(row, seen.get(row["client"]), settings.time_zone) for row in rows],
    )
    for row in rows:
        if row["hold_from"] == "configured" and row["hold_seconds"] > (row["gives_up_after_seconds"] or math.inf):
            say(
                f"{row['client']}: it gives up after {row['gives_up_after_seconds']:g}s, before `hold: {row['hold']}` is"
                " over; raise its time-out, or lower hold"
            )


def _cells(row: Mapping[str, Any], seen: ClientSeen | None, zone: tzinfo | None) -> tuple[str, ...]:
    counts = row["counts"]
    return (
        row["client"],
        ", ".join(row["address"]) or "by certificate",
        row["application"],
        f"{row['hold_seconds']:g}s, {row['hold_from']}",
        _waits(row),
        _challenges(row),
        f"{row['message_authenticator']}; {_sends(counts)}",
        *(str(counts.get(kind, 0)) for kind in ("requests", "accepts", "rejects")),
        moment(seen.last_at, zone) if seen is not None else "never",
    )


def _waits(row: Mapping[str, Any]) -> str:
    """What was seen of its time-out and tries."""
    timeout, tries, at_least, at_most = (
        row[key] for key in ("timeout_seconds", "tries", "waits_at_least_seconds", "gives_up_after_seconds")
    )
    told = []
    if timeout is not None:
        told.append(f"{timeout:g}s" + (f" x {tries}" if tries else "") + (" or more" if tries and not at_most else ""))
    if at_most is not None:
        told.append(f"gives up after {at_most:g}s")
    elif at_least is not None:
        told.append(f"at least {at_least:g}s")
    if row["one_port"] is False:
        told.append("each try from a new port")
    return ", ".join(told) or "nothing seen yet"


def _challenges(row: Mapping[str, Any]) -> str:
    """Whether it shows them."""
    if row["challenges_seen_at"]:
        return "shown"
    sent = row["counts"].get("challenges", 0)
    return f"none of {sent} answered" if sent else "none sent yet"


def _sends(counts: Mapping[str, int]) -> str:
    """What was seen of it: whether `required` would lose requests."""
    signed, unsigned = counts.get("with_message_authenticator", 0), counts.get("without_message_authenticator", 0)
    unsigned += counts.get("discarded: no Message-Authenticator", 0)
    if signed and unsigned:
        return f"sent in {signed} of {signed + unsigned} requests"
    return "always sent" if signed else "never sent" if unsigned else "nothing seen yet"


def _plain(name: str, client: ClientSettings, seen: ClientSeen | None) -> dict[str, Any]:
    from store.records import NOTHING_SEEN

    waits = seen.waits if seen else NOTHING_SEEN
    learned = "default" if waits.hold is None else "learned"
    return {
        "client": name,
        "address": [_short(network) for network in client.address],
        "application": client.application,
        "message_authenticator": client.message_authenticator,
        "limit_proxy_state": client.limit_proxy_state,
        "hold": "auto" if client.hold is None else f"{client.hold.total_seconds():g}s",
        "hold_seconds": waits.in_use if client.hold is None else client.hold.total_seconds(),
        "hold_from": learned if client.hold is None else "configured",
        "timeout_seconds": waits.timeout,
        "tries": waits.tries,
        "waits_at_least_seconds": waits.at_least,
        "gives_up_after_seconds": waits.at_most,
        "one_port": waits.one_port,
        "challenges_seen_at": iso(waits.challenges_at),
        "on_outage": client.on_outage,
        "status_server": client.status_server,
        "message_authenticator_seen_at": iso(seen.message_authenticator_at) if seen else None,
        "first_seen": iso(seen.first_at) if seen else None,
        "last_seen": iso(seen.last_at) if seen else None,
        "counts": dict(seen.counts) if seen else {},
    }


def _short(network: IPv4Network | IPv6Network) -> str:
    """One address without its prefix length."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
