"""How users would sign in, for commands: the directories, what users have enrolled, and the applications over both."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from radiusd.administration.faults import Invalid, Refused
from radiusd.cli.printing import fail, refuse

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.directories import Directory
    from radiusd.enrollment.enrolled import Enrolled
    from radiusd.handlers import Tools
    from radiusd.login.applications import Application
    from radiusd.model.entry import Entry
    from store import Store

LOOK_UP_SECONDS = 10.0  # that a directory has to answer
T = TypeVar("T")


class WaysIn(NamedTuple):
    """As radius.yaml and the database have them now."""

    store: Store
    directories: Mapping[str, Directory]
    enrolled: Enrolled
    applications: Mapping[str, Application]
    tools: Tools

    async def entry(self, user: str, directory: str = "") -> Entry:
        """The user of that name; of the directory, where one is named. Raises Invalid, Missing, Conflict."""
        from config.faults import instead
        from radiusd.administration import enrollments

        if directory and directory not in self.directories:
            raise Invalid(f"--directory: there is no directory {directory}{instead(directory, self.directories)}")
        among = [self.directories[directory]] if directory else list(self.directories.values())
        return await enrollments.who(among, user, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)


@asynccontextmanager
async def ways_in(settings: Settings) -> AsyncIterator[WaysIn]:
    """On a store of their own, which ends with them. Raises StoreError, Unavailable."""
    from radiusd.cli.database import directories
    from store import Store

    store = await asyncio.to_thread(Store.open, settings.database, settings.folder)
    async with directories(settings, store) as found:
        yield await ways_over(settings, store, found)


async def ways_over(settings: Settings, store: Store, directories: Mapping[str, Directory]) -> WaysIn:
    """The same over directories that are open. Raises Unavailable."""
    from radiusd.enrollment.enrolled import Enrolled
    from radiusd.process.building import application_of, dictionary_of
    from radiusd.process.tools import tools_of

    enrolled = Enrolled(store)
    await enrolled.load()
    keys = [secrets.token_bytes(32)]  # nothing that is made here is ever sent
    tools, dictionary = tools_of(settings, store, directories, keys, enrolled), dictionary_of(settings)
    applications = {name: application_of(settings, name, tools, dictionary) for name in settings.applications}
    return WaysIn(store, directories, enrolled, applications, tools)


def waited(work: Coroutine[object, object, T]) -> T:
    """What comes of it; ends the command where it can not be, or the database can not be used."""
    from store import StoreError, Unavailable

    try:
        return asyncio.run(work)
    except Refused as refused:
        refuse(refused)
    except StoreError as error:
        fail(str(error))
    except Unavailable as gone:
        fail(f"the database cannot be used: {gone.cause} (`database` in radius.yaml)")
