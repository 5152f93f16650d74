"""Squid's helper for RADIUS, which squid hands names and passwords, URL-encoded, and which asks the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from tests.servers.typed import Typed, typed


class SquidAuth:
    """One child of squid's."""

    def __init__(self, shell: Typed) -> None:
        self._shell = shell

    async def says(self, name: str, password: str) -> str:
        """What it answers to a browser's name and password: OK, or ERR with a reason."""
        await self._shell.types(f"{quote(name)} {quote(password)}")
        return (await self._shell.shows("\n", 70.0)).strip()


@asynccontextmanager
async def squid_auth(command: Sequence[str], folder: Path) -> AsyncIterator[SquidAuth]:
    """The program of `auth_param basic program`."""
    async with typed(command, {"LANG": "C.UTF-8"}, folder) as shell:
        yield SquidAuth(shell)
