"""Moments and durations as people and programs read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

Unit = TypeVar("Unit")

# One and several of days, hours, minutes and seconds; in Turkish a noun behind a number stays as it is.
UNITS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes"), ("second", "seconds")),
    "tr": (("gün", "gün"), ("saat", "saat"), ("dakika", "dakika"), ("saniye", "saniye")),
}
SIZES = (86400, 3600, 60, 1)


def moment(seconds: float | None, zone: tzinfo | None) -> str:
    """A time for people, in the zone of radius.yaml (None: the machine's); "" for none."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, zone).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def iso(seconds: float | None) -> str | None:
    """A time for programs: RFC 3339 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """A duration as radius.yaml writes it, its two largest parts: `1h 30m`."""
    return " ".join(f"{number}{unit}" for number, unit in _parts(round(seconds), ("d", "h", "m", "s"))) or "0s"


def lasting(seconds: float, language: str) -> str:
    """A duration for people, never longer than it is: `90 seconds`, `1 hour 30 minutes`, `10 dakika`.

    Whole seconds, up to two minutes without any other unit; beyond, its two largest parts. `language` is one of UNITS.
    """
    whole, units = int(seconds), UNITS[language]
    if whole < 120 and whole != 60:
        return f"{whole} {units[-1][whole != 1]}"
    return " ".join(f"{number} {unit[number != 1]}" for number, unit in _parts(whole, units))


def _parts(seconds: int, units: Sequence[Unit]) -> list[tuple[int, Unit]]:
    """The two largest parts of a duration, each with its unit."""
    parts, left = [], max(0, seconds)
    for unit, size in zip(units, SIZES, strict=True):
        if left >= size:
            parts.append((left // size, unit))
            left %= size
    return parts[:2]
