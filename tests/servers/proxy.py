"""FreeRADIUS as a proxy before our server, and radclient, which asks it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

CONF = """\
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {folder}
run_dir = {folder}
name = proxy
max_request_time = 120
cleanup_delay = 5
hostname_lookups = no
log {{
  destination = files
  file = {folder}/radius.log
  auth = no
}}
security {{
  reject_delay = 0
  status_server = yes
}}
proxy_requests = yes
proxy server {{
  default_fallback = no
}}
home_server ours {{
  type = auth
  ipaddr = 127.0.0.1
  port = {server}
  secret = {secret}
  require_message_authenticator = yes
  response_window = {window}
  zombie_period = 40
  status_check = status-server
  check_interval = 6
}}
home_server_pool ours {{
  home_server = ours
}}
realm ours {{
  auth_pool = ours
}}
client nas {{
  ipaddr = 127.0.0.0/8
  secret = {secret}
}}
thread pool {{
  start_servers = 2
  max_servers = 4
}}
modules {{
}}
server default {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    update control {{
      Proxy-To-Realm := "ours"
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What radclient printed: the code of the answer, "" for none, and its attributes in order."""

    code: str
    attributes: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        """The first value. Raises KeyError."""
        for known, value in self.attributes:
            if known == name:
                return value
        raise KeyError(name)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.attributes if known == name]


async def radclient(
    port: int, secret: str, attributes: Mapping[str, str], *, every: float = 3.0, tries: int = 1
) -> Answer:
    """The answer to an Access-Request. Each of its tries, `every` so many seconds, is the same octets from the same port."""
    lines = "".join(f"{name.replace('_', '-')} = {_quoted(value)}\n" for name, value in attributes.items())
    command = ["radclient", "-x", "-t", str(every), "-r", str(tries), f"127.0.0.1:{port}", "auth", secret]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    try:
        out, _err = await process.communicate((lines + "Message-Authenticator = 0x00\n").encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    _sent, received, text = out.decode().rpartition("Received ")
    if not received:
        return Answer("", ())
    head, *rest = text.splitlines()
    pairs = (line.partition(" = ") for line in rest if line.startswith("\t"))
    return Answer(head.split()[0], tuple((name.strip(), value.strip('"')) for name, _, value in pairs))


def _quoted(value: str) -> str:
    return value if value.startswith("0x") else f'"{value}"'


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy."""

    folder: Path
    port: int
    secret: str

    async def asks(self, *, every: float = 3.0, tries: int = 1, **attributes: str) -> Answer:
        """What a NAS behind it is told."""
        return await radclient(self.port, self.secret, attributes, every=every, tries=tries)

    @property
    def log(self) -> str:
        return (self.folder / "radius.log").read_text()


@asynccontextmanager
async def proxy(folder: Path, server: int, secret: str, *, window: int = 20) -> AsyncIterator[Proxy]:
    """It hands every request to the server on that port. `window`: seconds after which it takes it for a zombie."""
    place = folder / "proxy"
    place.mkdir(mode=0o700)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    conf = CONF.format(folder=place, port=port, server=server, secret=secret, window=window)
    (place / "radiusd.conf").write_text(conf)
    process = await asyncio.create_subprocess_exec(
        "freeradius", "-f", "-l", str(place / "radius.log"), "-d", str(place), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"},
    )  # fmt: skip
    running = Proxy(place, port, secret)
    try:
        async with asyncio.timeout(20):
            while not (place / "radius.log").exists() or "Ready to process" not in running.log:
                assert process.returncode is None, f"FreeRADIUS ended:\n{running.log}"
                await asyncio.sleep(0.02)
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
