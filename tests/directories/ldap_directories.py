"""Directories of `type: ldap` for the tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from config.secret import Secret
from radiusd.directories import Changed, Down, MustChange, Right, Unfit, Wrong
from radiusd.directories.ldap import Ldap
from radiusd.directories.ldap_options import LdapAttributes, LdapOptions
from radiusd.model.entry import Entry
from tests.servers.slapd import GROUPS, PEOPLE, READER, READER_PASSWORD


def options(*urls: str, **changes: Any) -> LdapOptions:
    given = {
        "type": "ldap",
        "urls": urls,
        "bind_dn": READER,
        "bind_password": Secret(READER_PASSWORD),
        "base_dn": PEOPLE,
        "user_filter": "(&(objectClass=person)(uid={username}))",
        "group_base_dn": GROUPS,
        "attributes": LdapAttributes(groups="memberships"),
    }
    return LdapOptions(**(given | changes))


class Asking:
    """A started directory, asked with ten seconds to answer."""

    def __init__(self, directory: Ldap) -> None:
        self.directory = directory

    @staticmethod
    def until(seconds: float = 10.0) -> float:
        return asyncio.get_running_loop().time() + seconds

    async def find(self, name: str, seconds: float = 10.0) -> Entry | Down | None:
        return await self.directory.find(name, self.until(seconds))

    async def entry(self, name: str) -> Entry:
        found = await self.find(name)
        assert isinstance(found, Entry), found
        return found

    async def check(self, entry: Entry, password: str, seconds: float = 10.0) -> Right | Wrong | Down | MustChange:
        return await self.directory.check(entry, password, "", self.until(seconds))

    async def change_password(self, entry: Entry, old: str, new: str) -> Changed | Unfit | Wrong | Down:
        return await self.directory.change(entry, old, new, self.until())

    async def signs_in(self, name: str, password: str) -> bool:
        return await self.check(await self.entry(name), password) == Right()

    async def groups(self, name: str) -> set[str]:
        return set((await self.entry(name)).attributes["memberships"])


@asynccontextmanager
async def ldap(*urls: str, wanted: frozenset[str] = frozenset(), **changes: Any) -> AsyncIterator[Asking]:
    directory = Ldap("corp", options(*urls, **changes), wanted)
    await directory.start()
    try:
        yield Asking(directory)
    finally:
        await directory.close()


async def until(holds: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.01)
