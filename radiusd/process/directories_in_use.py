"""The directories that sign-ins ask, over every reload: what is new is started before, what is gone ends later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from config.settings import Settings
from radiusd.directories import Directory
from radiusd.process.building import Directories

RETIRE_SECONDS = 60.0  # longer than a request waits for a directory


class DirectoriesInUse:
    """`now` are those of the settings in use. `background` runs what nobody waits for."""

    def __init__(self, maker: Directories, background: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self.now: Mapping[str, Directory] = {}
        self._maker = maker
        self._background = background
        self._retired: set[Directory] = set()  # of earlier settings, not closed yet

    def of(self, settings: Settings) -> Mapping[str, Directory]:
        """Those of other settings, which are neither started nor in use yet."""
        return self._maker.of(settings)

    async def start(self, made: Mapping[str, Directory]) -> None:
        """Starts what is new of them, all or none."""
        fresh = [each for name, each in made.items() if self.now.get(name) is not each]
        try:
            for directory in fresh:
                await directory.start()
        except BaseException:
            for directory in fresh:
                await directory.close()
            raise

    def use(self, settings: Settings, made: Mapping[str, Directory]) -> None:
        """From now on they are asked: what `of` gave for these settings, once started."""
        before, self.now = self.now, made
        self._maker.use(settings, made)
        for name, directory in before.items():
            if made.get(name) is not directory:
                self._retired.add(directory)
                self._background(self._retire(directory))

    def down(self) -> dict[str, str]:
        """The causes, of those that are down."""
        found = ((name, directory.down()) for name, directory in self.now.items())
        return {name: down.cause for name, down in found if down is not None}

    async def close(self) -> None:
        for directory in (*self.now.values(), *self._retired):
            await directory.close()

    async def _retire(self, directory: Directory) -> None:
        """Ends a directory once the requests that began with it are over."""
        await asyncio.sleep(RETIRE_SECONDS)
        await directory.close()
        self._retired.discard(directory)
