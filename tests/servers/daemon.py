"""The real `radiusd` as processes of its own: commands that end, and a server that runs until the test is over."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "radiusd")
SECRET = "correct horse battery"
READY = "radiusd is ready"
START_SECONDS = 30.0
COMMAND_SECONDS = 60.0

YAML = """
listen:
  authentication: [127.0.0.1:{authentication}]
  accounting: [127.0.0.1:{accounting}]
  web: [127.0.0.1:{web}]
phone_country: TR
time_zone: Europe/Istanbul
clients:
  nas: {{address: 127.0.0.0/8, secret: "correct horse battery", application: vpn}}
directories:
  local: {{type: local}}
profiles:
  password-only: {{method: password, directories: [local]}}
applications:
  vpn: {{profiles: [password-only]}}
security: {{reject_delay: 0s}}
"""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Folder:
    """A folder with a radius.yaml, in which commands are typed."""

    path: Path
    ports: dict[str, int]
    environment: dict[str, str] = field(default_factory=dict)

    def radiusd(self, *words: str, input: str = "", environment: dict[str, str] | None = None) -> Done:  # noqa: A002
        """Runs `radiusd WORDS` to its end."""
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=self.path,
            env=self.env(environment),
            input=input.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def env(self, more: dict[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            **self.environment,
            **(more or {}),
        }

    @property
    def yaml(self) -> Path:
        return self.path / "radius.yaml"


@dataclass
class Daemon(Folder):
    """A running `radiusd run`. `out` and `err` are what it has written so far."""

    process: subprocess.Popen[bytes] = None  # type: ignore[assignment] # set by `daemon`

    @property
    def out(self) -> str:
        return (self.path / "out.txt").read_text()

    @property
    def err(self) -> str:
        return (self.path / "err.txt").read_text()

    def wait_for(self, text: str, seconds: float = 10.0) -> None:
        """Waits until its log has that text."""
        end = time.monotonic() + seconds
        while text not in self.err:
            assert time.monotonic() < end, f"the log never had {text!r}:\n{self.err}"
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(15)


def free_ports() -> dict[str, int]:
    """A port for each listener that nothing uses at this moment, UDP and TCP alike."""
    ports: dict[str, int] = {}
    held = []
    for name in ("authentication", "accounting", "web"):
        tcp = socket.socket()
        tcp.bind(("127.0.0.1", 0))
        held.append(tcp)
        ports[name] = tcp.getsockname()[1]
    for each in held:
        each.close()
    return ports


def folder(path: Path, yaml: str = YAML) -> Folder:
    """A folder with that radius.yaml, the ports of which are free ones."""
    ports = free_ports()
    (path / "radius.yaml").write_text(yaml.format(**ports))
    return Folder(path, ports)


@contextmanager
def daemon(place: Folder, *words: str) -> Iterator[Daemon]:
    """`radiusd run` in that folder, once it is ready."""
    with (place.path / "out.txt").open("wb") as out, (place.path / "err.txt").open("wb") as err:
        process = subprocess.Popen(
            [*COMMAND, "run", *words], cwd=place.path, env=place.env(), stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
    running = Daemon(place.path, place.ports, place.environment, process)
    try:
        end = time.monotonic() + START_SECONDS
        while READY not in running.out:
            assert process.poll() is None, f"radiusd ended with {process.returncode}:\n{running.out}{running.err}"
            assert time.monotonic() < end, f"radiusd is not ready:\n{running.out}{running.err}"
            time.sleep(0.02)
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
