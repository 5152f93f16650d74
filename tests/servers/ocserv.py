"""A real ocserv, which asks RADIUS through radcli, and real openconnects that sign in to it from a namespace."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemon import free_ports
from tests.servers.namespace import ENVIRONMENT, Namespace
from tests.servers.slapd import write_certificates
from tests.servers.typed import Typed, typed

IDENTIFIER = "gateway"
READY = "sec-mod initialized"
DICTIONARY = "/etc/radcli/dictionary"
# As it comes it bans an address after a few wrong passwords (max-ban-score 80).
SERVER = """\
auth = "radius[config={folder}/radiusclient.conf,groupconfig=true,nas-identifier={identifier}]"
listen-host = {address}
tcp-port = {port}
run-as-user = root
run-as-group = root
socket-file = {folder}/socket
pid-file = {folder}/pid
server-cert = {folder}/server.pem
server-key = {folder}/server.key
isolate-workers = false
max-clients = 0
max-same-clients = 0
rate-limit-ms = 0
max-ban-score = 0
use-occtl = false
device = {device}
ipv4-network = {network}
ipv4-netmask = 255.255.255.0
cisco-client-compat = true
log-level = 2
{more}
"""
RADIUS = """\
authserver 127.0.0.1:{authentication}
acctserver 127.0.0.1:{accounting}
servers {folder}/servers
dictionary {dictionary}
default_realm
radius_timeout {every}
radius_retries 3
bindaddr *
"""


@dataclass(frozen=True, slots=True)
class Ocserv:
    """A running gateway."""

    folder: Path
    address: str
    port: int

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @asynccontextmanager
    async def signs_in(self, name: str, home: Namespace, *, tunnel: bool = True) -> AsyncIterator[Typed]:
        """Somebody at openconnect. Without `tunnel` it ends as soon as they are let in, and shows the cookie."""
        what = ["--script", 'ip link set "$TUNDEV" up', "--no-dtls"] if tunnel else ["--authenticate"]
        command = home.within(
            "openconnect", "--cafile", str(self.folder / "ca.pem"), "--no-system-trust", "--user", name, *what,
            f"https://{self.address}:{self.port}/",
        )  # fmt: skip
        async with typed(command, ENVIRONMENT, self.folder) as shell:
            yield shell


@asynccontextmanager
async def ocserv(
    folder: Path, address: str, authentication: int, accounting: int, secret: str, *, every: int = 10, more: str = ""
) -> AsyncIterator[Ocserv]:
    """A gateway before the server on those ports, itself at that address. It asks four times, `every` so many seconds."""
    place = folder / "ocserv"
    place.mkdir(mode=0o700)
    write_certificates(place, addresses=[address])
    gateway = Ocserv(place, address, free_ports()["web"])
    words = {"folder": place, "identifier": IDENTIFIER, "address": address, "port": gateway.port, "more": more}
    tunnels = f"198.19.{random.randrange(256)}.0"  # for benchmarks (RFC 2544): nobody's network
    (place / "ocserv.conf").write_text(SERVER.format(device=f"vpn{secrets.token_hex(3)}-", network=tunnels, **words))
    asks = {"authentication": authentication, "accounting": accounting, "every": every}
    (place / "radiusclient.conf").write_text(RADIUS.format(folder=place, dictionary=DICTIONARY, **asks))
    (place / "servers").write_text(f"127.0.0.1 {secret}\n")
    with (place / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "ocserv", "--foreground", "--debug", "1", "--config", str(place / "ocserv.conf"), cwd=place,
            env=ENVIRONMENT, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            while READY not in gateway.log:
                assert process.returncode is None, f"ocserv ended:\n{gateway.log}"
                await asyncio.sleep(0.02)
        yield gateway
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
