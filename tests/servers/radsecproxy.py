"""radsecproxy as a proxy over UDP before our server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

CONF = """\
ListenUDP 127.0.0.1:{port}
LogLevel 3
client nas {{
    host 127.0.0.0/8
    type udp
    secret {secret}
}}
{server}
realm * {{
    server radiusd
}}
"""


@asynccontextmanager
async def radsecproxy(folder: Path, port: int, secret: str, server: Sequence[str]) -> AsyncIterator[None]:
    """It listens on that port; `server` are the lines of its server block."""
    place = folder / "radsecproxy"
    place.mkdir()
    (place / "conf").write_text(CONF.format(port=port, secret=secret, server="\n".join(server)))
    process = await asyncio.create_subprocess_exec(
        "radsecproxy", "-f", "-c", str(place / "conf"), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env={"PATH": f"{os.environ['PATH']}:/usr/sbin"},
    )  # fmt: skip
    said = b""
    try:
        async with asyncio.timeout(20):
            while b"listening for udp" not in said:
                line = await process.stderr.readline()
                assert line, f"radsecproxy ended:\n{said.decode()}"
                said += line
        reading = asyncio.create_task(process.stderr.read())
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    await reading
