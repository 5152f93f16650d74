"""`radiusd client`: each NAS, its settings, what was learned of it, and what to set on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.faults import nearest
from radiusd.cli import configuration
from radiusd.cli.database import opened
from radiusd.cli.printing import USAGE, as_json, fail, say, table
from radiusd.nas import advice
from radiusd.nas.products import BY_KEY
from radiusd.rules.moments import iso, moment

if TYPE_CHECKING:
    from datetime import tzinfo
    from ipaddress import IPv4Network, IPv6Network

    from config.models.clients import ClientSettings
    from config.settings import Settings
    from store.seen import ClientSeen

app = typer.Typer(help="The NASes.", no_args_is_help=True)
DROPPED = "discarded: "
UNSIGNED = f"{DROPPED}no Message-Authenticator"
HEADINGS = (
    "CLIENT",
    "ADDRESS",
    "APPLICATION",
    "HOLD",
    "WAITS",
    "COPIES",
    "CHALLENGES",
    "MESSAGE-AUTHENTICATOR",
    "REQUESTS",
    "ACCEPTS",
    "REJECTS",
    "DROPPED",
    "LAST SEEN",
)


@app.callback()
def group() -> None:
    """The NASes."""


@app.command("list")
def list_clients(
    context: typer.Context, *, json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Each client: settings, counts, what it was seen to do, when it was last seen."""
    settings = configuration.settings(context)
    rows = _rows(settings)
    if json:
        as_json(rows)
        return
    table(HEADINGS, [_cells(row, settings.time_zone) for row in rows])
    for row in rows:
        dropped = _dropped(row["counts"])
        if dropped:
            told = ", ".join(f"{reason}: {number}" for reason, number in dropped.items())
            say(f"{row['client']}: dropped {sum(dropped.values())} requests ({told})")
        warnings = list(_warnings(row))
        for warning in warnings:
            say(f"{row['client']}: {warning}")
        if warnings:
            say(f"{row['client']}: what to set: radiusd client advice {row['client']}")
    for line in advice.signing_lines(advice.signing(rows)):
        say(line)


@app.command("advice")
def advise(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The client in radius.yaml.")],
    nas: Annotated[str | None, typer.Option("--nas", metavar="PRODUCT", help=f"One of {advice.keys()}.")] = None,
) -> None:
    """What to set on that NAS, and in radius.yaml, so that it waits for as long as its users' methods take."""
    settings = configuration.settings(context)
    client = settings.clients.get(name)
    if client is None:
        near = nearest(name, settings.clients)
        hint = f"did you mean `{near}`?" if near else "`radiusd client list` shows them"
        fail(f"radius.yaml has no client `{name}`; {hint}", USAGE)
    product = BY_KEY.get(nas or "")
    if nas and product is None:
        near = nearest(nas, BY_KEY)
        hint = f"did you mean `{near}`?" if near else f"there are {advice.keys()}"
        fail(f"nothing is known of `{nas}`; {hint}", USAGE)
    row = next(row for row in _rows(settings) if row["client"] == name)
    need = advice.needed(settings, advice.of_product(product, client) if product else client)
    say(f"{name} must wait {need.seconds:g}s for an answer: {need.why}.")
    say(f"Seen of it: {_waits(row)}. Copies: {_copies(row)}. Challenges: {_challenges(row)}. Signed: {_sends(row)}.")
    if product is None:
        say(f"What to set on it: `radiusd client advice {name} --nas PRODUCT`, which is one of {advice.keys()}.")
    else:
        say("")
        for line in advice.lines(product, name, client, need, _seen_signing(row)):
            say(line)
    for line in advice.behind_a_proxy(need):
        say("")
        say(line)


def _rows(settings: Settings) -> list[dict[str, Any]]:
    with opened(settings) as store:
        from store import clients

        seen = store.read_now(clients.seen)
    return [
        _plain(name, client, seen.get(name), advice.needed(settings, client))
        for name, client in settings.clients.items()
    ]


def _warnings(row: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing that keeps users of this NAS out, and what to do about it."""
    gives_up, counts = row["gives_up_after_seconds"], row["counts"]
    if gives_up is not None and gives_up < row["needs_seconds"]:
        if row["hold_from"] == "configured":
            yield (
                f"it gives up after {gives_up:g}s, before `hold: {row['hold']}` is over; raise its time-out, or lower hold"
            )
        else:
            yield f"it gives up after {gives_up:g}s and needs {row['needs_seconds']:g}s: {row['needs_because']}"
    sent = counts.get("challenges", 0)
    if row["challenge"] and not row["challenges_seen_at"] and sent >= advice.SEEN_ENOUGH:
        yield (
            f"none of {sent} challenges was answered; if it cannot show them, write `challenge: false`: codes are then"
            " typed behind the password, and approvals held"
        )
    dropped = counts.get(UNSIGNED, 0)
    if dropped and row["signs"] == "never":
        yield (
            f"{dropped} requests without Message-Authenticator were dropped; let it sign them, or write"
            " `message_authenticator: optional`"
        )


def _cells(row: Mapping[str, Any], zone: tzinfo | None) -> tuple[str, ...]:
    counts = row["counts"]
    return (
        row["client"],
        ", ".join(row["address"]) or "by certificate",
        row["application"],
        _hold(row),
        _waits(row),
        _copies(row),
        _challenges(row),
        f"{row['message_authenticator']}; {_sends(row)}",
        *(str(counts.get(kind, 0)) for kind in ("requests", "accepts", "rejects")),
        str(sum(_dropped(counts).values())),
        moment(datetime.fromisoformat(row["last_seen"]).timestamp(), zone) if row["last_seen"] else "never",
    )


def _dropped(counts: Mapping[str, int]) -> dict[str, int]:
    """How many requests were dropped, by why, the most frequent first."""
    found = {kind.removeprefix(DROPPED): number for kind, number in counts.items() if kind.startswith(DROPPED)}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _hold(row: Mapping[str, Any]) -> str:
    """For how long its requests are held, and how that is known."""
    seconds = f"{row['hold_seconds']:g}s"
    return f"{seconds} until learned" if row["hold_from"] == "default" else f"{seconds}, {row['hold_from']}"


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
    return ", ".join(told) or "nothing seen yet"


def _copies(row: Mapping[str, Any]) -> str:
    """How it sends a request again."""
    if row["one_port"] is None:
        return "none seen yet"
    return "the same octets, from one port" if row["one_port"] else "same Identifier, each from a new port"


def _challenges(row: Mapping[str, Any]) -> str:
    """Whether it shows them."""
    if row["challenges_seen_at"]:
        return "shown"
    sent = row["counts"].get("challenges", 0)
    return f"none of {sent} answered" if sent else "none sent yet"


def _sends(row: Mapping[str, Any]) -> str:
    """What was seen of it: whether `required` would lose requests."""
    if row["signs"] == "sometimes":
        signed, unsigned = _signed(row["counts"])
        return f"sent in {signed} of {signed + unsigned} requests"
    return {"always": "always sent", "never": "never sent"}.get(row["signs"], "nothing seen yet")


def _signed(counts: Mapping[str, int]) -> tuple[int, int]:
    """How many requests had a Message-Authenticator, and how many had none."""
    unsigned = counts.get("without_message_authenticator", 0) + counts.get(UNSIGNED, 0)
    return counts.get("with_message_authenticator", 0), unsigned


def _signs(counts: Mapping[str, int]) -> str:
    signed, unsigned = _signed(counts)
    if signed and unsigned:
        return "sometimes"
    return "always" if signed else "never" if unsigned else "unknown"


def _seen_signing(row: Mapping[str, Any]) -> str:
    """As `signs`, but what signed a few requests only is not believed to sign all."""
    few = row["counts"].get("with_message_authenticator", 0) < advice.SEEN_ENOUGH
    return "unknown" if few and row["signs"] == "always" else str(row["signs"])


def _plain(name: str, client: ClientSettings, seen: ClientSeen | None, need: advice.Need) -> dict[str, Any]:
    from store.seen import NOTHING_SEEN

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
        "needs_seconds": need.seconds,
        "needs_because": need.why,
        "timeout_seconds": waits.timeout,
        "tries": waits.tries,
        "waits_at_least_seconds": waits.at_least,
        "gives_up_after_seconds": waits.at_most,
        "one_port": waits.one_port,
        "challenge": client.challenge,
        "challenges_seen_at": iso(waits.challenges_at),
        "on_outage": client.on_outage,
        "status_server": client.status_server,
        "signs": _signs(seen.counts) if seen else "unknown",
        "message_authenticator_seen_at": iso(seen.message_authenticator_at) if seen else None,
        "first_seen": iso(seen.first_at) if seen else None,
        "last_seen": iso(seen.last_at) if seen else None,
        "counts": dict(seen.counts) if seen else {},
    }


def _short(network: IPv4Network | IPv6Network) -> str:
    """One address without its prefix length."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
