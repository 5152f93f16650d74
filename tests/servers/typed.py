"""A program that a person types at: what it shows, and what is typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path


class Typed:
    """A running program. `shown` is all that it has written so far, to either of its outputs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._read = 0
        self.shown = ""

    async def shows(self, text: str, seconds: float = 20.0) -> str:
        """What came since the last time, up to and with that text. AssertionError where it ends without."""
        async with asyncio.timeout(seconds):
            while text not in self.shown[self._read :]:
                assert await self._reads(), f"{text!r} was never shown:\n{self.shown}"
        end = self.shown.index(text, self._read) + len(text)
        new, self._read = self.shown[self._read : end], end
        return new

    async def types(self, line: str) -> None:
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def ends(self, seconds: float = 30.0) -> bool:
        """Whether it ended with success."""
        async with asyncio.timeout(seconds):
            while await self._reads():
                pass
            return await self._process.wait() == 0

    async def _reads(self) -> bool:
        octets = await self._process.stdout.read(4096)
        self.shown += octets.decode()
        return bool(octets)


@asynccontextmanager
async def typed(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> AsyncIterator[Typed]:
    """The program, ended with the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=folder, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield Typed(process)
    finally:
        if process.returncode is None:
            process.kill()
        process.stdin.close()
        while await process.stdout.read(4096):
            pass
        await process.wait()
