"""A real PostgreSQL on a free loopback port, run as another user where the tests run as root, gone with its folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

LIFE = "2700"  # seconds after which it ends, whatever became of the tests
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 32MB
max_connections = 60
fsync = off
deadlock_timeout = 100ms
"""


class Postgres:
    """One server. `stop` and `start` may be called as often as a test wants an outage."""

    def __init__(self, folder: Path, rules: str) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            self._as = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self.port = _free_port()
        self._databases = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._run(
            [
                _binary("initdb"),
                "-D",
                str(self._data),
                "-A",
                "trust",
                "-U",
                "radius",
                "-E",
                "UTF8",
                "--no-sync",
                "--locale",
                "C.UTF-8",
            ]
        )
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS)
        if rules:
            (self._data / "pg_hba.conf").write_text(rules)

    def start(self) -> None:
        """Accepts connections when it returns."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                ["timeout", "-s", "INT", LIFE, _binary("postgres"), "-D", str(self._data), "-p", str(self.port)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self._folder,
                start_new_session=True,
                **self._as,
            )
        end = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Ends every connection at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def new_database(self) -> str:
        """The URL of an empty database, as radius.yaml's `database` has it."""
        self._databases += 1
        name = f"radius{self._databases}"
        self.execute(f"CREATE DATABASE {name}")
        return f"postgresql://radius@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str) -> None:
        """As the superuser."""
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def processes(self) -> list[int]:
        """The server's own and those of its connections."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text()
        return [first, *map(int, children.split())]

    def signal_all(self, number: int) -> None:
        """SIGSTOP: it takes connections, since the kernel does, and answers nothing."""
        for process in self.processes():
            os.kill(process, number)

    def _conninfo(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=radius dbname={database} connect_timeout=5"

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, timeout=60, **self._as)  # type: ignore[call-overload]


def _binary(name: str) -> str:
    """Debian keeps the server's programs out of PATH."""
    found = [str(path / name) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin")) if (path / name).exists()]
    return found[-1] if found else shutil.which(name) or name


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running_postgres(rules: str = "") -> Iterator[Postgres]:
    """A started server, with `rules` as its pg_hba.conf. Not in pytest's own folders: those are closed to other users."""
    with tempfile.TemporaryDirectory(prefix="radiusd-postgres-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder), rules)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One for each worker of pytest-xdist; tests take a database of their own."""
    with running_postgres() as server:
        yield server
