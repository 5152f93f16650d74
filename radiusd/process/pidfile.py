"""The locked pid file: one server for each SQLite file or configuration, and what `radiusd reload` signals.

The lock is what counts: it ends with the process, however that ends, so that a file left behind stops nobody. Whose it is
says the system, and never the file: whoever may write that could have any process signalled.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import socket
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

TRIES = 10  # of taking the lock: somebody who only looks holds it for a moment
TRY_SECONDS = 0.05
LOCK = "@hhqqi"  # struct flock: type, whence, start, length, pid (fcntl(2))
WIDTH = 127  # octets


class State(NamedTuple):
    """What a running server says of itself. `reloads` counts those that were asked; `applied` is how the last ended.

    `pid` is 0 where this process may not know it; `waiting` are the keys of radius.yaml whose change needs a restart.
    """

    pid: int
    reloads: int
    applied: bool
    waiting: tuple[str, ...] = ()


class RunningError(Exception):
    """Another server runs. `pid` is 0 where that is not known."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"radiusd runs already, as process {pid}")
        self.pid = pid


class PidFile:
    """Held by the running server. The file stays behind, unlocked and empty.

    Two locks: one of the open file, which others test by taking it; one of the process, of which the system tells whose
    it is, and which would end if this process opened the file once more and closed it.
    """

    def __init__(self, path: Path) -> None:
        """Takes the lock. Raises RunningError, or OSError where the file can not be written."""
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
        for _ in range(TRIES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(TRY_SECONDS)
            else:
                break
        else:
            pid = _holder(self._file)
            os.close(self._file)
            raise RunningError(pid)
        os.ftruncate(self._file, 0)
        self._reloads = 0
        self._write(applied=True)

    def reloaded(self, *, applied: bool, waiting: Iterable[str] = ()) -> None:
        """Says how a reload has ended, for the `radiusd reload` that waits for it."""
        self._reloads += 1
        self._write(applied=applied, waiting=waiting)

    def close(self) -> None:
        # Not removed: another server may already have opened it, and would lock a file that nobody else finds.
        os.ftruncate(self._file, 0)
        os.close(self._file)

    def _write(self, *, applied: bool, waiting: Iterable[str] = ()) -> None:
        words = [str(self._reloads), "applied" if applied else "refused", *waiting]
        # Always as long: a full disk takes what needs no more room. Where it does not, the server goes on all the same.
        octets = f"{os.getpid()}\n{' '.join(words)}".encode().ljust(WIDTH) + b"\n"
        with contextlib.suppress(OSError):
            os.pwrite(self._file, octets, 0)


def running(path: Path) -> State | None:
    """The server that holds the file; None where none does. Raises PermissionError."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        for _ in range(TRIES):  # it may be writing at this moment
            state = _read(file)
            if state is not None:
                return state._replace(pid=_holder(file))
            time.sleep(TRY_SECONDS)
        return State(_holder(file), 0, applied=True)
    finally:
        os.close(file)
    return None


def _holder(file: int) -> int:
    """The process that has locked it, 0 where that is not known: in another namespace of processes, or on another machine."""
    asked = struct.pack(LOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        kind, _whence, _start, _length, pid = struct.unpack(LOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
    except OSError:
        return 0
    return 0 if kind == fcntl.F_UNLCK else max(0, int(pid))


def _read(file: int) -> State | None:
    words = os.pread(file, 200, 0).decode("ascii", "replace").split()
    if len(words) < 3 or not (words[0].isdigit() and words[1].isdigit()):
        return None
    return State(int(words[0]), int(words[1]), words[2] == "applied", tuple(words[3:]))


def path_of(database: str, key_file: Path, configuration: Path) -> Path:
    """Where the file is: beside an SQLite file, with its name, for one server uses that; else beside `key_file`.

    There it is named after the configuration and this machine: the nodes of a PostgreSQL share a key.
    """
    scheme, _, rest = database.partition(":///")
    if scheme == "sqlite" and rest not in {"", ":memory:"}:
        file = Path(rest)
        named = file.with_suffix(".pid")
        return named if named != file else file.with_name(f"{file.name}.pid")
    node = f"{socket.gethostname()} {configuration.absolute()}".encode("utf-8", "surrogateescape")
    return key_file.parent / f"radiusd-{hashlib.blake2b(node, digest_size=4).hexdigest()}.pid"
