"""What the log shows, and what it never shows."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime

import pytest
import structlog

from config.secret import Secret
from radiusd import log


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
