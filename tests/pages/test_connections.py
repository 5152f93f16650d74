"""Connections are bounded in number and in time: idle ones keep nobody out, and none waits for ever (X38)."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from ipaddress import ip_network

import pytest
from structlog.testing import capture_logs

from radiusd.web import connections
from radiusd.web.server import WebServer
from tests.pages.test_health import ask
from tests.servers.running import until
from tests.servers.slapd import write_certificates

MOST = 16
SHARE = MOST // connections.OF_A_SOURCE
UNFINISHED = b"POST /a/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"


async def application(scope, receive, send):
    """Answers once the request is whole."""
    while scope["method"] == "POST" and (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@contextlib.asynccontextmanager
async def web(**options):
    server = WebServer(lambda: application, [("127.0.0.1", 0)], most=MOST, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


class Idle:
    """A connection from an address of this machine, which says `first` and no more."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, server, source="127.0.0.1", first=b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.ports[0], local_addr=(source, 0))
        writer.write(first)
        return cls(reader, writer)

    async def ends(self):
        """The server closes it."""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(20):
                while await self._reader.read(1000):
                    pass
        self.close()

    def is_open(self):
        return not self._reader.at_eof()

    def close(self):
        self._writer.close()


async def is_served(server):
    return (await ask(server.ports[0], "/readyz"))[0] == 200


async def accepted(server, number):
    await until(lambda: len(server._server._connections) == number)


async def test_idle_connections_of_one_address_keep_nobody_out_from_there():
    """The oldest one ends for each that is too many."""
    async with web() as server:
        idle = [await Idle.open(server) for _ in range(SHARE)]
        await accepted(server, SHARE)
        assert await is_served(server)
        await idle[0].ends()
        assert all(each.is_open() for each in idle[1:])
        more = [await Idle.open(server) for _ in range(3 * MOST)]
        assert await is_served(server)
        for each in idle[1:]:
            await each.ends()
        for each in more:
            each.close()


async def test_idle_connections_of_many_addresses_keep_nobody_out():
    async with web() as server:
        idle = [await Idle.open(server, f"127.0.1.{n + 1}") for n in range(3 * MOST)]
        assert await is_served(server)
        assert len(server._server._connections) <= MOST
        for each in idle:
            each.close()


async def test_who_asks_is_not_ended_for_others():
    """And where all do, no further one is let in."""
    async with web() as server:
        asking = [await Idle.open(server, first=UNFINISHED) for _ in range(SHARE)]
        await until(lambda: sum(each.asks for each in server._server._connections._open) == SHARE)
        refused = await Idle.open(server)
        await refused.ends()
        assert all(each.is_open() for each in asking)
        for each in asking:
            each.close()


async def test_a_trusted_proxy_may_have_every_place():
    async with web(trusted=lambda: [ip_network("127.0.0.0/8")]) as server:
        asking = [await Idle.open(server, first=UNFINISHED) for _ in range(MOST)]
        await until(lambda: sum(each.asks for each in server._server._connections._open) == MOST)
        for each in asking:
            each.close()


async def test_a_place_is_free_again_once_a_connection_is_over():
    async with web() as server:
        for _ in range(2 * MOST):
            assert await is_served(server)
        await accepted(server, 0)


@pytest.mark.parametrize(
    ("phase", "first"),
    [
        ("HEADER_SECONDS", b""),
        ("HEADER_SECONDS", b"GET /readyz HTTP/1.1\r\nHost: local"),
        ("HEADER_SECONDS", b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\nGET"),
        ("BODY_SECONDS", UNFINISHED),
    ],
)
async def test_every_phase_has_its_time(monkeypatch, phase, first):
    monkeypatch.setattr(connections, phase, 0.1)
    async with web() as server:
        slow = await Idle.open(server, first=first)
        await slow.ends()


async def test_a_handshake_has_its_time(monkeypatch, tmp_path):
    monkeypatch.setattr(connections, "HANDSHAKE_SECONDS", 0.1)
    write_certificates(tmp_path)
    async with web(certificate=tmp_path / "server.pem", key=tmp_path / "server.key") as server:
        slow = await Idle.open(server, first=b"\x16")
        await slow.ends()
        await accepted(server, 0)


async def test_handshakes_take_no_place_from_anybody(tmp_path):
    write_certificates(tmp_path)
    async with web(certificate=tmp_path / "server.pem", key=tmp_path / "server.key") as server:
        idle = [await Idle.open(server) for _ in range(SHARE + 1)]
        await idle[0].ends()
        for each in idle:
            each.close()


async def test_without_a_descriptor_it_is_tried_again_in_a_moment():
    """Not at once and without end, with a line in the log each time."""
    loop = asyncio.get_running_loop()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with web() as server:
        with socket.socket() as client, capture_logs() as lines:
            client.setblocking(False)
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                await loop.sock_connect(client, ("127.0.0.1", server.ports[0]))
                await until(lambda: lines)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            await loop.sock_sendall(client, b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await loop.sock_recv(client, 1000)).startswith(b"HTTP/1.1 200 ")
    assert [line["event"] for line in lines] == ["connection not accepted"]


async def test_no_more_than_a_quarter_of_the_descriptors(monkeypatch):
    """The others are for going out."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (32, 32))
    async with web() as server:
        idle = [await Idle.open(server, f"127.0.1.{n + 1}") for n in range(MOST)]
        assert await is_served(server)
        await accepted(server, 8 - 1)
        for each in idle:
            each.close()
