"""One process of a random walk, around a database that it may share, with a radius.yaml of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from config import reading
from config.settings import Settings
from radiusd.process.kinds import kinds
from radiusd.process.server import Server
from store import StoreError, Unavailable
from tests.walks.history import History
from tests.walks.people import KEY
from tests.walks.scene import Scene


class Node:
    """`database` is its URL, `post` of whom its carriers ask what to do. `busy` while it is started or reloaded."""

    def __init__(self, name: str, folder: Path, scene: Scene, database: str, post: str) -> None:
        self.name = name
        self.folder = folder
        self.rules: History[Scene] = History(scene, 0.0)
        self.database = database
        self.server: Server | None = None
        self.busy = asyncio.Lock()
        self._post = post
        self._written: Scene | None = None
        self._read: Settings | None = None

    @property
    def scene(self) -> Scene:
        """The one of now, or that which a reload is under way to."""
        return self.rules.last

    def settings(self) -> Settings:
        """radius.yaml as it is read."""
        if self._read is None or self._written is not self.scene:
            path = self.folder / f"radius{self.name}.yaml"
            path.write_text(self.scene.yaml(self._post))
            self._read, self._written = reading.read(path, kinds(), demo=True), self.scene
        return self._read.model_copy(update={"database": self.database})

    async def start(self, told: Any) -> Server:
        """`told` of each time that it did not start since the database was locked."""
        while True:
            server = Server(self.settings(), keys=(KEY,), demo=False)
            try:
                await server.start()
            except (StoreError, Unavailable) as gone:
                await told(gone)
            else:
                self.server = server
                return server
