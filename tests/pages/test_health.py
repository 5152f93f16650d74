"""What the machines that watch the process get over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest

from radiusd.metrics import Counts, Gauge, Metrics
from radiusd.web.app import app
from radiusd.web.health import Health
from radiusd.web.server import WebServer
from tests.servers.running import LOCAL, running
from tests.servers.slapd import write_certificates


class Parts:
    """A double of the server's parts, for their failures."""

    def __init__(self):
        self.database = None
        self.listening = True
        self.directories = {}
        self.counts = Counts()

    def app(self, internal=True):
        health = Health(lambda: self.database, lambda: self.listening, lambda: self.directories)
        gauges = [Gauge("radiusd_requests_waiting", "Steps that wait.", lambda: 7)]
        return app(health, Metrics(self.counts, gauges) if internal else None)


@asynccontextmanager
async def web(parts, internal=True, addresses=(("127.0.0.1", 0),)):
    server = WebServer(lambda: parts.app(internal), addresses)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def ask(port, path, method="GET", host="127.0.0.1"):
    """Status, headers and body of one request."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, body.decode()


async def test_the_process_lives():
    async with web(Parts()) as server:
        status, _, body = await ask(server.ports[0], "/healthz")
        assert (status, body) == (200, "ok\n")
        status, _, body = await ask(server.ports[0], "/healthz", "HEAD")
        assert (status, body) == (200, "")


async def test_ready_and_what_is_missing():
    parts = Parts()
    async with web(parts) as server:
        status, _, body = await ask(server.ports[0], "/readyz")
        assert (status, json.loads(body)) == (200, {"ready": True, "missing": [], "directories_down": []})
        parts.database = "connection refused by db1.internal, password=tulip"
        parts.listening = False
        status, _, body = await ask(server.ports[0], "/readyz")
        assert (status, json.loads(body)["missing"]) == (503, ["database", "listeners"])
        assert "db1" not in body
        assert "tulip" not in body


async def test_health_has_a_door_of_its_own(tmp_path):
    """Without accounting too; nothing else is behind it, and it speaks no HTTPS where the pages do (X38)."""
    write_certificates(tmp_path)
    listen = "web: [127.0.0.1:0], internal: [127.0.0.1:0], health: [127.0.0.1:0]"
    yaml = LOCAL.replace("accounting: [127.0.0.1:0], web: [], internal: []", f"accounting: [], {listen}")
    tls = "tls: {certificate: server.pem, key: server.key, web: true}\n"
    async with running(tmp_path, yaml + tls) as radiusd:
        _web, _internal, door = radiusd.server.web_ports
        status, _, body = await ask(door, "/readyz")
        assert (status, json.loads(body)["ready"]) == (200, True)
        assert (await ask(door, "/healthz"))[0] == 200
        for path in ("/metrics", "/a/token", "/outbox"):
            assert (await ask(door, path))[0] == 404


async def test_a_directory_that_is_down_is_named_and_others_go_on():
    parts = Parts()
    parts.directories = {"corp": "time-out at ldaps://dc1.internal"}
    async with web(parts) as server:
        status, _, body = await ask(server.ports[0], "/readyz")
        assert (status, json.loads(body)["directories_down"]) == (200, ["corp"])
        assert "dc1" not in body


async def test_metrics_where_administrators_look_and_nowhere_else():
    parts = Parts()
    parts.counts.client("vpn").accepts += 3
    async with web(parts) as server:
        status, headers, body = await ask(server.ports[0], "/metrics")
        assert status == 200
        assert headers["content-type"].startswith("text/plain; version=0.0.4")
        assert 'radiusd_replies_total{client="vpn",kind="accept"} 3.0' in body
        assert "radiusd_requests_waiting 7.0" in body
    async with web(parts, internal=False) as server:
        status, _, body = await ask(server.ports[0], "/metrics")
        assert (status, body) == (404, "not found\n")


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/healthz/", "/../etc/passwd", "/%00"])
async def test_nothing_else_is_there(path):
    async with web(Parts()) as server:
        status, headers, body = await ask(server.ports[0], path)
        assert (status, body) == (404, "not found\n")
        assert headers["content-type"] == "text/plain; charset=utf-8"


async def test_nothing_is_changed_over_http():
    async with web(Parts()) as server:
        status, _, body = await ask(server.ports[0], "/healthz", "POST")
        assert (status, body) == (405, "method not allowed\n")


async def test_every_answer_carries_the_security_headers():
    parts = Parts()
    parts.counts = None  # a bug, for the answer 500
    async with web(parts) as server:
        for path, expected in (("/healthz", 200), ("/nothing", 404), ("/metrics", 500)):
            status, headers, body = await ask(server.ports[0], path)
            assert status == expected
            assert headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'")
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert "server" not in headers
            assert "NoneType" not in body


async def test_two_addresses_and_both_families():
    async with web(Parts(), addresses=(("127.0.0.1", 0), ("::1", 0))) as server:
        assert (await ask(server.ports[0], "/healthz"))[0] == 200
        assert (await ask(server.ports[1], "/healthz", host="::1"))[0] == 200


async def test_a_taken_address_is_named_and_nothing_stays_bound():
    free = socket.create_server(("127.0.0.1", 0))
    free_port = free.getsockname()[1]
    free.close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = WebServer(lambda: None, [("127.0.0.1", free_port), ("127.0.0.1", port)])
        with pytest.raises(OSError, match="in use") as told:
            await server.start()
        assert told.value.filename == f"127.0.0.1:{port}"
        assert server.ports == []
    socket.create_server(("127.0.0.1", free_port)).close()
    await server.close()


async def test_https_of_our_own(tmp_path):
    write_certificates(tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    parts = Parts()
    server = WebServer(parts.app, [("127.0.0.1", 0)], certificate=tmp_path / "server.pem", key=tmp_path / "server.key")
    await server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.ports[0], ssl=trusting)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 20)).startswith(b"HTTP/1.1 200 ")
        writer.close()
    finally:
        await server.close()


async def test_a_certificate_that_is_missing_is_told_at_the_start(tmp_path):
    server = WebServer(lambda: None, [("127.0.0.1", 0)], certificate=tmp_path / "none.pem", key=tmp_path / "none.key")
    with pytest.raises(OSError, match="No such file"):
        await server.start()
    assert server.ports == []


async def test_no_address_is_no_server():
    async with web(Parts(), addresses=()) as server:
        assert server.ports == []


async def test_signals_stay_the_owners():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with web(Parts()):
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_the_web_framework_is_imported_at_the_first_request():
    """It would be a quarter of a small server's memory."""
    program = """
import asyncio, sys
from radiusd.web.server import WebServer
async def main():
    server = WebServer(lambda: None, [("127.0.0.1", 0)])
    await server.start()
    await server.close()
asyncio.run(main())
print("fastapi" in sys.modules, "prometheus_client" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "False False\n"
