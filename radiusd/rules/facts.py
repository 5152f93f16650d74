"""What templates of messages and prompts are told of a login."""

from __future__ import annotations

import unicodedata
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from radiusd.model.entry import Entry

LONGEST = 100  # characters of a text that somebody else wrote


@lru_cache(maxsize=4096)
def line(text: str) -> str:
    """The text as data in a message: one line, at most 100 characters, and no link."""
    if text.isascii() and text.isprintable() and len(text) <= LONGEST and "  " not in text and "://" not in text:
        return text.strip()
    plain = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    plain = " ".join(plain.split())
    while "://" in plain:
        plain = plain.replace("://", ":")
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


@lru_cache(maxsize=16)
def _minute(minutes: float, time_zone: tzinfo) -> str:
    return datetime.fromtimestamp(minutes * 60.0, time_zone).strftime("%Y-%m-%d %H:%M")


def facts(*, entry: Entry, application: str, client: str, station: str, at: float, time_zone: tzinfo) -> dict[str, Any]:
    """The variables of config.templates.LOGIN. `at` is seconds since the epoch; the time is told as people read it."""
    return {
        "user": {
            "username": line(entry.username),
            "display_name": line(entry.display_name) or line(entry.username),
            "mail": line(entry.mail),
            "mobile": line(entry.mobile),
        },
        "application": line(application),
        "client": line(client),
        "station": line(station) or line(client),
        "time": _minute(at // 60.0, time_zone),
    }
