"""Runs `radiusd` commands, each in a process of its own, forked of one that has imported everything already.

Importing takes a command ten times as long as its work. What is tested is the same: arguments, standard streams,
environment, current folder and exit code of a process.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND_SECONDS = 60.0


class Typist:
    """Started with the first command, ended with the tests' process."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        words = [sys.executable, "-m", "tests.servers.typist", str(theirs.fileno())]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        # Without the terminal of the tests: a command that asks for a password would ask there.
        self._process = subprocess.Popen(
            words, cwd=ROOT, env=environment, pass_fds=[theirs.fileno()], start_new_session=True
        )
        theirs.close()
        self._socket.settimeout(COMMAND_SECONDS)
        atexit.register(self.close)

    def run(
        self, words: list[str], folder: Path, environment: dict[str, str], given: bytes
    ) -> tuple[int, bytes, bytes]:
        """Exit code, standard output and standard error of `radiusd WORDS`."""
        with tempfile.TemporaryFile() as typed, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            typed.write(given)
            typed.seek(0)
            code = self.pass_on(words, folder, environment, [typed.fileno(), out.fileno(), err.fileno()])
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()

    def pass_on(self, words: list[str], folder: Path, environment: dict[str, str], streams: list[int]) -> int:
        """Exit code of `radiusd WORDS`, which has those three for its standard streams."""
        order = {"words": words, "folder": str(folder), "environment": environment}
        return self._order(order, streams)

    def start(self, words: list[str], folder: Path, environment: dict[str, str], streams: list[int]) -> int:
        """The number of the process of `radiusd WORDS`, which goes on; `end` ends it."""
        order = {"words": words, "folder": str(folder), "environment": environment, "stays": True}
        return self._order(order, streams)

    def end(self, process: int) -> int:
        """Exit code of a process that `start` has started, after a SIGTERM."""
        return self._order({"end": process}, [])

    def _order(self, order: dict[str, Any], streams: list[int]) -> int:
        text = json.dumps(order).encode()
        socket.send_fds(self._socket, [len(text).to_bytes(4, "big") + text], streams)
        return int.from_bytes(self._socket.recv(4), "big", signed=True)

    def close(self) -> None:
        self._socket.close()
        self._process.wait(15)


def serve(orders: socket.socket) -> None:
    """Until the other side closes."""
    from radiusd.process.kinds import kinds

    kinds()
    while True:
        head, streams, _flags, _address = socket.recv_fds(orders, 65536, 3)
        if not head:
            return
        size = int.from_bytes(head[:4], "big")
        while len(head) < 4 + size:
            head += orders.recv(65536)
        order = json.loads(head[4:])
        child = order.get("end") or os.fork()
        if not child:
            _be(order, streams)
        for stream in streams:
            os.close(stream)
        answer = child
        if "end" in order:
            os.kill(child, signal.SIGTERM)  # one that has ended is there until it is waited for
        if "stays" not in order:
            _pid, status = os.waitpid(child, 0)
            answer = os.waitstatus_to_exitcode(status)
        orders.sendall(answer.to_bytes(4, "big", signed=True))


def _be(order: dict, streams: list[int]) -> None:
    """The command, in the fork; does not come back."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["radiusd", *order["words"]]
    code = 1
    try:
        from radiusd.__main__ import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - a fork must not go on as the process it is a copy of
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        serve(orders)
