"""What templates are told of a login: exactly the variables that `check` knows, and nobody's text as more than text."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.models.templates import LOGIN, compiled
from radiusd.model.entry import Entry
from radiusd.rules.facts import LONGEST, facts, line
from radiusd.rules.titles import Called

ANN = Entry("corp", "1", "ann", "Ann Example", "ann@example.com", "+905554443322")
AT = 1795446000.0  # 2026-11-23 15:00 UTC


def told(entry=ANN, **changes):
    given = {"application": "vpn", "profile": "code", "client": "vpn-gateway", "station": "192.0.2.77", "at": AT}
    given |= {"time_zone": UTC, "called": Called()}
    return facts(entry=entry, **given | changes)


def test_exactly_what_check_knows():
    assert told().keys() == LOGIN.keys()
    assert told()["user"] == LOGIN["user"]
    assert {key: told()[key] for key in ("application", "client", "station")} == {
        key: LOGIN[key] for key in ("application", "client", "station")
    }


def test_time_is_the_one_people_read():
    assert told()["time"] == "2026-11-23 15:00 UTC"
    assert told(time_zone=ZoneInfo("Europe/Istanbul"))["time"] == "2026-11-23 18:00 UTC+3"


def test_what_is_not_known_is_said_otherwise():
    assert told(station="")["station"] == "vpn-gateway"
    assert told(Entry("corp", "1", "ann"))["user"] == {
        "username": "ann",
        "display_name": "ann",
        "mail": "",
        "mobile": "",
    }


LINES = [
    ("Ann\r\nBcc: eve@example.net", "Ann Bcc: eve@example.net"),
    ("  Ann \t Example ", "Ann Example"),
    ("see https://evil.example/a", "see https:evil.example/a"),
    ("h:://///x", "h::/x"),
    ("\u202eelpmaxe\u2066", "elpmaxe"),
    ("a\u2028b\x85c\x00d\u200be", "a b c d e"),
    ("{{ 7*7 }}", "{{ 7*7 }}"),
    ("Ayşe Öğretmenoğlu İĞDIR", "Ayşe Öğretmenoğlu İĞDIR"),
    ("x" * LONGEST, "x" * LONGEST),
    ("x" * (LONGEST + 1), "x" * (LONGEST - 1) + "…"),
]


@pytest.mark.parametrize(("text", "shown"), LINES)
def test_one_line_without_links(text, shown):
    assert line(text) == shown


@given(st.text(st.characters() | st.sampled_from(":/\r\n\u2028\u202e"), max_size=300))
def test_whatever_somebody_calls_themselves(text):
    shown = line(text)
    assert len(shown) <= LONGEST
    assert "://" not in shown
    assert shown == shown.strip()
    assert len(shown.splitlines()) <= 1
    assert line(shown) == shown
    entry = Entry("corp", "1", text, text, text, text)
    everything = told(entry, application=text, client=text, station=text)
    rendered = compiled("{{ user }} {{ application }} {{ client }} {{ station }} {{ time }}").render(everything)
    assert "://" not in rendered


@given(st.text(max_size=300))
def test_a_name_is_no_template(text):
    shown = compiled("{{ user.display_name }}").render(told(Entry("corp", "1", "ann", text)))
    assert shown == (line(text) or "ann")
