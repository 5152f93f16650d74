"""Never dies, never lies: what was answered is there, and health, `on_outage` and Status-Server tell the truth (X35 to X43).

Each cause three times, with SIGHUP in its midst; the worst of each figure is told at the end.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from radiusd.nas.asking import Nas, NoReply
from radiusd.process import pidfile
from tests.flows.corp import yaml_of
from tests.pages.test_health import ask
from tests.servers.daemon import COMMAND, SECRET, START_SECONDS, Folder, free_ports
from tests.servers.mailbox import mailbox
from tests.servers.postgres import running_postgres
from tests.servers.running import DICTIONARY, until
from tests.servers.slapd import slapd
from tests.servers.small_disk import small_disk

pytestmark = pytest.mark.proof

RUNS = 3
EVERY = 0.1  # seconds between two questions of a kind
BEFORE, DURING, AFTER = 1.0, 5.0, 3.0  # seconds
SOON = 2.0  # an outage shows within so many
AGAIN = 1.0  # and is over within so many
MARGIN = 0.4  # of a machine with others on it, and of asking now and then
IDLE, FILES = 1200, 1024
DATABASE = "the database is gone"
NOTHING = "nobody notices"

YAML = f"""
listen: {{authentication: [127.0.0.1:AUTHENTICATION], accounting: [], web: [127.0.0.1:WEB], health: [127.0.0.1:HEALTH]}}
database: "DATABASE"
clients:
  nas: {{address: 127.0.0.1, secret: "{SECRET}", application: vpn}}
  quiet: {{address: 127.0.0.9, secret: "{SECRET}", application: vpn, on_outage: discard}}
  coded: {{address: 127.0.0.8, secret: "{SECRET}", application: coded}}
directories:CORP
  local: {{type: local}}
mail_servers:
  box: {{host: 127.0.0.1, port: SMTP, encryption: none, from_address: mfa@example.org}}
profiles:
  plain: {{method: password, directories: [local]}}
  by-mail: {{method: mail_otp, directories: [corp], mail_servers: [box], message: "{{{{ code }}}}"}}
applications:
  vpn: {{profiles: [plain]}}
  coded: {{profiles: [by-mail]}}
security: {{reject_delay: 0s}}
blocking: {{enabled: false}}
"""
WORST: dict[tuple[str, str], float] = {}


@dataclass
class Answer:
    """To one question. `what` is "" where there was none."""

    sent: float
    took: float
    what: str
    station: str = ""


@dataclass
class Watched:
    """A running server, asked all the time by a NAS of each kind and by a monitor."""

    place: Folder
    process: subprocess.Popen
    answers: dict[str, list[Answer]] = field(
        default_factory=lambda: {"people": [], "quiet": [], "status": [], "ready": [], "health": []}
    )
    _asked: int = 0

    def nas(self, source="127.0.0.1", timeout=8.0):
        address = ("127.0.0.1", self.place.ports["authentication"])
        return Nas(address, secret=SECRET.encode(), dictionary=DICTIONARY, source=source, timeout=timeout, tries=1)

    async def sign_in(self, nas, station):
        reply = await nas.asks(User_Name="ann", User_Password="long tulip 9", Calling_Station_Id=station)
        return reply.code

    async def ready(self, port):
        try:
            async with asyncio.timeout(5.0):
                return str((await ask(self.place.ports[port], "/readyz"))[0])
        except (OSError, IndexError) as error:  # IndexError: closed without a word
            return type(error).__name__

    async def ask(self, kind):
        self._asked += 1
        station, sent = f"station-{self._asked}", time.monotonic()
        asks = {
            "people": lambda: self.sign_in(self.nas(), station),
            "quiet": lambda: self.sign_in(self.nas("127.0.0.9", 2.0), station),
            "status": self.status,
            "ready": lambda: self.ready("web"),
            "health": lambda: self.ready("accounting"),
        }
        try:
            what = await asks[kind]()
        except NoReply:
            what = ""
        self.answers[kind].append(Answer(sent, time.monotonic() - sent, what, station))

    async def status(self):
        return (await self.nas(timeout=2.0).status()).code

    async def watch(self):
        """Until it is cancelled; then all that was asked is waited for."""
        asking = set()
        try:
            while True:
                for kind in self.answers:
                    task = asyncio.ensure_future(self.ask(kind))
                    asking.add(task)
                    task.add_done_callback(asking.discard)
                await asyncio.sleep(EVERY)
        finally:
            await asyncio.gather(*asking)

    def between(self, kind, begin, end):
        return [each for each in self.answers[kind] if begin <= each.sent < end]

    def accepted(self):
        return {
            each.station for kind in ("people", "quiet") for each in self.answers[kind] if each.what == "Access-Accept"
        }

    def reloads(self):
        found = next(iter(self.place.path.rglob("*.pid")))
        return pidfile.running(found).reloads


@contextmanager
def started(place, command=(*COMMAND, "run"), **streams):
    added = place.radiusd("user", "add", "ann", "--password-stdin", input="long tulip 9\n")
    assert added.code == 0, added.err
    out = (place.path / "out.txt").open("wb")
    with (
        out,
        subprocess.Popen(
            command, cwd=place.path, env=place.env(), stdin=subprocess.DEVNULL, stdout=out, **streams
        ) as process,
    ):
        try:
            end = time.monotonic() + START_SECONDS
            while "radiusd is ready" not in (place.path / "out.txt").read_text():
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.05)
            yield Watched(place, process)
            process.terminate()
            assert process.wait(20) == 0
        finally:
            process.kill()


def folder(path, database, corp, box):
    ports = free_ports()
    place = Folder(path, ports)
    yaml = yaml_of(corp, YAML).replace("SMTP", str(box.port)).replace("DATABASE", database)
    for name, listener in (("AUTHENTICATION", "authentication"), ("WEB", "web"), ("HEALTH", "accounting")):
        yaml = yaml.replace(name, str(ports[listener]))
    place.yaml.write_text(yaml)
    return place


async def tried(radiusd, cause, effect, name):
    """`cause` is a context; what it did is checked against the effect."""
    watching = asyncio.ensure_future(radiusd.watch())
    await asyncio.sleep(BEFORE)
    before = radiusd.reloads()
    stack = ExitStack()
    at = time.monotonic()
    await asyncio.to_thread(stack.enter_context, cause)
    begin = time.monotonic()
    await asyncio.sleep(DURING / 2)
    radiusd.process.send_signal(signal.SIGHUP)
    await asyncio.sleep(DURING / 2)
    yield_to = time.monotonic()
    await asyncio.to_thread(stack.close)
    end = time.monotonic()
    await asyncio.sleep(AFTER)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert radiusd.process.poll() is None, "it ended"
    await until(lambda: radiusd.reloads() == before + 1)
    calm(radiusd, at)
    if effect == DATABASE:
        gone(radiusd, begin, yield_to, name)
    else:
        unnoticed(radiusd, at, end, name)
    back(radiusd, end, name)


def told(name, figure, value):
    WORST[name, figure] = max(value, WORST.get((name, figure), 0.0))


def calm(radiusd, begin):
    """Before anything happened."""
    for kind, expected in GOOD.items():
        assert {each.what for each in radiusd.between(kind, 0, begin - MARGIN)} == {expected}, kind


GOOD = {"people": "Access-Accept", "quiet": "Access-Accept", "status": "Access-Accept", "ready": "200", "health": "200"}
OUT = {"people": "Access-Reject", "quiet": "", "status": "", "ready": "503", "health": "503"}


def gone(radiusd, begin, end, name):
    for kind, expected in OUT.items():
        asked = radiusd.between(kind, begin, end - MARGIN)
        late = [each.sent - begin for each in asked if each.what != expected]
        told(name, f"{kind}: {expected or 'silence'} from", max(late, default=0.0))
        assert max(late, default=0.0) <= SOON + MARGIN, (name, kind, max(late))
        assert [each for each in asked if each.sent > begin + SOON + MARGIN], "nothing was asked"
    people = radiusd.between("people", begin - 1.0, end)
    assert all(each.what for each in people), "somebody got no answer"
    told(name, "longest wait for an answer", max(each.took for each in people))
    assert max(each.took for each in people) <= SOON + MARGIN


def unnoticed(radiusd, begin, end, name):
    for kind, expected in GOOD.items():
        asked = radiusd.between(kind, begin, end)
        assert {each.what for each in asked} == {expected}, (name, kind, {each.what for each in asked})
        told(name, f"{kind}: longest wait", max(each.took for each in asked))


def back(radiusd, end, name):
    for kind, expected in GOOD.items():
        asked = radiusd.between(kind, end, end + AFTER)
        # Over all that came earlier.
        first = min(each.sent + each.took for each in asked if each.what == expected) - end
        told(name, f"{kind}: again after", first)
        assert first <= AGAIN, (name, kind, first)
        assert {each.what for each in radiusd.between(kind, end + AGAIN, end + AFTER - 1.5)} <= {expected}, (name, kind)


def nothing_is_lost(radiusd, rows):
    """Every Access-Accept that was sent has its row."""
    accepted = radiusd.accepted()
    assert len(accepted) > 20
    missing = accepted - {station for station, outcome in rows if outcome == "accept"}
    assert not missing, f"{len(missing)} of {len(accepted)} that were let in are not in the audit"


def sqlite_rows(path):
    database = sqlite3.connect(path)
    try:
        return database.execute("select station, outcome from audit").fetchall()
    finally:
        database.close()


@pytest.fixture(scope="module", autouse=True)
def the_worst(request):
    """Of all runs, in seconds: told when all are over."""
    yield
    terminal = request.config.pluginmanager.getplugin("terminalreporter")
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        terminal.ensure_newline()
        for (name, figure), value in sorted(WORST.items()):
            terminal.write_line(f"{name:<28} {figure:<40} {value:6.2f} s")


@pytest.fixture(scope="module")
def corp():
    with slapd(users=10) as server:
        yield server


@pytest.fixture
async def box():
    async with mailbox() as box:
        yield box


@pytest.fixture(params=range(RUNS))
def run(request):
    return request.param


@contextmanager
def filled(disk):
    disk.fill()
    yield
    disk.free()


@pytest.mark.parametrize("log", ["there", "elsewhere"])
async def test_disk_full(tmp_path, corp, box, run, log):
    with small_disk(tmp_path / "disk") as disk:
        place = folder(tmp_path, f"sqlite:///{disk.path}/radiusd.db", corp, box)
        where = (disk.path if log == "there" else tmp_path) / "log"
        with where.open("wb") as file, started(place, stderr=file) as radiusd:
            await tried(radiusd, filled(disk), DATABASE, f"disk full, log {log}")
        nothing_is_lost(radiusd, sqlite_rows(disk.path / "radiusd.db"))


@contextmanager
def killed(reader, number):
    reader.send_signal(number)
    yield
    if number == signal.SIGSTOP:
        reader.send_signal(signal.SIGCONT)


def log_reader():
    return subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_log_reader_gone(tmp_path, corp, box, run, number):
    place = folder(tmp_path, f"sqlite:///{tmp_path}/radiusd.db", corp, box)
    with log_reader() as reader:
        with started(place, stderr=reader.stdin) as radiusd:
            reader.stdin.close()
            await tried(radiusd, killed(reader, number), NOTHING, f"log's reader: {number.name}")
        reader.kill()
    nothing_is_lost(radiusd, sqlite_rows(tmp_path / "radiusd.db"))


@contextmanager
def idle_connections(port):
    with ExitStack() as stack:
        for number in range(IDLE):
            here = f"127.1.{number // 200}.{number % 200 + 1}"
            stack.enter_context(socket.create_connection(("127.0.0.1", port), source_address=(here, 0)))
        yield


async def test_idle_connections(tmp_path, corp, box, run):
    """And LDAP and a mail server that nobody had to be connected to before."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    place = folder(tmp_path, f"sqlite:///{tmp_path}/radiusd.db", corp, box)
    command = ["sh", "-c", f'ulimit -S -n {FILES}; exec "$@"', "sh", *COMMAND, "run"]
    with (tmp_path / "log").open("wb") as log, started(place, command, stderr=log) as radiusd:
        trying = asyncio.ensure_future(
            tried(radiusd, idle_connections(place.ports["web"]), NOTHING, f"{IDLE} idle connections")
        )
        await asyncio.sleep(BEFORE + DURING / 2)
        nas = radiusd.nas("127.0.0.8")
        asked = await nas.asks(User_Name="user000001", User_Password="password")
        assert asked.code == "Access-Challenge"
        await until(lambda: box.of("user000001@example.org"))
        code = box.of("user000001@example.org")[-1].strip()
        assert (
            await nas.asks(User_Name="user000001", User_Password=code, State=asked["State"])
        ).code == "Access-Accept"
        await trying
    nothing_is_lost(radiusd, sqlite_rows(tmp_path / "radiusd.db"))
    assert (tmp_path / "log").stat().st_size < 100_000


@contextmanager
def stopped(server):
    server.stop()
    yield
    server.start()


@contextmanager
def frozen(server):
    server.signal_all(signal.SIGSTOP)
    yield
    server.signal_all(signal.SIGCONT)


@pytest.mark.parametrize("cause", [stopped, frozen])
async def test_postgresql(tmp_path, corp, box, run, cause):
    with running_postgres() as server:
        url = server.new_database()
        place = folder(tmp_path, url, corp, box)
        with (tmp_path / "log").open("wb") as log, started(place, stderr=log) as radiusd:
            await tried(radiusd, cause(server), DATABASE, f"PostgreSQL {cause.__name__}")
        with psycopg.connect(url) as database:
            nothing_is_lost(radiusd, database.execute("select station, outcome from audit").fetchall())
