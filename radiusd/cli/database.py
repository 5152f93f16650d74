"""The database as commands use it: opened, used, closed; and by whom."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from radiusd.administration.changes import Administrator
from radiusd.administration.faults import Invalid, Refused
from radiusd.cli.configuration import DEMO_SECRET
from radiusd.cli.printing import fail, refuse

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.directories import Directory
    from store import Store

NOBODY_LOGGED_IN = 2**32 - 1  # what the kernel has for a service


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store; ends the command where the database can not be used, or what is asked of it can not be."""
    from store import Store, StoreError, Unavailable

    os.umask(0o077)
    try:
        store = Store.open(settings.database, settings.folder)
        try:
            yield store
        finally:
            store.close_now()
    except Refused as refused:
        refuse(refused)
    except StoreError as error:
        fail(str(error))
    except Unavailable as gone:
        fail(f"the database cannot be used: {gone.cause} (`database` in radius.yaml)")


def local_directory(settings: Settings) -> str:
    """The name of the directory that users in the database belong to; ends the command where there is none."""
    from radiusd.administration.users import directory_of

    try:
        return directory_of(settings)
    except Invalid as none:
        refuse(none)


def is_demo(settings: Settings) -> bool:
    """Whether a demonstration was started in the folder of this configuration: its users are to be seen then."""
    return (settings.folder / DEMO_SECRET).exists()


def administrator() -> Administrator:
    """The operating system's user behind this command, and who logged in to become that one."""
    name = _user_of(os.getuid())
    for tool, variable in (("sudo", "SUDO_USER"), ("doas", "DOAS_USER")):
        behind = os.environ.get(variable, "")
        if behind and behind != name:
            return Administrator(f"{name} ({tool} by {behind})", "command line")
    behind = _logged_in()
    return Administrator(f"{name} (logged in as {behind})" if behind and behind != name else name, "command line")


def _user_of(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def _logged_in() -> str:
    """Who logged in to this session, whatever `su` made of it since; "" where the kernel does not say."""
    try:
        number = int(Path("/proc/self/loginuid").read_text())
    except (OSError, ValueError):
        return ""
    return "" if number == NOBODY_LOGGED_IN else _user_of(number)


@asynccontextmanager
async def directories(settings: Settings, store: Store) -> AsyncIterator[Mapping[str, Directory]]:
    """Every directory of radius.yaml on a store of its own, started, and closed afterwards."""
    from radiusd.passwords.hash_queue import HashQueue
    from radiusd.process.building import Directories

    hashes = HashQueue(1)
    found = Directories(store, hashes, demo=is_demo(settings)).of(settings)
    store.start(asyncio.get_running_loop())
    try:
        for directory in found.values():
            await directory.start()
        yield found
    finally:
        for directory in found.values():
            await directory.close()
        hashes.close()
        await store.close()
