"""What befalls the servers of a walk: they are started again, killed, reloaded; carriers fail, the database is locked."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from radiusd.process.ports import Ports
from tests.servers import moody
from tests.servers.running import until
from tests.walks.node import Node
from tests.walks.scene import Scene
from tests.walks.world import World


def _copied(database: Path, path: Path) -> None:
    """The database as it is on the disk."""
    for end in ("", "-wal"):
        if Path(f"{database}{end}").exists():
            shutil.copy(f"{database}{end}", f"{path}{end}")


class Servers:
    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.dice
        self._kills = 0

    async def start(self, node: Node) -> None:
        async def told(gone: Exception) -> None:
            self._world.tell(f"  it does not start: {gone}")
            await until(lambda: self._world.locked is None)

        server = await node.start(told)
        self._world.posts[id(server.outbox)] = server
        self._world.wire.ports[node.name] = server.ports("authentication")[0]

    async def restart(self) -> None:
        node = self._world.node()
        async with node.busy:
            self._world.tell("restart")
            self._world.witness.restarted(time.time())
            server, node.server = self._world.server(node), None
            await server.close()
            self._world.collect(server)
            self._world.look_for_bugs(server)
            await self.start(node)
        self._world.tell("started again")
        self._world.witness.tally["restarts"] += 1

    async def kill(self) -> None:
        """As the power fails: what is on the disk at that moment is what the next server begins with."""
        node = self._world.node()
        async with node.busy:
            self._world.tell("kill")
            server, node.server = self._world.server(node), None
            self._world.collect(server)
            del self._world.posts[id(server.outbox)]
            loop = asyncio.get_running_loop()
            for port in server._ports.authentication:
                port.stop(loop)
                port.close()
                port.send = lambda *_: None  # whatever it would still say is lost
            server._ports = Ports()
            self._kills += 1
            path = self._world.folder / f"after-kill-{self._kills}.db"
            with contextlib.nullcontext() if self._world.locked == self._world.path else self.still():
                _copied(self._world.path, path)
            self._world.witness.restarted(time.time())
            self._world.path, node.database = path, f"sqlite:///{path}"
            self._world.look_for_bugs(server)
            self._world.goes(server.close(), to_its_end=True)
            await self.start(node)
        self._world.tell("started after the kill")
        self._world.witness.tally["kills"] += 1

    @contextlib.contextmanager
    def still(self, seconds: float = 5.0) -> Iterator[None]:
        """Nobody else writes into the database meanwhile. Raises sqlite3.OperationalError."""
        database = sqlite3.connect(self._world.path, timeout=seconds, isolation_level=None)
        try:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")
        finally:
            database.close()

    async def reload(self) -> None:
        node = self._world.node()
        await self.reloads(node, Scene.drawn(self._dice))

    async def reorder(self) -> None:
        """An administrator changes what is to be proved before an approval, and nothing else."""
        node = self._world.node()
        await self.reloads(node, node.scene.with_other_factors(self._dice))

    async def reloads(self, node: Node, scene: Scene) -> None:
        async with node.busy:
            if node.server is None:
                return
            change = node.rules.begin(scene, time.time())
            self._world.tell(f"> reload{f' of {node.name}' if node.name else ''}: {scene}")
            await node.server.reload(node.settings())
            change.end = time.time()

    async def moods(self) -> None:
        if self._world.mood == moody.TAKES:
            self._world.mood = self._dice.choice(moody.MOODS)
            self._world.tell(f"> the carrier {self._world.mood}")
            self._world.goes(self._takes_again(self._dice.choice((0.2, 0.5, 1.5))))

    async def _takes_again(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._world.mood = moody.TAKES
        self._world.tell("> the carrier takes")

    async def lock(self) -> None:
        if self._world.locked is None:
            self._world.goes(self._lock(self._dice.choice((0.2, 0.5, 1.0, 2.6))))

    async def _lock(self, seconds: float) -> None:
        with contextlib.suppress(sqlite3.OperationalError), self.still(0.0):
            self._world.locked = self._world.path
            self._world.witness.locks.append(time.time())
            self._world.tell(f"> the database is locked for {seconds} s")
            try:
                await asyncio.sleep(seconds)
            finally:
                self._world.locked = None
                self._world.tell("  the database is free")
