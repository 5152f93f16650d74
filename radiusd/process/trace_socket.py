"""Where `radiusd client trace` looks on: a socket of the file system beside the pid file, for its owner and root alone."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from contextlib import suppress
from pathlib import Path

import structlog

from radiusd.radius.tracing import Event, Tracing

log = structlog.get_logger()

MOST_LOOKING_ON = 8
WAITING_OCTETS = 1 << 20  # for one who reads more slowly than packets come; what comes beyond is lost to them
NAME_SECONDS = 2.0


def path_of(pid_file: Path) -> Path:
    """Beside the pid file."""
    return pid_file.with_suffix(".trace")


def within(path: Path) -> tuple[int, str]:
    """A descriptor to be closed, and a name of that file by it: a socket's own may have 107 octets at most."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    return folder, f"/proc/self/fd/{folder}/{path.name}"


class TraceSocket:
    """Listens, and hands each line on to whoever asked for that client."""

    def __init__(self, path: Path, tracing: Tracing) -> None:
        self._path = path
        self._tracing = tracing
        self._server: asyncio.Server | None = None
        self._looking_on: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Where it cannot be made there is no trace, and all else goes on."""
        try:
            made = self._listening()
        except OSError as error:
            log.warning("no trace", socket=str(self._path), why=error.strerror or str(error))
            return
        self._server = await asyncio.start_unix_server(self._come, sock=made)

    def _listening(self) -> socket.socket:
        folder, name = within(self._path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with suppress(FileNotFoundError):
                self._path.unlink()  # of a server that was killed: this one has its lock
            # Its mode before it has a name: nobody else can connect meanwhile.
            os.fchmod(listening.fileno(), 0o600)
            listening.bind(name)
            self._path.chmod(0o600)
        except OSError:
            listening.close()
            raise
        finally:
            os.close(folder)
        return listening

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in self._looking_on:
            task.cancel()
        await asyncio.gather(*self._looking_on, return_exceptions=True)
        with suppress(OSError):
            self._path.unlink()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._looking_on) >= MOST_LOOKING_ON:
            writer.close()
            return
        self._looking_on.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, ValueError, TimeoutError):
            pass  # gone, or nothing that we know
        finally:
            self._looking_on.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(NAME_SECONDS):
            name = (await reader.readline()).decode().strip()
        lost = 0

        def tell(event: Event) -> None:
            nonlocal lost
            if writer.transport.get_write_buffer_size() > WAITING_OCTETS:
                lost += 1
                return
            writer.write(json.dumps({**event, "lost": lost}, ensure_ascii=False).encode() + b"\n")
            lost = 0

        self._tracing.watch(name, tell)
        writer.write(b"{}\n")  # so that they know from when on nothing is missed
        try:
            await reader.read()  # until they go
        finally:
            self._tracing.unwatch(name, tell)
