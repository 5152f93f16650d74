"""A server of ours inside the test's own loop, on free loopback ports, with the real database and the real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import reading
from config.secret import Secret
from radiusd.nas.asking import Nas
from radiusd.passwords import hashing
from radiusd.process.kinds import kinds
from radiusd.process.server import Server
from radiusd.radius.attributes import Dictionary
from store import accounting, audit, users
from store.records import AuditRow, NewUser

SECRET = "correct horse battery"
HASHES: dict[str, Secret] = {}  # of passwords: a hash takes 20 ms

LOCAL = """
listen: {authentication: [127.0.0.1:0], accounting: [127.0.0.1:0], web: [], internal: []}
clients:
  nas: {address: 127.0.0.0/8, secret: "correct horse battery", application: vpn}
directories:
  local: {type: local}
profiles:
  password-only: {method: password, directories: [local]}
applications:
  vpn: {profiles: [password-only]}
security: {reject_delay: 0s}
"""


def hashed(password: str) -> Secret:
    if password not in HASHES:
        HASHES[password] = Secret(hashing.make(password))
    return HASHES[password]


@dataclass
class Running:
    """A started server and what a test asks of it."""

    server: Server
    folder: Path

    @property
    def port(self) -> int:
        return self.server.ports("authentication")[0]

    @property
    def accounting_port(self) -> int:
        return self.server.ports("accounting")[0]

    def nas(self, **options: Any) -> Nas:
        options.setdefault("secret", SECRET.encode())
        options.setdefault("timeout", 4.0)
        options.setdefault("tries", 1)
        host = options.pop("host", "127.0.0.1")
        port = options.pop("port", self.port)
        return Nas((host, port), dictionary=DICTIONARY, **options)

    async def user(self, username: str, password: str = "tulip", **fields: Any) -> None:
        new = NewUser(username=username, password_hash=hashed(password), **fields)
        await self.server.store.write(lambda connection: users.add(connection, new, time.time()))

    async def change(self, username: str, **changes: Any) -> None:
        await self.server.store.write(lambda connection: users.change(connection, username, changes, time.time()))

    async def audit(self) -> list[AuditRow]:
        """Oldest first."""
        return await self.server.store.read(lambda connection: audit.find(connection, newest_first=False, limit=1000))

    async def accounting(self) -> list[Any]:
        return await self.server.store.read(accounting.listed)

    async def last(self) -> AuditRow:
        rows = await self.audit()
        return rows[-1]


DICTIONARY = Dictionary.shipped()


async def until(holds: Any, seconds: float = 10.0) -> None:
    """Waits for a condition, a function of nothing."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "the condition did not come true"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    folder: Path, yaml: str = LOCAL, *, keys: tuple[bytes, ...] = (b"k" * 32,), **options: Any
) -> AsyncIterator[Running]:
    path = folder / "radius.yaml"
    path.write_text(yaml)
    settings = reading.read(path, kinds(), **options)
    server = Server(settings, keys=keys, demo=False)
    await server.start()
    try:
        yield Running(server, folder)
    finally:
        await server.close()
