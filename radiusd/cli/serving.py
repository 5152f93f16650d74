"""`radiusd run` and `radiusd reload`: the server's process."""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.cli import configuration
from radiusd.cli.configuration import Place
from radiusd.cli.printing import REFUSED, USAGE, complain, fail, say
from radiusd.process import pidfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.faults import Fault
    from config.models.values import Listener
    from config.settings import Settings
    from radiusd.process.demo import Account
    from radiusd.process.server import Server

RELOAD_SECONDS = 15.0  # that `reload` waits to be told what came of it
PROGRAM = "radiusd"
LISTEN_KEYS = ("authentication", "accounting", "radsec", "web", "internal")


def add_to(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(reload)


def run(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="For trying out: this machine only, with accounts and commands to try.")
    ] = False,
) -> None:
    """Serves until it gets SIGTERM or Ctrl-C; SIGHUP applies a changed configuration."""
    os.umask(0o077)
    place = configuration.find(context, demo=demo)
    if demo:
        _make_demo_secret(place)
    settings = configuration.read(place, demo=demo)
    _log(settings)
    if demo:
        settings = _for_this_machine(settings)
    held = _lock(settings)
    try:
        accounts = _demo_accounts(settings) if demo else ()
        asyncio.run(_serve(settings, place, held, accounts, demo=demo))
    finally:
        held.close()


def _make_demo_secret(place: Place) -> None:
    from radiusd.process import demo
    from radiusd.process.key_file import KeyFileError, write_once
    from radiusd.rules.passwords import word

    if f"file:{demo.SECRET_FILE}" in place.path.read_text("utf-8", "replace"):
        try:
            write_once(place.folder / demo.SECRET_FILE, word(24) + "\n")
        except KeyFileError as error:
            fail(str(error))


def _log(settings: Settings) -> None:
    import structlog

    from radiusd import log

    log.set_up(settings.logging.format, settings.logging.level)
    for warning in settings.warnings:
        structlog.get_logger().warning("configuration", what=str(warning))


def _for_this_machine(settings: Settings) -> Settings:
    """The settings of a demonstration, without IPv6 where this machine has none; ends where others could reach it."""
    from radiusd.nas.simulate.clients import with_played
    from radiusd.process import demo

    reachable = list(demo.beyond_loopback(settings))
    if reachable:
        fail(f"--demo listens to this machine alone; take out {', '.join(reachable)}, or leave out --demo", USAGE)
    return with_played(demo.without_missing_ipv6(settings))


def _lock(settings: Settings) -> pidfile.PidFile:
    path = pidfile.path_of(settings.database, settings.key_file)
    try:
        return pidfile.PidFile(path)
    except pidfile.RunningError as error:
        process = f"process {error.pid}" if error.pid else "another process"
        fail(f"radiusd runs already on this database, as {process} ({path}); `radiusd reload` makes it read its file")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}; the folder must belong to the user that runs radiusd")


def _demo_accounts(settings: Settings) -> Sequence[Account]:
    from radiusd.cli.database import opened
    from radiusd.process import demo

    made = demo.accounts()
    with opened(settings) as store:
        others = demo.prepare(store, made, time.time())
    if others:
        named = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        fail(f"--demo wants a database of its own; this one has users: {named}. Start without --demo, or elsewhere")
    return made


async def _serve(
    settings: Settings, place: Place, held: pidfile.PidFile, accounts: Sequence[Account], *, demo: bool
) -> None:
    from radiusd.process.server import Server, WrongKey
    from store import StoreError, Unavailable

    loop = asyncio.get_running_loop()
    stop, change = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, change.set)
    server = Server(settings, keys=_keys(settings), demo=demo)
    try:
        await server.start()
    except OSError as error:
        _cannot_listen(error, settings, place)
    except (StoreError, WrongKey) as error:
        fail(str(error))
    except Unavailable as gone:
        fail(f"the database cannot be used: {gone.cause} (`database` in {place.path})")
    try:
        _ready(settings, accounts)
        await _until_stopped(server, settings, place, held, stop=stop, change=change, demo=demo)
    finally:
        await server.close()


def _keys(settings: Settings) -> tuple[bytes, ...]:
    from radiusd.process import key_file

    try:
        key_file.made(settings.key_file)
        return key_file.keys(settings.key_file)
    except key_file.KeyFileError as error:
        fail(f"key_file: {error}")


def _cannot_listen(error: OSError, settings: Settings, place: Place) -> None:
    """Says which address and key it is about; an error that is no listener's goes on."""
    where = str(error.filename or "")
    keys = [
        key for key in LISTEN_KEYS if where in {name for each in getattr(settings.listen, key) for name in _names(each)}
    ]
    if not keys:
        raise error
    match error.errno:
        case errno.EADDRINUSE:
            why = "is in use by another program: stop that one, or change the port"
        case errno.EACCES:
            why = "may not be listened at by this user: ports below 1024 need CAP_NET_BIND_SERVICE"
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            why = "is no address of this machine: change it"
        case _:
            why = f"cannot be listened at ({error.strerror}): change it"
    fail(f"{where} {why} (listen.{keys[0]} in {place.path})")


def called() -> str:
    """The words that start this program again from the same folder."""
    if sys.argv[0].endswith("__main__.py"):
        return shlex.join([sys.executable, "-m", "radiusd"])
    return PROGRAM if shutil.which(PROGRAM) == sys.argv[0] else shlex.quote(sys.argv[0])


def _names(listener: Listener) -> tuple[str, str]:
    """How an error may name it."""
    return str(listener), f"{listener.address}:{listener.port}"


def _ready(settings: Settings, accounts: Sequence[Account]) -> None:
    import structlog

    from radiusd.process import demo

    listen = {key: ", ".join(map(str, getattr(settings.listen, key))) for key in LISTEN_KEYS}
    structlog.get_logger().info("ready", **{key: places for key, places in listen.items() if places})
    if accounts:
        for line in demo.banner(settings, accounts, called(), Path.cwd()):
            say(line)
    say(f"radiusd is ready, as process {os.getpid()}")


async def _until_stopped(
    server: Server,
    settings: Settings,
    place: Place,
    held: pidfile.PidFile,
    *,
    stop: asyncio.Event,
    change: asyncio.Event,
    demo: bool,
) -> None:
    """Applies changed configurations until it is to stop."""
    stopping = asyncio.ensure_future(stop.wait())
    while not stop.is_set():
        changing = asyncio.ensure_future(change.wait())
        await asyncio.wait((stopping, changing), return_when=asyncio.FIRST_COMPLETED)
        changing.cancel()
        if change.is_set() and not stop.is_set():
            change.clear()
            fresh = await _reload(server, settings, place, demo=demo)
            held.reloaded(applied=fresh is not None)
            settings = fresh or settings
    await stopping


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
    waiting = sorted(
        {key for changed in changes if (key := str(changed).partition(".")[0].partition(":")[0]) in RESTART}
    )
    if waiting:
        log.warning("restart needed", keys=waiting, why="a running server keeps the old value of these")
    log.info("reloaded", changes=len(changes))
    return fresh


def _judged(place: Place, *, demo: bool) -> tuple[tuple[Fault, ...], Settings | None]:
    from config.faults import SettingsError

    try:
        return (), configuration.load(place, demo=demo)
    except SettingsError as error:
        return error.faults, None


RESTART = ("listen", "tls", "database", "key_file", "workers")


def reload(context: typer.Context) -> None:
    """Has the running server apply the changed configuration; a file with faults is not given to it."""
    place = configuration.find(context)
    settings = configuration.read(place)
    path = pidfile.path_of(settings.database, settings.key_file)
    try:
        before = pidfile.running(path)
        if before is None:
            fail(f"no radiusd runs on this database ({path} is not locked); start it with: radiusd run")
        if before.pid <= 1:
            fail(f"{path} does not tell which process it is; send it SIGHUP yourself")
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
            return
        time.sleep(0.02)
    complain(f"radiusd, process {before.pid}, was told, and has not said that it is done; see its log")
    raise typer.Exit(REFUSED)
