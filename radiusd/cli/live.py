"""`radiusd check --live`: what only trying can tell. Nothing is sent to anybody."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from radiusd import pidfile
from radiusd.directories import Down

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from config.settings import Settings
    from config.values import Listener

UDP_KEYS = ("authentication", "accounting")
TCP_KEYS = ("radsec", "web", "internal")
NOBODY = "radiusd-check"  # looked up in each directory: it must answer, not know
LOOK_UP_SECONDS = 15.0

Result = tuple[str, str]


async def tried(settings: Settings) -> list[Result]:
    """Each thing that was tried, with why it failed; "" where it did not."""
    return [*_listeners(settings), *[result async for result in _database_and_directories(settings)]]


def _listeners(settings: Settings) -> list[Result]:
    try:
        is_running = pidfile.running(pidfile.path_of(settings.database, settings.key_file)) is not None
    except PermissionError:
        is_running = False
    results = []
    for keys, kind in ((UDP_KEYS, socket.SOCK_DGRAM), (TCP_KEYS, socket.SOCK_STREAM)):
        for key in keys:
            for listener in getattr(settings.listen, key):
                cause = _bind(listener, kind)
                if is_running and cause == IN_USE:
                    cause = ""  # by the running server of this configuration
                results.append((f"listen.{key} {listener}", cause))
    return results


IN_USE = "in use by another program"


def _bind(listener: Listener, kind: socket.SocketKind) -> str:
    family = socket.AF_INET6 if listener.address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((str(listener.address), listener.port))
    except OSError as error:
        return IN_USE if error.errno == errno.EADDRINUSE else error.strerror or "cannot be bound"
    return ""


async def _database_and_directories(settings: Settings) -> AsyncIterator[Result]:
    from radiusd.cli.database import directories
    from store import Store, StoreError

    with TemporaryDirectory() as folder:
        missing = _missing_file(settings.database)
        # The first start makes it. Until then a passing one stands in: the directories want some database.
        url = settings.database if missing is None else f"sqlite:///{folder}/radiusd.db"
        try:
            store = Store.open(url, settings.folder)
        except StoreError as error:
            yield "database", str(error)
            return
        if missing is None:
            yield "database", ""
        else:
            writable = os.access(missing.parent, os.W_OK | os.X_OK)
            yield f"database {missing}, made at the first start", "" if writable else "the folder may not be written"
        async with directories(settings, store) as found:
            for name, directory in found.items():
                deadline = asyncio.get_running_loop().time() + LOOK_UP_SECONDS
                answer = await directory.find(NOBODY, deadline)
                yield f"directory {name}", answer.cause if isinstance(answer, Down) else ""


def _missing_file(database: str) -> Path | None:
    """The file of an embedded database that is not there yet."""
    scheme, _, file = database.partition(":///")
    return Path(file) if scheme == "sqlite" and not Path(file).exists() else None
