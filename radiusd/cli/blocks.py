"""`radiusd block ...`: who is kept from signing in (S258 to S260, S265, S271)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.administration import fields
from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.moments import duration
from radiusd.cli.printing import as_json, fail, refuse, say, table
from radiusd.rules.moments import iso, moment, span

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Connection
    from store.records import Block

app = typer.Typer(help="Users who are kept from signing in.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
PERMANENT = "permanent"
ANYWHERE = "anywhere"
LOOK_UP_SECONDS = 10.0  # that a directory has to answer


@app.command("list")
def list_blocks(context: typer.Context, json: Json = False) -> None:
    """Every block with its reason and the time that remains."""
    settings = configuration.settings(context)
    now = time.time()
    with opened(settings) as store:
        from radiusd.administration import blocks

        active = store.read_now(lambda connection: blocks.active(connection, now))
    if json:
        as_json([_plain(block, now) for block in active])
        return
    table(
        ("ID", "USER", "DIRECTORY", "FROM", "REMAINS", "SINCE", "BY", "REASON"),
        [
            (
                str(block.id),
                block.user_name,
                block.directory,
                _where(block),
                PERMANENT if block.until is None else span(block.until - now),
                moment(block.created_at, settings.time_zone),
                block.created_by or "radiusd",
                block.reason,
            )
            for block in active
        ],
    )


@app.command("add")
def add_block(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", show_default=False)],
    station: Annotated[str, typer.Option("--station", help="From this device alone; else from anywhere.")] = "",
    last: Annotated[
        str | None,
        typer.Option("--for", metavar="DURATION", help="30m, 8h, 30d; without it until somebody removes it."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="For whoever reads the list.")] = "",
) -> None:
    """Keeps a user from signing in."""
    from radiusd.administration import blocks

    settings = configuration.settings(context)
    now = time.time()
    seconds = None if last is None or last == PERMANENT else duration(last, "--for")
    try:
        name, why = fields.username(user), fields.line(reason, "--reason")
    except fields.FieldError as error:
        refuse(error)
    with opened(settings) as store:
        person = store.read_now(lambda connection: blocks.last_found(connection, name)) or _looked_up(settings, user)
        if person is None:
            fail(f"nobody of the name {name} is known: no directory has it")
        block = store.write_now(
            lambda connection: blocks.add(
                connection, administrator(), person, name, now, seconds=seconds, station=station, why=why
            )
        )
    end = "until it is removed" if block.until is None else f"until {moment(block.until, settings.time_zone)}"
    say(f"{name} is blocked {'from ' + station + ' ' if station else ''}{end}: block {block.id}")


@app.command("remove")
def remove_block(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="NAME|ID", show_default=False)],
    is_name: Annotated[bool, typer.Option("--name", help="It is a name, although it could be an ID.")] = False,
) -> None:
    """Ends all blocks of a user, or the one of that ID: they can sign in at once."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        from radiusd.administration import blocks

        def remove(connection: Connection) -> list[Block]:
            now = time.time()
            meant = blocks.of(connection, which, now, is_name=is_name)
            return blocks.remove(connection, administrator(), meant, now)

        try:
            over = store.write_now(remove)
        except blocks.NoBlock as none:
            fail(f"{none}; radiusd block list shows all")
        except blocks.NumberOrName as either:
            fail(f"{either}: --name means the user")
    for block in over:
        where = f" from {_where(block)}" if _where(block) != ANYWHERE else ""
        say(f"the block of {block.user_name}{where} is removed")


def _looked_up(settings: Settings, typed: str) -> tuple[str, str] | None:
    """Directory and unique id of a name, from the first directory that has it."""
    from radiusd.administration import blocks
    from radiusd.cli.database import directories
    from store import Store

    async def ask() -> tuple[str, str] | None:
        async with directories(settings, Store.open(settings.database, settings.folder)) as found:
            return await blocks.looked_up(found.values(), typed, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)

    return asyncio.run(ask())


def _where(block: Block) -> str:
    if block.scope == "station":
        return block.station
    return "stations not signed in from before" if block.scope == "unknown_stations" else ANYWHERE


def _plain(block: Block, now: float) -> dict[str, Any]:
    return {
        "id": block.id,
        "user": block.user_name,
        "directory": block.directory,
        "unique_id": block.unique_id,
        "scope": block.scope,
        "station": block.station,
        "reason": block.reason,
        "until": iso(block.until),
        "remaining_seconds": None if block.until is None else max(0, round(block.until - now)),
        "created_at": iso(block.created_at),
        "created_by": block.created_by,
    }
