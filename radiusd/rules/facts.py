"""What templates of messages and prompts are told of a login."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from radiusd.model.entry import Entry
from radiusd.rules.titles import Called

LONGEST = 100  # characters of a text that somebody else wrote


@lru_cache(maxsize=4096)  # of clients, applications and stations, again and again
def line(text: str) -> str:
    """The text as data in a message: one line, at most 100 characters, and no link."""
    if text.isascii() and text.isprintable() and len(text) <= LONGEST and "  " not in text and "://" not in text:
        return text.strip()
    plain = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    plain = " ".join(plain.split())
    while "://" in plain:
        plain = plain.replace("://", ":")
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


@lru_cache(maxsize=64)
def _minute(minutes: float, time_zone: tzinfo, day: str) -> str:
    local = datetime.fromtimestamp(minutes * 60.0, time_zone)
    return f"{local:{day} %H:%M} {zone_of(local)}"


def minute(at: float, time_zone: tzinfo, called: Called) -> str:
    """A time (seconds since the epoch) with its date and zone, as people read it in a message."""
    return _minute(at // 60.0, time_zone, called.day)


def zone_of(local: datetime) -> str:
    """How far the clocks of its zone are from UTC, as people read it: UTC+3, UTC-3:30."""
    minutes = round((local.utcoffset() or timedelta()).total_seconds()) // 60
    zone = f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60}" if minutes else "UTC"
    return zone + (f":{abs(minutes) % 60:02}" if minutes % 60 else "")


@lru_cache(maxsize=16_384)
def _user(username: str, display_name: str, mail: str, mobile: str) -> Mapping[str, str]:
    return {
        "username": line(username),
        "display_name": line(display_name) or line(username),
        "mail": line(mail),
        "mobile": line(mobile),
    }


def facts(
    *,
    entry: Entry,
    application: str,
    profile: str,
    client: str,
    station: str,
    at: float,
    time_zone: tzinfo,
    called: Called,
) -> dict[str, Any]:
    """The variables of config.templates.LOGIN. `at` is seconds since the epoch; the time is told as people read it.

    `called` is what the reader calls application, profile and client, in their language.
    """
    client = called.clients.get(client) or line(client)
    return {
        "user": _user(entry.spelled or entry.username, entry.display_name, entry.mail, entry.mobile),
        "application": called.applications.get(application) or line(application),
        "profile": called.profiles.get(profile) or line(profile),
        "client": client,
        "station": line(station) or client,
        "time": minute(at, time_zone, called),
        "organisation": called.organisation,
    }
