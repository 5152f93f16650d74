"""What held requests cost, in one go: python bench/held_requests.py [--held 10000] [--clicks 1000] [--rate 50]

Users sign in by a manager's approval through a client with `hold: 300s`; each request is held, its approval is in the
database (SQLite, synchronous=FULL) and its mail was taken. Measured are

memory  resident, beyond that of a server whose users have all signed in once, for each held request;
beside  the slowest Status-Server and the slowest ordinary login while requests arrive, while they are held, and while
        managers click;
clicks  from the POST of the page's button until the Accept arrives (the kernel's own time stamp of the datagram).

The server has a mail server of its own that hands each link to this program (mfa_radiusd.py). Needs gcc.
"""

import argparse
import http.client
import os
import re
import selectors
import socket
import sqlite3
import struct
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mfa_radiusd  # noqa: F401 - the `type: generator`, which the configuration names
import radiusd_setup
from measuring import HERE, Load, Server, circumstances, free_port, loader

KIB_EACH, BESIDE_MS, CLICK_MS = 4.0, 100.0, 50.0
USERS, PORTS = 1000, 100
PLAIN = "127.0.0.9"  # the address of the client whose users need their password alone
SO_TIMESTAMPNS = 35  # linux/asm-generic/socket.h
LINK = re.compile(r"(\S+) (\S+) https?://[^/]+(/a/\S+)")
YAML = """\
listen: {{authentication: ["127.0.0.1:{port}"], accounting: [], web: ["127.0.0.1:{web}"], internal: []}}
database: sqlite:///radiusd.db
key_file: radiusd.key
public_url: http://127.0.0.1:{web}
time_zone: UTC
clients:
  door: {{address: 127.0.0.1, secret: testing123, application: approved, hold: 300s, max_held: 20000}}
  plain: {{address: {plain}, secret: testing123, application: plain}}
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
    message: "{{{{ user.username }}}} {{{{ station }}}} {{{{ link }}}}"
applications:
  approved: {{profiles: [by-boss]}}
  plain: {{profiles: [password-only]}}
security: {{password_cache: 1h}}
"""


def radiusd(folder: Path, port: int, web: int, links: int) -> list[str]:
    """The command that runs it."""
    folder.mkdir(parents=True)
    path = folder / "radius.yaml"
    path.write_text(YAML.format(port=port, web=web, links=links, plain=PLAIN))
    radiusd_setup.add_users(path, (f"user{number:06d}" for number in range(USERS)), mail="example.org")
    return [sys.executable, str(HERE / "mfa_radiusd.py"), "--config", str(path), "run"]


class Nas:
    """Its requests, when each was answered and with what, and the link that was mailed for each."""

    def __init__(self, port: int, links: int, requests: int) -> None:
        from radiusd.nas.asking import Nas as Packets

        packets = Packets(("127.0.0.1", port), b"testing123")
        self._selector = selectors.DefaultSelector()
        self._ports = [self._opened(port) for _ in range(PORTS)]
        self._links = self._listening(links)
        self._keys = [(f"user{n % USERS:06d}", f"10.9.{n // USERS}.{n % 251}") for n in range(requests)]
        self._octets = [
            packets.request(1, os.urandom(16), n // PORTS, User_Name=name, User_Password="password", NAS_Port=n % 1000,
                            Calling_Station_Id=station)
            for n, (name, station) in enumerate(self._keys)
        ]  # fmt: skip
        self.links: dict[int, str] = {}
        self.answers: dict[int, tuple[float, int]] = {}  # when, and the code
        self.arrived: threading.Condition | None = None  # told of each link
        self._numbers = {key: number for number, key in enumerate(self._keys)}
        self._over = False
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def send(self, rate: float, numbers: range | None = None) -> None:
        """These of them, or all, so many a second."""
        began = time.monotonic()
        for turn, number in enumerate(range(len(self._octets)) if numbers is None else numbers):
            while (early := began + turn / rate - time.monotonic()) > 0:
                time.sleep(min(early, 0.002))
            self.send_one(number)

    def send_one(self, number: int) -> None:
        self._ports[number % PORTS].send(self._octets[number])

    def close(self) -> None:
        self._over = True
        self._listener.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _opened(self, port: int) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("127.0.0.1", 0))
        opened.connect(("127.0.0.1", port))
        opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        opened.setblocking(False)
        self._selector.register(opened, selectors.EVENT_READ)
        return opened

    def _listening(self, port: int) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        opened.bind(("127.0.0.1", port))
        opened.setblocking(False)
        self._selector.register(opened, selectors.EVENT_READ)
        return opened

    def _listen(self) -> None:
        index = {port: number for number, port in enumerate(self._ports)}
        while not self._over:
            for key, _ in self._selector.select(0.1):
                while True:
                    try:
                        octets, control, _flags, _where = key.fileobj.recvmsg(4096, 64)
                    except BlockingIOError:
                        break
                    if key.fileobj is self._links:
                        name, station, link = LINK.search(octets.decode()).groups()
                        self.links[self._numbers[name, station]] = link
                        if self.arrived is not None:
                            with self.arrived:
                                self.arrived.notify()
                    else:
                        seconds, nanoseconds = struct.unpack("qq", control[0][2])
                        number = octets[1] * PORTS + index[key.fileobj]
                        self.answers[number] = (seconds + nanoseconds / 1e9, octets[0])


def click(web: int, nas: Nas, numbers: list[int], rate: float) -> dict[int, float]:
    """Presses Approve for these, so many a second; when each POST was sent."""
    connection = http.client.HTTPConnection("127.0.0.1", web)
    head = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    clicked = {}
    began = time.monotonic()
    for turn, number in enumerate(numbers):
        time.sleep(max(began + turn / rate - time.monotonic(), 0.0))
        clicked[number] = time.time()
        connection.request("POST", nas.links[number], "decision=approve", head)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 303:
            sys.exit(f"the page answered {answer.status}")
    connection.close()
    return clicked


def beside(load: Load, port: int, seconds: float) -> list[tuple[str, float, int]]:
    """For so long, Status-Server and ordinary logins, 50 a second each: the slowest in ms, and how many had no answer."""
    common = ("-r", "50", "-d", str(seconds), "-c", "64", "-t", "5", "--source", PLAIN)
    kinds = {"Status-Server": ("--status",), "ordinary login": ("-u", "user%06d", "-N", str(USERS))}
    with ThreadPoolExecutor(2) as both:
        runs = {kind: both.submit(load, port, *common, *options) for kind, options in kinds.items()}
        return [(kind, run.result()["exchange_ms"]["max"], run.result()["lost"]) for kind, run in runs.items()]


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def until(holds, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


class Report:
    """Figures and whether each target is met."""

    def __init__(self) -> None:
        self.met = True

    def tell(self, what: str, figure: float, target: float, unit: str) -> None:
        good = figure <= target
        self.met = self.met and good
        print(f"{what}: {figure:.2f} {unit}; target {target:g}: {'met' if good else 'MISSED'}", flush=True)

    def beside(self, phase: str, slowest: list[tuple[str, float, int]]) -> None:
        for kind, milliseconds, lost in slowest:
            self.tell(f"slowest {kind} while {phase}", milliseconds, BESIDE_MS, "ms")
            if lost:
                self.met = False
                print(f"  and {lost} had no answer")


def measure(folder: Path, load: Load, asked: argparse.Namespace) -> bool:
    port, web, links = free_port(), free_port(socket.SOCK_STREAM), free_port()
    server = Server("radiusd", radiusd(folder / "0", port, web, links), port, folder / "0.log")
    report, nas = Report(), None
    everybody = ("-u", "user%06d", "-N", str(USERS), "--source", PLAIN)
    try:
        server.until_ready(load, *everybody)
        load(port, *everybody, "-n", str(USERS), "-c", "4", "-t", "30")
        nas = Nas(port, links, asked.held)
        time.sleep(1.0)
        before = server.resident()
        with ThreadPoolExecutor(1) as meanwhile:
            arriving = meanwhile.submit(beside, load, port, asked.held / asked.arrive)
            nas.send(asked.arrive)
            if not until(lambda: len(nas.links) == asked.held):
                print(f"only {len(nas.links)} of {asked.held} links came; {len(nas.answers)} answers", file=sys.stderr)
                return False
            report.beside("requests arrive", arriving.result())
        time.sleep(1.0)
        each = (server.resident() - before) * 1024 / asked.held
        print(
            f"{asked.held:,} held, {len(nas.answers)} of them answered; {before:.0f} MiB before, {server.resident():.0f} with them"
        )
        report.tell("memory of each", each, KIB_EACH, "KiB")
        report.beside("they are held", beside(load, port, 5.0))
        numbers = sorted(nas.links)[:: max(asked.held // asked.clicks, 1)][: asked.clicks]
        with ThreadPoolExecutor(1) as meanwhile:
            clicking = meanwhile.submit(beside, load, port, asked.clicks / asked.rate)
            clicked = click(web, nas, numbers, asked.rate)
            until(lambda: all(number in nas.answers for number in clicked), 5.0)
            report.beside("managers click", clicking.result())
        late = [
            (nas.answers[n][0] - at) * 1000 for n, at in clicked.items() if n in nas.answers and nas.answers[n][1] == 2
        ]
        print(f"{len(clicked):,} clicks, {asked.rate:g} a second; {len(late):,} Accepts, p50 {quantile(late, 0.5):.2f} ms, "
              f"slowest {max(late):.2f} ms")  # fmt: skip
        report.tell("click to Accept, p99", quantile(late, 0.99), CLICK_MS, "ms")
        if len(late) != len(clicked) or len(nas.answers) != len(clicked):
            print(f"{len(nas.answers)} answers to {len(clicked)} clicks", file=sys.stderr)
            return False
    finally:
        if nas is not None:
            nas.close()
        server.stop()
    return is_complete(folder / "0" / "radiusd.db", asked.held, len(clicked)) and report.met


def is_complete(path: Path, held: int, clicks: int) -> bool:
    """Whether the database has each approval, and an Accept for each click."""
    database = sqlite3.connect(path)
    approvals, used = database.execute("select count(*), count(used_at) from approvals").fetchone()
    database.close()
    print(f"approvals in the database: {approvals:,}, of which {used:,} let somebody in")
    return (approvals, used) == (held, clicks)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--held", type=int, default=10_000, help="at most 25,600")
    arguments.add_argument("--arrive", type=float, default=200.0, help="so many a second")
    arguments.add_argument("--clicks", type=int, default=1000)
    arguments.add_argument("--rate", type=float, default=50.0, help="clicks a second")
    asked = arguments.parse_args()
    sys.setswitchinterval(0.0005)
    print(circumstances(), flush=True)
    with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as name:
        folder = Path(name)
        return 0 if measure(folder, loader(folder), asked) else 1


if __name__ == "__main__":
    sys.exit(main())
