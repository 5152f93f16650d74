"""PostgreSQL that asks RADIUS for the passwords of its users (the method `radius` of pg_hba.conf), and psql before it.

It sends one packet, waits 3 s, and can show no Challenge; none of that can be set.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers.postgres import Postgres, running_postgres

IDENTIFIER = "postgresql"
RULES = """\
host all radius 127.0.0.1/32 trust
host all all 127.0.0.1/32 radius radiusservers="127.0.0.1" radiusports="{port}" radiussecrets="{secret}"
"""


@dataclass(frozen=True, slots=True)
class Connected:
    """How psql fared: whether it is in, and what it wrote."""

    accepted: bool
    text: str


@dataclass(frozen=True, slots=True)
class Database:
    """A running server."""

    server: Postgres

    async def signs_in(self, name: str, password: str) -> Connected:
        """psql connects and asks who it is."""
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PGPASSWORD": password}
        connects = f"host=127.0.0.1 port={self.server.port} user={name} dbname=postgres"
        psql = await asyncio.create_subprocess_exec(
            "psql", "--no-psqlrc", "--no-password", "-At", "-c", "SELECT current_user", connects, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _none = await psql.communicate()
        return Connected(psql.returncode == 0 and out == name.encode() + b"\n", out.decode())


@contextmanager
def pg_hba(port: int, secret: str, *users: str) -> Iterator[Database]:
    """A server that has those users, and asks the RADIUS server on that port for their passwords."""
    with running_postgres(RULES.format(port=port, secret=secret)) as server:
        for name in users:
            server.execute(f"CREATE ROLE {name} LOGIN")
        yield Database(server)
