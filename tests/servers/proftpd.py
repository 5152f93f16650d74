"""ProFTPD, which asks RADIUS for its users by mod_radius, and people who come by FTP."""

from __future__ import annotations

import asyncio
import ftplib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

CONF = """\
ModulePath /usr/lib/proftpd
LoadModule mod_radius.c
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
User root
Group root
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
DelayEngine off
WtmpLog off
UseIPv6 off
RequireValidShell off
AuthOrder mod_radius.c
{lines}
"""
READY = "standalone mode STARTUP"


@dataclass(frozen=True, slots=True)
class Proftpd:
    """A running server."""

    port: int

    async def signs_in(self, name: str, password: str) -> str:
        """What it answers to a name and a password."""
        return await asyncio.to_thread(self._signs_in, name, password)

    def _signs_in(self, name: str, password: str) -> str:
        with ftplib.FTP() as ftp:
            ftp.connect("127.0.0.1", self.port, timeout=20)
            try:
                return ftp.login(name, password)
            except ftplib.error_perm as refused:
                return str(refused)


@asynccontextmanager
async def proftpd(folder: Path, port: int, lines: Sequence[str]) -> AsyncIterator[Proftpd]:
    """With these lines about RADIUS."""
    place = folder / "proftpd"
    place.mkdir()
    (place / "proftpd.conf").write_text(CONF.format(port=port, folder=place, lines="\n".join(lines)))
    log = place / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            "proftpd", "-n", "-c", str(place / "proftpd.conf"), stdin=asyncio.subprocess.DEVNULL, stdout=out,
            stderr=out, env={"PATH": f"{os.environ['PATH']}:/usr/sbin"},
        )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            while READY not in log.read_text():
                assert process.returncode is None, f"proftpd ended:\n{log.read_text()}"
                await asyncio.sleep(0.02)
        yield Proftpd(port)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
