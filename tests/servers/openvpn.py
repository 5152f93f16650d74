"""A real OpenVPN server with openvpn-auth-radius, and real clients that connect to it, all on loopback.

The server has a tun device, which is given no address and is never up: the network of the machine stays as it is.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.slapd import write_certificates

PLUGIN = "/usr/lib/openvpn/radiusplugin.so"
DONE = "Initialization Sequence Completed"
SERVER = """\
mode server
tls-server
local 127.0.0.1
port {port}
proto udp4
dev tun
ifconfig 10.255.77.1 255.255.255.0
ifconfig-noexec
route-noexec
topology subnet
push "topology subnet"
ifconfig-pool 10.255.77.100 10.255.77.200 255.255.255.0
ca {folder}/ca.pem
cert {folder}/server.pem
key {folder}/server.key
dh none
verify-client-cert none
username-as-common-name
status {folder}/status 1
status-version 1
client-config-dir {folder}/clients
tmp-dir {folder}
plugin {plugin} {folder}/radius.cnf
{more}
verb 3
"""
RADIUS = """\
NAS-Identifier=gateway
Service-Type=5
Framed-Protocol=1
NAS-Port-Type=5
NAS-IP-Address=127.0.0.1
OpenVPNConfig={folder}/server.conf
subnet=255.255.255.0
overwriteccfiles=true
useauthcontrolfile={deferred}
nonfatalaccounting=false
server
{{
	acctport={accounting}
	authport={authentication}
	name=127.0.0.1
	retry={retry}
	wait={wait}
	sharedsecret={secret}
}}
"""
CLIENT = """\
client
dev null
proto udp4
remote 127.0.0.1 {port}
nobind
ca {folder}/ca.pem
auth-user-pass {folder}/{name}.txt
auth-retry none
ifconfig-noexec
route-noexec
pull-filter ignore "route"
connect-retry-max 1
hand-window {patience}
explicit-exit-notify 1
verb 3
"""


def short_port() -> int:
    """A port of four digits, more than which the plugin does not read, free for UDP on loopback."""
    while True:
        port = random.randrange(2_000, 10_000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@dataclass(frozen=True, slots=True)
class Connected:
    """How a client fared: whether it is in, the address it was given, and what it wrote."""

    accepted: bool
    address: str
    log: str


@dataclass(frozen=True, slots=True)
class OpenVpn:
    """A running gateway."""

    folder: Path
    port: int

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    async def signs_in(self, name: str, password: str, *, patience: int = 30) -> Connected:
        """A client connects, and leaves as soon as it is in. `patience` in seconds for the whole handshake."""
        words = {"folder": self.folder, "port": self.port, "name": name, "patience": patience}
        (self.folder / f"{name}.txt").write_text(f"{name}\n{password}\n")
        (self.folder / f"{name}.conf").write_text(CLIENT.format(**words))
        process = await _openvpn(self.folder / f"{name}.conf", asyncio.subprocess.PIPE)
        log = ""
        try:
            async with asyncio.timeout(patience + 10):
                while DONE not in log and (line := (await process.stdout.readline()).decode()):
                    log += line
                if DONE not in log:
                    await process.wait()
        finally:
            await _end(process)
        _before, pushed, after = log.partition("ifconfig ")
        return Connected(DONE in log, after.split()[0] if pushed else "", log)


@asynccontextmanager
async def openvpn(
    folder: Path, authentication: int, accounting: int, secret: str, *, wait: int = 3, retry: int = 2,
    deferred: bool = True, more: str = "",
) -> AsyncIterator[OpenVpn]:  # fmt: skip
    """A gateway before the server on those ports. It asks `retry` times, `wait` seconds apart."""
    place = folder / "openvpn"
    (place / "clients").mkdir(parents=True)
    write_certificates(place)
    gateway = OpenVpn(place, short_port())
    words = {"folder": place, "port": gateway.port, "plugin": PLUGIN, "more": more}
    (place / "server.conf").write_text(SERVER.format(**words))
    plugin = {
        "authentication": authentication,
        "accounting": accounting,
        "secret": secret,
        "wait": wait,
        "retry": retry,
    }
    (place / "radius.cnf").write_text(RADIUS.format(folder=place, deferred=str(deferred).lower(), **plugin))
    with (place / "server.log").open("wb") as log:
        process = await _openvpn(place / "server.conf", log)
    try:
        async with asyncio.timeout(20):
            while DONE not in gateway.log:
                assert process.returncode is None, f"openvpn ended:\n{gateway.log}"
                await asyncio.sleep(0.02)
        yield gateway
    finally:
        await _end(process)


async def _openvpn(conf: Path, out: object) -> asyncio.subprocess.Process:
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
    return await asyncio.create_subprocess_exec(
        "openvpn", str(conf), env=environment, cwd=conf.parent, stdin=asyncio.subprocess.DEVNULL, stdout=out,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.communicate()
        except TimeoutError:
            process.kill()
    await process.wait()
