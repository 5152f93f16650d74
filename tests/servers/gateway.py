"""A real SMS gateway over HTTP on a free loopback port, which can also hang, drop connections and answer wrongly."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

HANG = "hang"
DROP = "drop"


class Asked(NamedTuple):
    """One request as it came; names of headers in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), strict_parsing=True)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


class Gateway:
    """What it was asked. `act`: HANG or DROP instead of an answer; else `status`, `body` and `headers` are answered."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[Asked] = []
        self.connections: list[asyncio.StreamWriter] = []
        self.act = ""
        self.status = 202
        self.body = b"queued"
        self.headers: dict[str, str] = {}
        self.ends = b""  # sent after the body, again and again
        self._released = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        try:
            while not writer.is_closing():
                await self._answer(await read(reader), writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        if self.act == HANG:
            await self._released.wait()
            writer.transport.abort()
            return
        if self.act == DROP:
            writer.transport.abort()
            return
        headers = {"Content-Length": str(len(self.body)), **self.headers}
        head = f"HTTP/1.1 {self.status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(head.encode("latin-1") + b"\r\n" + self.body)
        await writer.drain()
        while self.ends and not self._released.is_set():
            writer.write(self.ends)
            await writer.drain()

    def hang_up(self) -> None:
        """Ends every connection."""
        for writer in self.connections:
            with suppress(AttributeError):  # CPython 3.11, of a connection over TLS that is closed already
                writer.transport.abort()

    def close(self) -> None:
        self._released.set()
        self.hang_up()


async def read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8").split("\r\n")
    method, target, _version = head[0].split(" ")
    pairs = [line.split(":", 1) for line in head[1:] if line]
    assert all(name == name.strip() for name, _value in pairs)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, body)


@asynccontextmanager
async def gateway(certificates: Path | None = None) -> AsyncIterator[Gateway]:
    """To be used within a running loop; it shares it. With a folder of server.pem and server.key it speaks TLS."""
    place = Gateway()
    context = None
    if certificates is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    server = await asyncio.start_server(place.serve, "127.0.0.1", 0, ssl=context)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        place.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)
