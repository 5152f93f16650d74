"""A desk at which the commands of a page are typed: real commands, a real server, a real mail server beside it.

`radiusd` there is a short program that hands its words, its folder and its terminal to the tests, which run them in a
process that has imported everything already, and a server (`radiusd run`) in one that stays until the page is over.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from tests.docs.pages import Block
from tests.servers.daemon import COMMAND, READY, ROOT, START_SECONDS, free_ports, typist
from tests.servers.terminal import terminal

MOST_AT_ONCE = 4  # commands of a pipe
COMPLAINT = "radiusd: "  # with which a command ends that can not go on
PORTS = {1812: "authentication", 1813: "accounting", 8080: "web"}
SHIM = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as tests:
    tests.connect({socket!r})
    order = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(tests, [len(order).to_bytes(4, "big")], [0, 1, 2])
    tests.sendall(order)
    code = tests.recv(4)
    sys.exit(int.from_bytes(code, "big", signed=True) if code else "the tests have gone")
"""
REFERENCE = re.compile(r"Ref ([0-9A-HJKMNP-TV-Z]{8})")
AT_ONCE = "security: {reject_delay: 0s}\n"  # refusals need not be waited for
TALKING = {"login", "simulate", "reload", "--live", "invite"}  # of commands that want a server
EXAMPLE = re.compile(r"\b(7K3QX9MB|REF)\b")
ASKS = re.compile(r"([^\n]*): $")
Answer = Callable[[str], str | None]
"""What is typed where a command asks, None where that is not known."""


class Desk:
    """`shown` is what all commands have shown so far."""

    def __init__(self, scratch: Path, answer: Answer) -> None:
        self.folder = scratch / "desk"
        self.bin = scratch / "bin"
        self.ports = free_ports()
        self.shown = ""
        self.is_served = False  # a server is started for the first command that wants one
        self._scratch = scratch
        self._answer = answer
        self._typing = threading.Lock()
        self._servers: list[int] = []
        self._environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(scratch),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "PYTHONPATH": str(ROOT),
        }
        for each in (self.folder, self.bin):
            each.mkdir()
        shim = self.bin / "radiusd"
        shim.write_text(SHIM.format(python=sys.executable, socket=str(scratch / "socket")))
        shim.chmod(0o755)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.on_our_ports(text))

    def radiusd_alone(self, *words: str, given: str = "") -> None:
        """A command that is not of the page; what it shows counts all the same."""
        with TemporaryFile() as typed, TemporaryFile() as out:
            typed.write(given.encode())
            typed.seek(0)
            self.radiusd(list(words), self.folder, self._environment, [typed.fileno(), out.fileno(), out.fileno()])
            out.seek(0)
            self.shown += out.read().decode()

    def types(self, block: Block) -> None:
        """Runs a block as one script of bash, in the folder and with the variables that the last one left."""
        text = self.on_our_ports(block.text)
        if self.is_served and not self._servers and re.search(r"\b(radclient|curl)\b", text):
            self.radiusd_alone("run")
        if EXAMPLE.search(text):
            if not REFERENCE.search(self.shown):
                self.radiusd_alone("login", "ann", "--password-stdin", given="wrong\n")
            text = EXAMPLE.sub(REFERENCE.findall(self.shown)[-1], text)
        left = self._scratch / "left"
        script = f"trap 'pwd >{left}; env -0 >>{left}' EXIT\nset -eo pipefail\n{text}"
        with terminal(["bash", "-c", script], self.folder, self._environment, block.ends) as shown:
            while shown.reads():
                asked = ASKS.search(shown.shown, shown.answered)
                if asked:
                    answer = self._answer(asked[1])
                    assert answer is not None, f"nobody knows what to answer:\n{shown.shown}"
                    shown.types(answer)
        self.shown += shown.shown
        folder, _, variables = left.read_text().partition("\n")
        self.folder = Path(folder)
        self._environment = dict(each.split("=", 1) for each in variables.split("\0") if each)

    def on_our_ports(self, text: str) -> str:
        """The text with free ports in place of the usual ones, which others may use."""
        text = re.sub(r"127\.0\.0\.1 auth\b", f"127.0.0.1:{self.ports['authentication']} auth", text)
        for port, listener in PORTS.items():
            text = re.sub(
                rf'(0\.0\.0\.0|127\.0\.0\.1):{port}\b(, "\[::1?\]:{port}")?', f"127.0.0.1:{self.ports[listener]}", text
            )
        return text

    def radiusd(self, words: list[str], folder: Path, environment: dict[str, str], streams: list[int]) -> int:
        """Runs it, for a command of the terminal."""
        yaml = folder / "radius.yaml"
        if yaml.is_file() and (text := yaml.read_text()) != (ours := self.on_our_ports(text)):
            yaml.write_text(ours + AT_ONCE)
        if "run" in words[:3]:
            return self._serve(words, folder, environment, streams[1])
        if self.is_served and not self._servers and set(words) & TALKING:
            self.radiusd_alone("run")
        if not self._typing.acquire(blocking=False):  # a second one at once, of a pipe or in the background
            of = dict(zip(("stdin", "stdout", "stderr"), streams, strict=True))
            return subprocess.run([*COMMAND, *words], cwd=folder, env=environment, check=False, **of).returncode
        try:
            return typist().pass_on(words, folder, environment, streams)
        finally:
            self._typing.release()

    def _serve(self, words: list[str], folder: Path, environment: dict[str, str], out: int) -> int:
        """Starts a server in place of the one before; 0 once it is ready, and what it showed until then is shown."""
        self.close()
        log = self._scratch / "server"
        with log.open("wb") as file, Path(os.devnull).open() as nothing, self._typing:
            streams = [nothing.fileno(), file.fileno(), file.fileno()]
            self._servers.append(typist().start(words, folder, environment, streams))
        end = time.monotonic() + START_SECONDS
        while READY not in (shown := log.read_text()) and COMPLAINT not in shown and time.monotonic() < end:
            time.sleep(0.02)
        os.write(out, shown.encode())
        return int(READY not in shown)

    def close(self) -> None:
        while self._servers:
            with self._typing:
                typist().end(self._servers.pop())


@contextmanager
def desk(scratch: Path, answer: Answer) -> Iterator[Desk]:
    """Until the page is over; its servers end with it."""
    made = Desk(scratch, answer)
    with socket.socket(socket.AF_UNIX) as orders, ThreadPoolExecutor(MOST_AT_ONCE + 1) as threads:
        orders.bind(str(scratch / "socket"))
        orders.listen()
        listening = threads.submit(_listen, orders, made, threads)
        try:
            yield made
        finally:
            made.close()
            orders.shutdown(socket.SHUT_RDWR)
            listening.result()


def _listen(orders: socket.socket, made: Desk, threads: ThreadPoolExecutor) -> None:
    """Runs what each shim asks for, until the socket is closed."""
    while True:
        try:
            shim, _address = orders.accept()
        except OSError:
            return
        threads.submit(_obey, shim, made)


def _obey(shim: socket.socket, made: Desk) -> None:
    """One command; where it can not be run the shim is told nothing, and fails."""
    with shim:
        head, streams, _flags, _from = socket.recv_fds(shim, 4, 3)
        try:
            octets = shim.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
            words, folder, environment = json.loads(octets)
            code = made.radiusd(words, Path(folder), environment, streams)
        finally:
            for stream in streams:
                os.close(stream)
        shim.sendall(code.to_bytes(4, "big", signed=True))


def clone(made: Desk) -> None:
    """Puts what a clone has into `radiusd/`, with what `make run` installs there: the command."""
    folder = made.folder / "radiusd"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "setup.cfg", "pyproject.toml", "constraints.txt", "radius.yaml"):
        shutil.copyfile(ROOT / name, folder / name)
    for name in ("radiusd", "python"):
        (folder / ".venv" / "bin" / name).symlink_to(made.bin / "radiusd")
    (folder / ".venv" / ".installed").touch()
