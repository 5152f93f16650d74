"""The database as commands use it: opened, used, closed; and by whom."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from radiusd.administration.changes import Administrator
from radiusd.administration.faults import Invalid, Refused
from radiusd.cli.configuration import DEMO_SECRET
from radiusd.cli.printing import fail, refuse

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.directories import Directory
    from store import Store


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
    """The operating system's user behind this command."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER", "") if os.getuid() == 0 else ""
    return Administrator(f"{name} (sudo by {behind})" if behind and behind != name else name, "command line")


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
