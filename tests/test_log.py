"""What the log shows, and what it never shows."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from config.secret import Secret
from radiusd import log
from radiusd.log import escaped


@pytest.fixture
def written():
    """A function of form and level that sets up the log and returns its stream; everything is put back after."""
    root = logging.getLogger()
    before = root.level

    def set_up(form="json", level="info"):
        stream = io.StringIO()
        log.set_up(form, level, stream)
        return stream

    yield set_up
    structlog.reset_defaults()
    root.setLevel(before)
    for each in [each for each in root.handlers if type(each).__module__ == "radiusd.log"]:
        root.removeHandler(each)


def events(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_event_is_one_line(written):
    stream = written()
    structlog.get_logger().info("access", client="vpn", ms=3)
    structlog.get_logger().info("access", client="wifi")
    first, second = events(stream)
    assert (first["event"], first["level"], first["client"], first["ms"]) == ("access", "info", "vpn", 3)
    assert second["client"] == "wifi"


def test_times_are_utc(written):
    stream = written()
    structlog.get_logger().info("access")
    at = datetime.fromisoformat(events(stream)[0]["time"])
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("evil", ["a\r\nb", "\x1b[2J", "\x85", "\u2028", "\x00", "\x9b31m"])
def test_control_characters_are_encoded(written, form, evil):
    """S21: nobody writes events of their own through a user name."""
    stream = written(form)
    structlog.get_logger().info("access", user=f"ann{evil}", nested={"name": evil}, listed=[evil])
    logging.getLogger("uvicorn.error").error("%s", f"ann{evil}")
    text = stream.getvalue()
    assert text.count("\n") == 2
    assert evil not in text
    assert not [each for each in text if ord(each) < 32 and each != "\n"]


def test_what_steers_a_terminal_is_told_by_the_database_of_unicode():
    """X46: controls, marks of direction and what is not seen; letters, signs and spaces stay as they are."""
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        steers = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert escaped(f"ann{character}") != f"ann{character}" if steers else escaped(character) == character
    assert escaped("ann\u202egnp.exe\x1b[2J") == "ann\\u202egnp.exe\\x1b[2J"


@pytest.mark.parametrize("form", ["json", "console"])
def test_octets_that_are_no_text_are_encoded(written, form):
    """They stand in names as halves of surrogates, which no terminal and no file takes."""
    stream = written(form)
    structlog.get_logger().info("access", user="ann\udcff", nested={"name": "\udcff"})
    assert "udcff" in stream.getvalue()
    stream.getvalue().encode()


def test_a_traceback_shows_no_local_variable(written):
    for form in ("json", "console"):
        stream = written(form)
        password = "tulip"
        try:
            1 / (len(password) - 5)
        except ZeroDivisionError:
            structlog.get_logger().exception("bug", client="vpn")
        assert "ZeroDivisionError" in stream.getvalue()
        assert "tulip" not in stream.getvalue().replace('password = "tulip"', "")


def test_no_line_of_a_traceback_looks_like_an_event(written):
    stream = written("console")
    try:
        raise ValueError("x\n2026-01-01T00:00:00Z [info     ] forged")  # noqa: TRY301
    except ValueError:
        structlog.get_logger().exception("bug")
    first, *others = stream.getvalue().splitlines()
    assert "bug" in first
    assert all(line.startswith("    ") for line in others)


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_do_not_show(written, form):
    stream = written(form, "debug")
    logger = structlog.get_logger()
    logger.info("a", key=Secret("tulip"), many=[Secret("tulip")], named={"x": Secret("tulip")})
    told = f"b {Secret('tulip')}"
    logger.info(told)
    logger.info("c", password="tulip", code="tulip", token="tulip", state="tulip", link="tulip", secret="tulip")
    logger.info("d", octets=b"tulip")
    logging.getLogger("library").warning("e %s", Secret("tulip"))
    assert stream.getvalue().count("\n") == 5
    assert "tulip" not in stream.getvalue()


def test_lines_below_the_level_are_not_made(written):
    class Costly:
        def __repr__(self):
            raise AssertionError("rendered")

        __str__ = __repr__

    stream = written(level="warning")
    structlog.get_logger().info("access", user=Costly())
    structlog.get_logger().warning("discarded")
    assert [event["event"] for event in events(stream)] == ["discarded"]


def test_a_reload_changes_the_level(written):
    logger = structlog.get_logger()
    logger.info("no")
    stream = written(level="warning")
    logger.info("no")
    log.set_up("json", "debug", stream)
    logger.debug("yes")
    assert [event["event"] for event in events(stream)] == ["yes"]


def test_libraries_come_the_same_way_once(written):
    written()
    stream = written()
    logging.getLogger("uvicorn.error").warning("one")
    logging.getLogger("alembic.runtime.migration").warning("two")
    assert [(event["event"], event["logger"]) for event in events(stream)] == [
        ("one", "uvicorn.error"),
        ("two", "alembic.runtime.migration"),
    ]


@pytest.mark.parametrize("name", ["ldap3", "pyrad", "uvicorn", "sqlalchemy.engine", "alembic", "asyncio"])
def test_libraries_never_show_their_debug(written, name):
    """ldap3 and pyrad print packets, SQLAlchemy parameters."""
    stream = written(level="debug")
    logging.getLogger(name).debug("password tulip")
    logging.getLogger(name).info("password tulip")
    assert stream.getvalue() == ""


def test_requests_of_the_web_are_not_logged(written):
    stream = written(level="debug")
    logging.getLogger("uvicorn.access").error("GET /a/token")
    assert stream.getvalue() == ""


class Lines:
    def __init__(self):
        self.now = 100.0
        self.lines = []

    def warning(self, _event, **fields):
        self.lines.append(fields)


def test_one_line_per_key_and_minute():
    lines = Lines()
    limited = log.RateLimited(lines, clock=lambda: lines.now)
    for _ in range(5):
        limited.warning("discarded", "vpn length", client="vpn")
    limited.warning("discarded", "wifi length", client="wifi")
    assert lines.lines == [{"client": "vpn"}, {"client": "wifi"}]
    lines.now += 59
    limited.warning("discarded", "vpn length", client="vpn")
    assert len(lines.lines) == 2
    lines.now += 1
    limited.warning("discarded", "vpn length", client="vpn")
    assert lines.lines[2:] == [{"client": "vpn", "suppressed": 5}]


def test_forged_addresses_fill_neither_log_nor_memory():
    lines = Lines()
    limited = log.RateLimited(lines, keys=10, clock=lambda: lines.now)
    for number in range(100_000):
        limited.warning("discarded", f"192.0.2.{number}", source=str(number))
        lines.now += 0.0001
    assert len(lines.lines) == 11
    assert len(limited) <= 11


def test_keys_that_went_quiet_make_room():
    lines = Lines()
    limited = log.RateLimited(lines, keys=2, clock=lambda: lines.now)
    for key in ("a", "b"):
        limited.warning("discarded", key, source=key)
    lines.now += 61
    limited.warning("discarded", "c", source="c")
    limited.warning("discarded", "d", source="d")
    assert [line["source"] for line in lines.lines] == ["a", "b", "c", "d"]


@pytest.fixture
def pipe(written):
    """The reader's end of a pipe that the log is written to, and the writer's."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    writer = os.fdopen(write, "w")
    log.set_up("json", "info", writer)
    yield read, writer
    for end in (read, write):
        with contextlib.suppress(OSError):
            os.close(end)
    with contextlib.suppress(OSError):
        writer.close()


def ours():
    """The handler of libraries' lines."""
    return next(each for each in logging.getLogger().handlers if type(each).__module__ == "radiusd.log")


def everybody_logs(text="access"):
    structlog.get_logger().info(text, client="vpn")
    logging.getLogger("uvicorn.error").error(text)


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_full_disk_ends_nobody_who_logs(written, form):
    with Path("/dev/full").open("w") as full:
        log.set_up(form, "info", full)
        everybody_logs()


def test_a_pipe_that_nobody_reads_any_more_ends_nobody_who_logs(pipe):
    read, _ = pipe
    os.close(read)
    everybody_logs()


def test_a_stream_that_was_closed_ends_nobody_who_logs(pipe):
    pipe[1].close()
    everybody_logs()


def test_no_standard_error_at_all(written, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    log.set_up("console", "info")
    everybody_logs()


def test_a_reader_that_stands_still_keeps_nobody_waiting(pipe):
    """What it does not take is missing, and it is told how much, once it reads again."""
    read, _ = pipe
    room = 1 << 17  # more than a pipe holds
    for number in range(room // 100):
        structlog.get_logger().info("x" * 100, number=number)
    taken = os.read(read, room)
    structlog.get_logger().info("after")
    lines = [json.loads(line) for line in (taken + os.read(read, room)).splitlines() if line.endswith(b"}")]
    assert [line["event"] for line in lines[-2:]] == ["log lines could not be written", "after"]
    whole = sum(line["event"].startswith("x") for line in lines)
    assert whole + lines[-2]["lines"] == room // 100


def test_a_value_that_cannot_be_shown_ends_nobody_who_logs(written):
    class Evil:
        def __repr__(self):
            raise RuntimeError("tulip")

        __str__ = __repr__

    for form in ("json", "console"):
        stream = written(form)
        structlog.get_logger().info("access", user=Evil())
        # Not by its logger: pytest's own handler, beside ours, raises.
        ours().handle(logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "%s %d", ("tulip",), None))
        assert stream.getvalue().count("a log line could not be made") == 2
        assert "tulip" not in stream.getvalue()


def test_a_library_writes_no_more_than_ten_lines_a_minute_of_one_place(written):
    """asyncio's, when no further connection can be accepted: 6 MB/s otherwise."""
    stream = written()
    library = logging.getLogger("asyncio")
    for number in range(1000):
        library.error("socket.accept() out of system resource %d", number)
    library.error("something else")
    assert [line["event"][-1] for line in events(stream)] == [*"0123456789", "e"]


def test_what_a_library_left_out_is_told(written):
    stream = written()
    library = logging.getLogger("asyncio")
    clock = iter((*range(13), 75.0))
    ours()._quota._clock = lambda: next(clock)
    for _ in range(14):
        library.error("again")
    assert [line.get("suppressed") for line in events(stream)] == [*[None] * 10, 3]
