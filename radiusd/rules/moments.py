"""Moments and durations as people and programs read them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


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
    left = max(0, round(seconds))
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return " ".join(parts[:2]) or "0s"
