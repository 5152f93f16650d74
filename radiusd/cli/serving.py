"""`radiusd run`: the server's process."""

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
from radiusd.cli.printing import REFUSED, USAGE, fail, say
from radiusd.cli.reloading import reloaded, waiting_for_restart
from radiusd.process import pidfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.models.values import Listener
    from config.settings import Settings
    from radiusd.process.demo import Account
    from radiusd.process.server import Server

CLOSE_SECONDS = 30.0  # for everything to end
STANDARD_ERROR = 2
PROGRAM = "radiusd"
LISTEN_KEYS = ("authentication", "accounting", "radsec", "web", "internal", "health")


def add_to(app: typer.Typer) -> None:
    app.command()(run)


def run(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="For trying out: this machine only, with accounts and commands to try.")
    ] = False,
) -> None:
    """Serves until it gets SIGTERM or Ctrl-C; SIGHUP applies a changed configuration."""
    os.umask(0o077)
    _open_standard_streams()
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


def _open_standard_streams() -> None:
    """Where the caller closed one, its number must not become the database's: others write to it."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        os.set_inheritable(opened, True)
    os.close(opened)
    sys.stdout = sys.stdout or os.fdopen(os.dup(1), "w")
    sys.stderr = sys.stderr or os.fdopen(os.dup(STANDARD_ERROR), "w")


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
    path = pidfile.path_of(settings.database, settings.key_file, settings.path)
    try:
        return pidfile.PidFile(path)
    except pidfile.RunningError as error:
        process = f"process {error.pid}" if error.pid else "another process"
        on = "on this database" if settings.database.startswith("sqlite") else "with this configuration"
        fail(f"radiusd runs already {on}, as {process} ({path}); `radiusd reload` makes it read its file")
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
    # All that a reload needs, too: a server that has no descriptor left could not import it then.
    from config import difference  # noqa: F401
    from radiusd.nas.simulate import clients  # noqa: F401
    from radiusd.process import demo as demonstration  # noqa: F401
    from radiusd.process import trace_socket
    from radiusd.process.key_file import WrongKey
    from radiusd.process.server import Server
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
    why = None
    trace = trace_socket.TraceSocket(trace_socket.path_of(held.path), server.tracing)
    try:
        await trace.start()
        _ready(settings, accounts)
        why = await _until_stopped(server, settings, place, held, stop=stop, change=change, demo=demo)
    finally:
        await trace.close()
        await _close(server)
    if why is not None:
        fail(
            f"ended, since {why}; its log has more. Start it again: systemd does where the unit has Restart=on-failure"
        )


async def _close(server: Server) -> None:
    """Ends the server, and the process with it where something does not end."""
    import structlog

    log = structlog.get_logger()
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await server.close()
    except TimeoutError:
        log.critical("stopped", why="not everything ended in time")
        os._exit(REFUSED)
    log.info("stopped")


def _keys(settings: Settings) -> tuple[bytes, ...]:
    from radiusd.process import key_file

    try:
        if not settings.key_file.exists() and not _has_a_key(settings):
            key_file.made(settings.key_file)
        return key_file.keys(settings.key_file)
    except key_file.KeyFileError as error:
        fail(f"key_file: {error}")


def _has_a_key(settings: Settings) -> bool:
    """Whether the database was used with a key already: then a new one is none of it, and would only hide the loss."""
    from radiusd.cli.database import opened
    from store import meta

    with opened(settings) as store:
        return store.read_now(meta.key_id) is not None


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
    log = structlog.get_logger()
    # Of the demonstration the banner says it, in lines that fit a terminal.
    tell = log.debug if accounts else log.info
    tell("ready", **{key: places for key, places in listen.items() if places})
    banner = demo.banner(settings, accounts, called(), Path.cwd()) if accounts else ()
    try:
        for line in (*banner, f"radiusd is ready, as process {os.getpid()}"):
            say(line)
    except OSError:
        # Nobody reads it. What stays in the buffer would fail once more when the process ends.
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


async def _until_stopped(
    server: Server,
    settings: Settings,
    place: Place,
    held: pidfile.PidFile,
    *,
    stop: asyncio.Event,
    change: asyncio.Event,
    demo: bool,
) -> str | None:
    """Applies changed configurations until it is to stop. Why it cannot go on, where nobody told it to stop."""
    begun = settings
    stopping = asyncio.ensure_future(stop.wait())
    while not (stop.is_set() or server.ended.done()):
        changing = asyncio.ensure_future(change.wait())
        await asyncio.wait((stopping, changing, server.ended), return_when=asyncio.FIRST_COMPLETED)
        changing.cancel()
        if change.is_set() and not stop.is_set():
            change.clear()
            fresh = await reloaded(server, settings, place, demo=demo)
            waiting = [] if fresh is None else waiting_for_restart(begun, fresh)
            held.reloaded(applied=fresh is not None, waiting=waiting)
            settings = fresh or settings
    stopping.cancel()
    return None if stop.is_set() else server.ended.result()
