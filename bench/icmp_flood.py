"""Forged ICMP errors while users sign in, in one go: python bench/icmp_flood.py [--rate 10000] [--seconds 10] [--rounds 3]

A server that watches whether its Accepts arrive reads ICMP errors (radiusd/radius/evidence.py), which anybody can forge, and
Linux makes one send of the socket fail for each. Some users are let in by an approval first, so that answers are watched;
then so many forged errors a second arrive, over IPv4 and IPv6 in turn: with 8 octets of UDP as old routers quote, with 512,
with the head of a watched Accept but for its authenticator. Meanwhile users sign in over both. Told is the worst round:

lost      sign-ins without an answer (each is sent once);
status    the slowest Status-Server;
back      approvals that let nobody in any more, and what was learned of the NAS: nothing is believed that is forged;
idle      CPU of the server after the flood: its loop must not spin.

It needs root, for raw sockets on loopback. The links are mailed to this program (mfa_radiusd.py).
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mfa_radiusd  # noqa: F401 - the `type: generator`, which the configuration names
import radiusd_setup
from measuring import HERE, Server, circumstances, free_port, loader

from radiusd.nas.asking import Nas, NoReply
from radiusd.radius import packet
from radiusd.radius.attributes import Dictionary
from tests.servers.icmp import error, opened

STATUS_MS, IDLE_SHARE = 100.0, 0.05
USERS, APPROVED = 200, 20
LOOPBACK = ("127.0.0.1", "::1")
DICTIONARY = Dictionary.shipped()
LINK = re.compile(r"https?://[^/]+(/a/\S+)")
YAML = """\
listen: {{authentication: ["127.0.0.1:{port}", "[::1]:{port}"], accounting: [], web: ["127.0.0.1:{web}"], internal: []}}
database: sqlite:///radiusd.db
key_file: radiusd.key
public_url: http://127.0.0.1:{web}
time_zone: UTC
clients:
  door: {{address: [127.0.0.0/8, "::1"], secret: testing123, application: both, hold: auto}}
directories:
  local: {{type: local}}
mail_servers:
  generator: {{type: generator, port: {links}, whole: true}}
profiles:
  password-only: {{method: password, directories: [local]}}
  by-boss:
    method: approved_otp
    directories: [local]
    mail_servers: [generator]
    approvers: [boss@example.org]
    asks_per_hour: 1000000
    message: "{{{{ link }}}}"
policies:
  - {{profile: by-boss, directory: local, attribute: group_name, values: [held]}}
applications:
  both: {{profiles: [by-boss, password-only]}}
security: {{password_cache: 1h}}
"""


def flood(port: int, heads: list[tuple[str, int, bytes]], rate: float, seconds: float) -> None:
    """Forged errors about answers of that port; `heads` are watched answers and where they went."""
    raw = {host: opened(":" in host) for host in LOOPBACK}
    forged = []
    for host in LOOPBACK:
        server = (host, port)
        forged += [(host, error(server, (host, 4444), b"")), (host, error(server, (host, 4444), os.urandom(512)))]
        for source, to, head in heads:
            if (":" in source) == (":" in host):
                wrong = head[:4] + os.urandom(16) + head[20:]
                forged += [(host, error(server, (source, to), quoted)) for quoted in (head[:19], wrong)]
    began, sent = time.monotonic(), 0
    while (now := time.monotonic()) < began + seconds:
        for _ in range(int((now - began) * rate) - sent):
            host, octets = forged[sent % len(forged)]
            raw[host].sendto(octets, (host, 0))
            sent += 1
        time.sleep(0.0005)
    print(f"{sent:,} forged errors, {sent / seconds:,.0f} a second", flush=True)


def lets_in(port: int, web: int, links: socket.socket) -> list[tuple[str, int, bytes]]:
    """Users whose request is held and approved: where their Accepts went, and how they begin."""
    accepts = []
    connection = http.client.HTTPConnection("127.0.0.1", web)
    for number in range(APPROVED):
        host, source = (("127.0.0.1", "127.0.0.2"), ("::1", "::1"))[number % 2]
        nas = Nas((host, port), b"testing123", dictionary=DICTIONARY)
        octets = nas.request(
            packet.ACCESS_REQUEST, os.urandom(16), number, User_Name=f"held{number:06d}", User_Password="password",
            Calling_Station_Id=f"pc{number}",
        )  # fmt: skip
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((source, 0))
            udp.settimeout(10)
            udp.sendto(octets, (host, port))
            link = LINK.search(links.recv(4096).decode())
            head = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
            connection.request("POST", link[1], "decision=approve", head)
            connection.getresponse().read()
            answer = udp.recv(4096)
            if answer[0] != packet.ACCESS_ACCEPT:
                sys.exit(f"an approved user was answered {answer[0]}")
            accepts.append((*udp.getsockname()[:2], answer[:64]))
    connection.close()
    return accepts


class Beside:
    """Users who sign in while it rains: how many, who of them had no answer, and the slowest of each kind in ms."""

    def __init__(self, port: int) -> None:
        self.asked, self.lost = 0, 0
        self.slowest = {"Status-Server": 0.0, "sign-in": 0.0}
        self._port = port

    async def run(self, seconds: float, rate: float) -> None:
        began = time.monotonic()
        under_way: list[asyncio.Task[None]] = []
        for number in range(int(seconds * rate)):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            host = LOOPBACK[number % 2]
            under_way.append(
                asyncio.create_task(self._asks(host, number, "Status-Server" if number % 4 < 2 else "sign-in"))
            )
        await asyncio.gather(*under_way)

    async def _asks(self, host: str, number: int, kind: str) -> None:
        nas = Nas((host, self._port), b"testing123", tries=1, dictionary=DICTIONARY)
        before = time.monotonic()
        self.asked += 1
        try:
            if kind == "sign-in":
                await nas.asks(User_Name=f"user{number % USERS:06d}", User_Password="password", Calling_Station_Id="pc")
            else:
                await nas.status()
        except NoReply:
            self.lost += 1
        self.slowest[kind] = max(self.slowest[kind], (time.monotonic() - before) * 1000)


def learned(path: Path) -> list[float]:
    """What is believed of when the NASes give up."""
    listed = subprocess.run(
        [sys.executable, str(HERE / "mfa_radiusd.py"), "--config", str(path), "client", "list", "--json"], cwd=HERE.parent,
        capture_output=True, check=True,
    )  # fmt: skip
    return [row["gives_up_after_seconds"] for row in json.loads(listed.stdout) if row["gives_up_after_seconds"]]


def measure(folder: Path, asked: argparse.Namespace, load) -> dict[str, float]:
    """One round."""
    port, web, links = free_port(), free_port(socket.SOCK_STREAM), free_port()
    folder.mkdir(parents=True)
    path = folder / "radius.yaml"
    path.write_text(YAML.format(port=port, web=web, links=links))
    radiusd_setup.add_users(path, (f"user{number:06d}" for number in range(USERS)), mail="example.org")
    held = (f"held{number:06d}" for number in range(APPROVED))
    radiusd_setup.add_users(path, held, mail="example.org", group="held")
    database = sqlite3.connect(folder / "radiusd.db")
    server = Server(
        "radiusd", [sys.executable, str(HERE / "mfa_radiusd.py"), "--config", str(path), "run"], port, folder / "log"
    )
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mails:
            mails.bind(("127.0.0.1", links))
            mails.settimeout(10)
            server.until_ready(load, "-u", "user%06d", "-N", str(USERS))
            load(port, "-u", "user%06d", "-N", str(USERS), "-n", str(USERS), "-c", "4", "-t", "30")
            heads = lets_in(port, web, mails)
        beside = Beside(port)
        raining = multiprocessing.Process(target=flood, args=(port, heads, asked.rate, asked.seconds))
        raining.start()
        before = server.cpu()
        asyncio.run(beside.run(asked.seconds, asked.beside))
        busy = (server.cpu() - before) / asked.seconds
        raining.join()
        time.sleep(1.0)
        before = server.cpu()
        time.sleep(3.0)
        idle = (server.cpu() - before) / 3.0
        time.sleep(10.0)  # what was learned is written down
        used = database.execute("select count(*) from approvals where used_at is not null").fetchone()[0]
        found = {
            "lost": beside.lost,
            "status": beside.slowest["Status-Server"],
            "sign-in": beside.slowest["sign-in"],
            "back": APPROVED - used + len(learned(path)),
            "idle": idle,
        }
        print(f"{beside.asked:,} asked beside it; CPU {busy:.2f} of a core;", found, flush=True)
        return found
    finally:
        database.close()
        server.stop()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rate", type=float, default=10_000.0, help="forged errors a second")
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--beside", type=float, default=100.0, help="requests a second")
    arguments.add_argument("--rounds", type=int, default=3)
    asked = arguments.parse_args()
    print(circumstances(), flush=True)
    with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as name:
        folder = Path(name)
        load = loader(folder)
        rounds = [measure(folder / str(number), asked, load) for number in range(asked.rounds)]
    worst = {key: max(found[key] for found in rounds) for key in rounds[0]}
    good = (
        worst["lost"] == 0 and worst["back"] == 0 and worst["status"] <= STATUS_MS and worst["idle"] <= IDLE_SHARE
    )  # fmt: skip
    print(
        f"worst of {asked.rounds}: {worst['lost']} answers lost; slowest Status-Server {worst['status']:.1f} ms, sign-in"
        f" {worst['sign-in']:.1f} ms; {worst['back']} taken back or learned; idle {worst['idle']:.3f} of a core:"
        f" {'met' if good else 'MISSED'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
