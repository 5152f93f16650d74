"""A terminal of its own, in which a command was typed and its questions are answered."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SILENT_SECONDS = 30.0  # no command is silent for longer


class Terminal:
    """`shown` is all that was shown so far, with the line ends of a terminal made plain."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._octets = b""
        self.answered = 0  # how much of `shown` came before the last answer

    @property
    def shown(self) -> str:
        return self._octets.decode(errors="replace").replace("\r\n", "\n")

    def types(self, line: str) -> None:
        self.answered = len(self.shown)
        os.write(self._descriptor, f"{line}\n".encode())

    def answers(self, prompt: str, answer: str) -> None:
        """Types the answer once it is asked for."""
        while prompt not in self.shown[self.answered :]:
            assert self.reads(), f"{prompt!r} was never shown:\n{self.shown}"
        self.types(answer)

    def reads(self) -> bool:
        """False at the end, when nobody has the terminal any more."""
        ready, _, _ = select.select([self._descriptor], [], [], SILENT_SECONDS)
        assert ready, f"nothing more was shown:\n{self.shown}"
        try:
            octets = os.read(self._descriptor, 65536)
        except OSError:  # Linux tells the end so
            return False
        self._octets += octets
        return bool(octets)


@contextmanager
def terminal(command: Sequence[str], folder: Path, environment: Mapping[str, str], code: int = 0) -> Iterator[Terminal]:
    """The terminal until the command has ended, with that exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    running = Terminal(ours)
    try:
        yield running
        while running.reads():
            pass
        ended = process.wait(SILENT_SECONDS)
        assert ended == code, f"it ended with {ended}, and not with {code}:\n{running.shown}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)
