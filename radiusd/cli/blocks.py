"""`radiusd block ...`: who is kept from signing in (S258 to S260, S265, S271)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.administration import fields
from radiusd.cli import configuration
from radiusd.cli.database import administrator, change_row, opened
from radiusd.cli.moments import duration
from radiusd.cli.printing import USAGE, as_json, fail, iso, moment, say, span, table

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Connection
    from store.records import Block

app = typer.Typer(help="Users who are kept from signing in.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
PERMANENT = "permanent"
LOOK_UP_SECONDS = 10.0  # that a directory has to answer


@app.command("list")
def list_blocks(context: typer.Context, json: Json = False) -> None:
    """Every block with its reason and the time that remains."""
    settings = configuration.settings(context)
    now = time.time()
    with opened(settings) as store:
        from store import blocks

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
        typer.Option("--for", metavar="DURATION", help="30m, 8h, 30d, or permanent; default: blocking.duration."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="For whoever reads the list.")] = "",
) -> None:
    """Keeps a user from signing in."""
    settings = configuration.settings(context)
    now = time.time()
    if last is None:
        seconds = None if settings.blocking.duration is None else settings.blocking.duration.total_seconds()
    else:
        seconds = None if last == PERMANENT else duration(last, "--for")
    until = None if seconds is None else now + seconds
    try:
        name, why = fields.username(user), fields.line(reason, "--reason")
    except fields.FieldError as error:
        fail(str(error), USAGE)
    by = administrator()
    with opened(settings) as store:
        from store import audit, blocks, identities

        person = store.read_now(lambda connection: identities.last_found(connection, name)) or _looked_up(
            settings, user
        )
        if person is None:
            fail(f"nobody of the name {name} is known: no directory has it")

        def step(connection: Connection) -> Block:
            made = blocks.add(
                connection, *person, name, station=station, scope="station" if station else "user",
                reason=why or "blocked by an administrator", until=until, by=by, now=now,
            )  # fmt: skip
            what = f"blocked {'for ' + span(seconds) if seconds is not None else 'until somebody removes it'}"
            audit.insert(connection, change_row(now, what, name, person=person, station=station, why=why))
            return made

        block = store.write_now(step)
    end = "until it is removed" if until is None else f"until {moment(until, settings.time_zone)}"
    say(f"{name} is blocked {'from ' + station + ' ' if station else ''}{end}: block {block.id}")


@app.command("remove")
def remove_block(
    context: typer.Context, number: Annotated[int, typer.Argument(metavar="ID", show_default=False)]
) -> None:
    """Ends a block: the user can sign in at once."""
    settings = configuration.settings(context)
    with opened(settings) as store:

        def step(connection: Connection) -> Block | None:
            from store import audit, blocks

            now = time.time()
            block = blocks.remove(connection, number, administrator(), now)
            if block is not None:
                row = change_row(
                    now,
                    "block removed",
                    block.user_name,
                    person=(block.directory, block.unique_id),
                    station=block.station,
                )
                audit.insert(connection, row)
            return block

        block = store.write_now(step)
    if block is None:
        fail(f"there is no block {number}; radiusd block list shows all")
    say(f"the block of {block.user_name} is removed")


def _looked_up(settings: Settings, typed: str) -> tuple[str, str] | None:
    """Directory and unique id of a name, from the first directory that has it."""
    from radiusd.cli.database import directories
    from radiusd.model.entry import Entry
    from store import Store

    async def ask() -> tuple[str, str] | None:
        async with directories(settings, Store.open(settings.database, settings.folder)) as found:
            for directory in found.values():
                name = directory.normal(typed)
                if name is not None:
                    entry = await directory.find(name, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
                    if isinstance(entry, Entry):
                        return entry.directory, entry.unique_id
        return None

    return asyncio.run(ask())


def _where(block: Block) -> str:
    if block.scope == "station":
        return block.station
    return "anywhere" if block.scope == "user" else "stations not signed in from before"


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
