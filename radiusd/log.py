"""The log: one event a line on standard error, as JSON or for a console. The audit is elsewhere, in rows.

Source: design.md's rule that a line below the level costs nothing; protocol rule S21 (control characters).
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Literal, Protocol, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# Never printed, whatever somebody passes under these names.
NEVER = frozenset({"answer", "authorization", "code", "datagram", "link", "otp", "packet", "password", "psk", "secret",
                   "state", "token", "user_password"})  # fmt: skip
HIDDEN = "Secret(...)"

# C0, DEL and C1, and what some viewers take for the end of a line; halves of surrogates stand for octets of the wire.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def set_up(form: Literal["json", "console"], level: str, stream: TextIO | None = None) -> None:
    """Takes the settings `logging.format` and `logging.level` into use, also again after a reload.

    Libraries' own messages come the same way, from warning upwards: below that they show packets and entries.
    """
    number = LEVELS[level]
    stream = sys.stderr if stream is None else stream
    first: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _guard,
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, *_renderers(form, stream)]
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,  # a reload may change the level
    )
    _route_libraries(max(number, logging.WARNING), first, last, stream)


class _LibraryHandler(logging.StreamHandler[TextIO]):
    """Of a type of its own, so that a second set-up replaces it and nothing else."""


def _route_libraries(level: int, first: list[Processor], last: list[Processor], stream: TextIO) -> None:
    handler = _LibraryHandler(stream)
    handler.setLevel(level)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *first],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if isinstance(each, _LibraryHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    for name in (
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
        "uvicorn.asgi",
        "alembic",
        "sqlalchemy",
        "ldap3",
        "pyrad",
    ):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(level)
    # Its lines hold paths, and those hold links.
    logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL + 1)


def _guard(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hides values by name, and octets, which may be a packet or a key."""
    for name, value in event.items():
        if name in NEVER:
            event[name] = HIDDEN
        elif isinstance(value, (bytes, bytearray, memoryview)):
            event[name] = f"{len(value)} octets"
    return event


def _renderers(form: str, stream: TextIO) -> list[Processor]:
    if form == "json":
        # json.dumps escapes every control character and everything beyond ASCII.
        return [_in_order, structlog.processors.JSONRenderer()]
    return [
        _escape,
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(),
            timestamp_key="time",
            exception_formatter=structlog.dev.plain_traceback,  # rich's shows local variables
        ),
    ]


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """When, how bad and what come first: people read JSON lines too."""
    first = {name: event.pop(name) for name in ("time", "level", "event") if name in event}
    return first | dict(event)


def _escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Values for a terminal. The lines of a traceback are indented, so that none looks like an event."""
    for name, value in event.items():
        if name == "exception":
            lines = [escaped(line) for line in str(value).split("\n")]
            event[name] = "\n".join(f"    {line}" for line in lines)
        elif not isinstance(value, (int, float, bool)):
            event[name] = escaped(str(value))
    return event


def escaped(text: str) -> str:
    r"""The text with control characters as \xNN or \uNNNN."""
    return _CONTROL.sub(lambda found: found[0].encode("ascii", "backslashreplace").decode()
                        if ord(found[0]) > 0x7F else f"\\x{ord(found[0]):02x}", text)  # fmt: skip


class Warns(Protocol):
    """The part of a logger that RateLimited needs."""

    def warning(self, event: str, **fields: Any) -> Any: ...


class RateLimited:
    """One line per key in `every` seconds; the next one tells how many were left out.

    For what anybody can cause by sending packets. At most `keys` keys are told apart at a time, so that forged
    addresses fill neither memory nor disk; beyond, all others share one line.
    """

    OTHERS = "(others)"

    def __init__(
        self, log: Warns, *, every: float = 60.0, keys: int = 256, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._every = every
        self._keys = keys
        self._clock = clock
        self._lines: MutableMapping[str, list[float]] = {}  # key -> when its line is due, left out since
        self._swept = 0.0

    def warning(self, event: str, key: str, **fields: Any) -> None:
        """Writes the line, or counts it under its key."""
        now = self._clock()
        line = self._lines.get(key)
        if line is None and len(self._lines) >= self._keys:
            self._sweep(now)
            if len(self._lines) >= self._keys:
                key = self.OTHERS
                line = self._lines.get(key)
        if line is not None and now < line[0]:
            line[1] += 1
            return
        if line is not None and line[1]:
            fields["suppressed"] = int(line[1])
        self._lines[key] = [now + self._every, 0]
        self._log.warning(event, **fields)

    def __len__(self) -> int:
        """The keys that are told apart at the moment."""
        return len(self._lines)

    def _sweep(self, now: float) -> None:
        """Forgets the keys that were quiet, not more often than each tenth of `every`: it looks at all of them."""
        if now < self._swept:
            return
        self._swept = now + self._every / 10
        for key in _due(self._lines.items(), now):
            del self._lines[key]


def _due(lines: Iterable[tuple[str, list[float]]], now: float) -> list[str]:
    return [key for key, (due, _left_out) in lines if due <= now]
