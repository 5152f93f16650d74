"""A process of its own that writes plain rows into an SQLite file.

In a thread, each call of SQLite's driver waits for the interpreter's lock once it is done, and a busy loop gives it away
once in a switch interval. With a process the loop goes on while rows are committed: a quarter more sign-ins a second.
"""

from __future__ import annotations

import asyncio
import math
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog
from msgspec.msgpack import Encoder

from store.databases import recording
from store.databases.health import NO_ANSWER, STUCK_SECONDS, Health
from store.databases.rows import Row, Rows
from store.databases.sqlite import PRAGMAS, Sqlite
from store.errors import LOST, Unavailable
from store.writing.joint import Joint
from store.writing.pending import Pending

log = structlog.get_logger()

EARLY = 16  # rows for which the end of a wake-up is not waited for, so that both sides work
PACKAGES = str(Path(msgspec.__file__).parent.parent)  # where the process finds what it needs of them
AGAIN_SECONDS = 10.0  # between two starts
END_SECONDS = 5.0

# Rows, a row, and whom to tell whether it is written; or a kind of joint steps, what is to be done, and who waits for it.
Plain = tuple[Rows, Row, Callable[[bool], None]] | tuple[Joint[Any, Any], Any, Pending[Any]]


_encode = Encoder().encode


class Recorder:
    """The server's end. Everything is called in the loop, and one group is with the process at a time.

    Nothing depends on it: what it cannot take or cannot manage, a locked database for one, goes back to the thread that
    writes.
    """

    def __init__(self, database: Sqlite, health: Health, following: Callable[[Sequence[Plain]], None]) -> None:
        """`following` is called when the next group may begin, with the rows of which nothing was written."""
        self.waiting: deque[Plain] = deque()
        self.ready = False
        self.busy_since: float | None = None
        self._database = database
        self._health = health
        self._following = following
        self._group: list[Plain] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._started = -math.inf
        self._most = recording.MOST_ROWS
        self._kinds: dict[Rows | Joint[Any, Any], int] = {}  # that the process knows, with their numbers
        self._idle: asyncio.Future[None] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ready once it says so. Everything works without it where the system has no such process for us."""
        self._loop = loop
        self._started = time.monotonic()
        self._kinds = {}
        try:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._socket.setblocking(False)
                number = theirs.fileno()
                # -I and -S: whatever the environment says, it is this interpreter and this file.
                command = [sys.executable, "-I", "-S", recording.__file__, str(number), PACKAGES]
                command += [str(self._database.path), self._database.uri, *PRAGMAS]
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[number])  # noqa: S603
        except OSError as error:
            log.warning("no recording process", cause=error.strerror)
            self.stop()
        else:
            loop.add_reader(self._socket, self._heard)

    def begin(self) -> None:
        """Gives it what waits, or the oldest of it. It is ready and not busy."""
        waiting = self.waiting
        group = self._group = [waiting.popleft() for _ in range(min(len(waiting), self._most))]
        kinds = self._kinds
        new = []
        for kind in {entry[0] for entry in group} - kinds.keys():
            kinds[kind] = len(kinds)
            new.append((kinds[kind], kind.recorded))
        self.busy_since = time.monotonic()
        try:
            self._send(_encode((new, [(kinds[kind], item) for kind, item, _ in group])))
        except (OSError, ValueError, OverflowError):  # it has just died, or these are too long or no plain values
            self._kinds = {}
            self._done(group)

    def watch(self, awake: float, now: float) -> None:
        """Called now and then, like Writer.watch: gives up a process that hangs, ends one in an outage, and starts the next."""
        if self.busy_since is not None:
            if now - max(self.busy_since, awake) > STUCK_SECONDS:
                # The thread finds out whether it is the database.
                self._health.lost(NO_ANSWER)
                self.stop()
        elif self._socket is not None:
            if self.ready and self._health.since is not None:
                self.stop()
        elif self._process is not None and self._process.poll() is None:
            self._process.kill()
        elif self._health.since is None and now - self._started > AGAIN_SECONDS:
            self.start(self._loop)

    async def close(self) -> None:
        """Waits for what it was given, and ends it; what waits is for the thread. No further one is started."""
        self.ready = False
        self._started = math.inf
        if self._group:
            self._idle = self._loop.create_future()
            await asyncio.wait((self._idle,), timeout=END_SECONDS)
        self.stop()

    def stop(self) -> None:
        """It has ended, or ends by this. What it was given may be written or not."""
        self.ready = False
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        group = self._group
        self._done([])
        self._tell(group, False)

    def wait(self) -> None:
        """Until a stopped one has ended. From any thread."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)

    def _send(self, octets: bytes) -> None:
        if self._socket is not None:
            self._socket.send(octets)

    def _heard(self) -> None:
        if self._socket is None:
            return
        try:
            answer = self._socket.recv(1)
        except OSError:
            answer = b""
        if not answer:
            log.warning("recording process ended")
            self.stop()
        elif not self._group:
            self.ready = True
        elif answer != recording.NOT_WRITTEN:
            self._most = recording.AT_ONCE if answer == recording.WRITTEN else recording.MOST_ROWS
            group = self._group
            # Its next group first: it works while these are answered.
            self._done([])
            self._tell(group, True)
        else:
            self._done(self._group)

    def _done(self, back: Sequence[Plain]) -> None:
        self._group = []
        self.busy_since = None
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        self._following(back)

    def _tell(self, group: Sequence[Plain], committed: bool) -> None:
        """Tells everybody, also where one raises: the loop reports it."""
        told = 0
        try:
            for entry in group:
                told += 1
                if isinstance(entry[0], Rows):
                    entry[2](committed)
                    continue
                kind, _, done = entry
                if done.done():
                    pass  # nobody waits for it
                elif committed:
                    done.set_result(kind.usual)
                else:
                    done.set_exception(Unavailable(LOST))
        finally:
            if told < len(group):
                self._loop.call_soon(self._tell, group[told:], committed)
