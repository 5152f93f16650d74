"""Servers that run beside each other, the load on them, and what the machine and the interpreter are."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
REQUEST = ["--attr", "4=ip:127.0.0.1", "--attr", "5=int:7", "--attr", "32=str:gateway", "--attr", "31=str:192.0.2.77"]

# A checkout works too whose environment has the libraries alone.
sys.path.insert(0, str(HERE.parent))
os.environ["PYTHONPATH"] = str(HERE.parent)

Load = Callable[..., dict]

FAULTS = ("lost", "bad_authenticator", "bad_message_authenticator", "malformed")


class Server:
    """One that runs, on a port of its own, from a checkout. It counts the Accepts that it answered."""

    def __init__(self, name: str, command: list[str], port: int, log: Path, checkout: Path = HERE.parent) -> None:
        self.name = name
        self.port = port
        self.runs: list[dict] = []
        self.accepts = 0
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, cwd=checkout, start_new_session=True,
                env=os.environ | {"PYTHONPATH": str(checkout)},
            )  # fmt: skip

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def until_ready(self, load: Load, *options: str, seconds: float = 30.0) -> None:
        """Returns once a login succeeds; ends the program where none does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if self.count(load(self.port, *options, "-n", "1", "-t", "1"))["replies"]["accept"]:
                return
            time.sleep(0.2)
        self.give_up("does not answer")

    def give_up(self, why: str) -> NoReturn:
        sys.exit(f"{self.name} {why}:\n{self._log.read_text()[-3000:]}")

    def count(self, run: dict) -> dict:
        self.accepts += run["replies"]["accept"]
        return run

    def measure(self, load: Load, *options: str) -> dict:
        before, loop = self.cpu(), self.loop()
        run = self.count(load(self.port, *options))
        run["cpu"], run["loop"] = self.cpu() - before, self.loop() - loop
        self.runs.append(run)
        lost = {key: run[key] for key in FAULTS if run[key]}
        if not run["replies"]["accept"]:
            self.give_up("lets nobody in")
        if lost or run["replies"]["accept"] != run["finished"]:
            print(f"{self.name}: {lost} {run['replies']}", file=sys.stderr)
        return run

    def cpu(self) -> float:
        """Seconds of user and system time so far, of all its processes."""
        total, todo = 0, [self.process.pid]
        while todo:
            each = Path("/proc", str(todo.pop()))
            fields = (each / "stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
            for task in (each / "task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        return total / TICKS

    def loop(self) -> float:
        """Seconds that its first thread has run, on which an asyncio loop is."""
        pid = self.process.pid
        return int(Path("/proc", str(pid), "task", str(pid), "schedstat").read_text().split()[0]) / 1e9

    def resident(self) -> float:
        """MiB of the first process."""
        status = Path("/proc", str(self.process.pid), "status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def loader(folder: Path) -> Load:
    """A function of port and radload's options: the figures of one run."""
    program = folder / "radload"
    subprocess.run(["gcc", "-O2", "-o", program, HERE / "radload.c"], check=True)
    common = [program, "--json", "-s", "testing123", "-P", "password", *REQUEST]

    def load(port: int, *options: str) -> dict:
        done = subprocess.run([*common, *options, f"127.0.0.1:{port}"], capture_output=True, text=True, check=False)
        if not done.stdout:
            sys.exit(f"radload: {done.stderr}")
        return json.loads(done.stdout)

    return load


def build() -> str:
    """How the interpreter was built: one without PGO is slower by a quarter to a half."""
    names = ("CONFIG_ARGS", "PY_CORE_CFLAGS", "PY_CFLAGS_NODIST")
    flags = " ".join(str(sysconfig.get_config_var(name)) for name in names)
    if "--enable-optimizations" in flags or "-fprofile-use" in flags:
        return "PGO"
    # Debian's packaging asks for PGO at `make`, which leaves no trace in the variables.
    return "PGO by Debian" if os.path.realpath(sys.executable).startswith("/usr/bin/python3") else "no PGO"


def circumstances() -> str:
    """Interpreter and machine, for whoever compares figures."""
    interpreter = f"Python {platform.python_version()}, {os.path.realpath(sys.executable)}, {platform.python_compiler()}, {build()}"
    models = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    machine = f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), kernel {platform.release()}"
    return f"{interpreter}\nCONFIG_ARGS: {sysconfig.get_config_var('CONFIG_ARGS')}\n{machine}"
