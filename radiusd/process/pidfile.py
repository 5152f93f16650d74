"""The locked pid file: one server for each database file, and what `radiusd reload` signals.

The lock is what counts: it ends with the process, however that ends, so that a file left behind stops nobody.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import NamedTuple

NAME = "radiusd.pid"
TRIES = 10  # of taking the lock: somebody who only looks holds it for a moment
TRY_SECONDS = 0.05


class State(NamedTuple):
    """What a running server says of itself. `reloads` counts those that were asked; `applied` is how the last ended."""

    pid: int
    reloads: int
    applied: bool


class RunningError(Exception):
    """Another server runs. `pid` is 0 where the file does not tell."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"radiusd runs already, as process {pid}")
        self.pid = pid


class PidFile:
    """Held by the running server. The file stays behind, unlocked and empty."""

    def __init__(self, path: Path) -> None:
        """Takes the lock. Raises RunningError, or OSError where the file can not be written."""
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        for _ in range(TRIES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(TRY_SECONDS)
            else:
                break
        else:
            state = _read(self._file)
            os.close(self._file)
            raise RunningError(state.pid if state else 0)
        self._reloads = 0
        self._write(applied=True)

    def reloaded(self, *, applied: bool) -> None:
        """Says that a reload has ended, for the `radiusd reload` that waits for it."""
        self._reloads += 1
        self._write(applied=applied)

    def close(self) -> None:
        # Not removed: another server may already have opened it, and would lock a file that nobody else finds.
        os.ftruncate(self._file, 0)
        os.close(self._file)

    def _write(self, *, applied: bool) -> None:
        octets = f"{os.getpid()}\n{self._reloads} {'applied' if applied else 'refused'}\n".encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, octets, 0)


def running(path: Path) -> State | None:
    """The server that holds the file, its pid 0 where the file does not tell; None where none does.

    Raises PermissionError.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        for _ in range(TRIES):  # it may be writing at this moment
            state = _read(file)
            if state is not None:
                return state
            time.sleep(TRY_SECONDS)
        return State(0, 0, applied=True)
    finally:
        os.close(file)
    return None


def _read(file: int) -> State | None:
    words = os.pread(file, 200, 0).decode("ascii", "replace").split()
    if len(words) != 3 or not (words[0].isdigit() and words[1].isdigit()):
        return None
    return State(int(words[0]), int(words[1]), applied=words[2] == "applied")


def path_of(database: str, key_file: Path) -> Path:
    """Where the file is: beside the file of an embedded database, else beside `key_file`."""
    scheme, _, rest = database.partition(":///")
    return Path(rest).parent / NAME if scheme == "sqlite" and rest not in {"", ":memory:"} else key_file.parent / NAME
