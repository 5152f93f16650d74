"""The log: one event a line on standard error, as JSON or for a console. The audit is elsewhere, in rows.

Source: design.md's rule that a line below the level costs nothing; protocol rule S21 (control characters).
"""

from __future__ import annotations

import logging
import sys
import unicodedata
from datetime import UTC, datetime
from json import dumps
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from radiusd.log.rate import Quota, RateLimited
from radiusd.log.stream import LogStream

__all__ = ["LEVELS", "RateLimited", "escaped", "set_up"]

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# Never printed, whatever somebody passes under these names.
NEVER = frozenset({"answer", "authorization", "code", "datagram", "link", "otp", "packet", "password", "psk", "secret",
                   "state", "token", "user_password"})  # fmt: skip
HIDDEN = "Secret(...)"
LIBRARY_LINES = 10  # a minute of each place in a library's code: what they log, packets and connections can cause

# Control characters; what turns the direction of a line around, or is not seen; what some viewers take for the end of a
# line; and halves of surrogates, which stand for octets of the wire. As the Unicode database names them.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})


def set_up(form: Literal["json", "console"], level: str, stream: TextIO | None = None) -> None:
    """Takes the settings `logging.format` and `logging.level` into use, also again after a reload.

    Libraries' own messages come the same way, from warning upwards: below that they show packets and entries.
    """
    number = LEVELS[level]
    stream = sys.stderr if stream is None else stream
    lines = LogStream(stream, lambda missing: _own_line(form, "log lines could not be written", lines=missing))
    first: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _guard,
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, *_renderers(form, stream)]
    structlog.configure(
        processors=[_Whole(form, [*first, *last])],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(lines),  # type: ignore[arg-type] # of a stream it takes these two
        cache_logger_on_first_use=False,  # a reload may change the level
    )
    _route_libraries(max(number, logging.WARNING), form, first, last, lines)


class _Whole:
    """All processors as one, which does not raise: what is logged must not end who logs it."""

    def __init__(self, form: str, processors: list[Processor]) -> None:
        self._form = form
        self._processors = processors

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        made: object = event
        try:
            for processor in self._processors:
                made = processor(logger, method, made)  # type: ignore[arg-type] # each takes what the one before gave
        except Exception as bug:  # noqa: BLE001 - a value whose repr raises, for one
            return _own_line(self._form, "a log line could not be made", cause=type(bug).__name__).rstrip("\n")
        return str(made)


def _own_line(form: str, event: str, **fields: str | int) -> str:
    """A warning about the log itself, made of nothing that could fail."""
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if form == "json":
        return dumps({"time": now, "level": "warning", "event": event, **fields}) + "\n"
    return f"{now} [warning  ] {event} {' '.join(f'{name}={value}' for name, value in fields.items())}\n"


class _LibraryHandler(logging.Handler):
    """Of a type of its own, so that a second set-up replaces it and nothing else."""

    def __init__(self, form: str, lines: LogStream) -> None:
        super().__init__()
        self._form = form
        self._lines = lines
        self._quota = Quota(LIBRARY_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes it, unless its place in the code has written too much of late."""
        left_out = self._quota.left_out(f"{record.pathname}:{record.lineno}")
        if left_out is None:
            return
        record.suppressed = left_out
        try:
            line = self.format(record) + "\n"
        except Exception as bug:  # noqa: BLE001 - a library's message and its arguments may not fit together
            line = _own_line(self._form, "a log line could not be made", cause=type(bug).__name__)
        self._lines.write(line)


def _count_left_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if left_out := getattr(event["_record"], "suppressed", 0):
        event["suppressed"] = left_out
    return event


def _route_libraries(level: int, form: str, first: list[Processor], last: list[Processor], lines: LogStream) -> None:
    handler = _LibraryHandler(form, lines)
    handler.setLevel(level)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _count_left_out, *first],
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


def _renderers(form: str, stream: TextIO | None) -> list[Processor]:
    if form == "json":
        # json.dumps escapes every control character and everything beyond ASCII.
        return [_in_order, structlog.processors.JSONRenderer()]
    return [
        _escape,
        structlog.dev.ConsoleRenderer(
            colors=stream is not None and stream.isatty(),
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
    r"""The text with characters that steer what shows it, instead of being shown, as \xNN, \uNNNN or \UNNNNNNNN."""
    if text.isprintable():
        return text
    return "".join(_seen(each) if unicodedata.category(each) in _UNSEEN else each for each in text)


def _seen(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x80 else character.encode("ascii", "backslashreplace").decode()
