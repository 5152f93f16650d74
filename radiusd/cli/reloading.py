"""`radiusd reload`, and what a server does that is told to: another configuration, or the one in use."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import typer

from radiusd.cli import configuration
from radiusd.cli.configuration import Place
from radiusd.cli.printing import REFUSED, complain, fail, say
from radiusd.process import pidfile

if TYPE_CHECKING:
    from config.faults import Fault
    from config.settings import Settings
    from radiusd.process.server import Server

RELOAD_SECONDS = 15.0  # that `reload` waits to be told what came of it
RESTART = ("listen", "tls", "database", "key_file", "workers")


def add_to(app: typer.Typer) -> None:
    app.command()(reload)


def reload(context: typer.Context) -> None:
    """Has the running server apply the changed configuration; a file with faults is not given to it.

    Ends with 1 where it did not, or where a changed key waits for a restart.
    """
    place = configuration.find(context)
    settings = configuration.read(place)
    path = pidfile.path_of(settings.database, settings.key_file, settings.path)
    try:
        before = pidfile.running(path)
        if before is None:
            fail(
                f"no radiusd runs on this database ({path} is not locked); start it with: radiusd run. If `database` or"
                " `key_file` is what was changed, restart it: a running server keeps the old ones"
            )
        if before.pid <= 1:
            fail(f"which process it is that holds {path} is not to be seen from here; send it SIGHUP yourself")
        os.kill(before.pid, signal.SIGHUP)
    except PermissionError:
        fail(f"this user may not signal the server of {path}; do it as the user it runs as, or as root")
    except ProcessLookupError:
        fail(f"the process named in {path} is gone")
    end = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < end:
        state = pidfile.running(path)
        if state is None:
            fail("radiusd ended instead; its log says why")
        if state.reloads != before.reloads:
            if not state.applied:
                fail("radiusd refused it and keeps the old configuration; its log says why")
            say(f"radiusd, process {state.pid}, applied {place.path}; its log says what changed")
            if state.waiting:
                keys = " and ".join(f"`{key}`" for key in state.waiting)
                fail(f"but {keys} as it is there now waits for a restart: a running server keeps the old value")
            return
        time.sleep(0.02)
    complain(f"radiusd, process {before.pid}, was told, and has not said that it is done; see its log")
    raise typer.Exit(REFUSED)


def waiting_for_restart(begun: Settings, fresh: Settings) -> list[str]:
    """The keys that a server keeps as it began with them, and that are others now."""
    import structlog

    from config.difference import difference

    changed = {str(each).partition(".")[0].partition(":")[0] for each in difference(begun, fresh)}
    waiting = [key for key in RESTART if key in changed]
    if waiting:
        why = "a running server keeps the old value of these"
        structlog.get_logger().warning("restart needed", keys=waiting, why=why)
    return waiting


async def reloaded(server: Server, settings: Settings, place: Place, *, demo: bool) -> Settings | None:
    """As `_reload`; whatever it is that fails, the configuration in use stays."""
    import structlog

    log = structlog.get_logger()
    try:
        return await _reload(server, settings, place, demo=demo)
    except Exception:
        log.exception("reload refused", why="the configuration in use stays; this is a bug: please report it")
        return None


async def _reload(server: Server, settings: Settings, place: Place, *, demo: bool) -> Settings | None:
    """The changed configuration once it is in use; None where it has faults and the old one stays."""
    import structlog

    from config.difference import difference
    from radiusd import log as logging
    from radiusd.nas.simulate.clients import with_played
    from radiusd.process import demo as demonstration

    log = structlog.get_logger()
    faults, fresh = await asyncio.to_thread(_judged, place, demo=demo)
    if fresh is None:
        for fault in faults:
            log.error("configuration", fault=str(fault))
        log.error("reload refused", faults=len(faults), why="the configuration in use stays")
        return None
    if demo:
        reachable = list(demonstration.beyond_loopback(fresh))
        if reachable:
            log.error("reload refused", why="--demo listens to this machine alone", listeners=reachable)
            return None
        fresh = with_played(demonstration.without_missing_ipv6(fresh))
    for warning in fresh.warnings:
        log.warning("configuration", what=str(warning))
    changes = difference(settings, fresh)
    await server.reload(fresh)
    logging.set_up(fresh.logging.format, fresh.logging.level)
    for changed in changes:
        log.info("configuration changed", what=str(changed))
    log.info("reloaded", changes=len(changes))
    return fresh


def _judged(place: Place, *, demo: bool) -> tuple[tuple[Fault, ...], Settings | None]:
    from config.faults import SettingsError

    try:
        return (), configuration.load(place, demo=demo)
    except SettingsError as error:
        return error.faults, None
