"""Where the lines of the log go: never a reason for anything else to fail or to wait.

A full disk, a pipe that nobody reads any more, a reader that stands still: what cannot be written at once is left out, and
the next line that can be is preceded by how many were.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from typing import TextIO

AT_ONCE = select.PIPE_BUF  # octets that a pipe which says that it takes some takes without waiting: pipe(7)


class LogStream:
    """From any thread. Lines leave past the stream's own buffer, which would keep what it could not write."""

    def __init__(self, stream: TextIO | None, told: Callable[[int], str]) -> None:
        """`told(number)` is the line that says that so many are missing. Without a stream nothing is written."""
        self._stream = stream
        self._told = told
        self._descriptor = _descriptor(stream)
        self._lock = threading.Lock()
        self._missing = 0
        self._cut = False  # the last line has no end
        self._poll = select.poll()
        if self._descriptor is not None:
            self._poll.register(self._descriptor, select.POLLOUT)

    def write(self, text: str) -> None:
        """The text, which is whole lines, or nothing of it, or a part."""
        with self._lock:
            before = "\n" * self._cut + (self._told(self._missing) if self._missing else "")
            octets = (before + text).encode("utf-8", "backslashreplace")
            try:
                written = self._write(octets)
            except (OSError, ValueError):  # ValueError: the stream is closed
                written = 0
            if written == len(octets):
                self._missing, self._cut = 0, False
            else:
                self._missing += 1
                self._cut = self._cut if written == 0 else octets[:written][-1:] != b"\n"

    def flush(self) -> None:
        """Nothing is kept back."""

    def _write(self, octets: bytes) -> int:
        """How many were written."""
        if self._descriptor is None:
            if self._stream is not None:
                self._stream.write(octets.decode())
            return len(octets)
        written = 0
        while written < len(octets) and self._poll.poll(0):
            try:
                written += os.write(self._descriptor, octets[written : written + AT_ONCE])
            except OSError:
                break
        return written


def _descriptor(stream: TextIO | None) -> int | None:
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError):  # one in memory
        return None
