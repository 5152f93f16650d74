"""The real `radiusd` as processes of its own: commands that end, and a server that runs until the test is over."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.servers.typist import Typist

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "radiusd")
SECRET = "correct horse battery"
READY = "radiusd is ready"
LISTENERS = ("authentication", "accounting", "web")
START_SECONDS = 30.0

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


@cache
def typist() -> Typist:
    """One for each process of the tests."""
    return Typist()


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
        given = input.encode("utf-8", "surrogateescape")
        code, out, err = typist().run(list(words), self.path, self.env(environment), given)
        return Done(code, out.decode(), err.decode())

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
    """A port for each listener that nothing uses at this moment, UDP and TCP alike.

    Below those that the system hands out by itself: else some other socket has it before the server.
    """
    ports: dict[str, int] = {}
    while len(ports) < len(LISTENERS):
        port = random.randrange(16_000, 32_000)
        if port not in ports.values() and all(_is_free(port, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)):
            ports[LISTENERS[len(ports)]] = port
    return ports


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def folder(path: Path, yaml: str = YAML) -> Folder:
    """A folder with that radius.yaml, the ports of which are free ones."""
    ports = free_ports()
    (path / "radius.yaml").touch(0o600)
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
