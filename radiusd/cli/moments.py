"""Times as they are typed: durations, days, moments."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from radiusd.cli.printing import USAGE, fail

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(typed: str, option: str) -> float:
    """Seconds of `30s`, `10m`, `8h` or `30d`; ends the command for anything else."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", typed.strip())
    if found is None or not int(found[1]):
        fail(f"{option}: {typed} is no duration; write for example 30m, 8h or 30d", USAGE)
    return float(int(found[1]) * SECONDS[found[2]])


def moment(typed: str, option: str, zone: tzinfo | None, now: float) -> float:
    """Seconds since the epoch of a duration ago (`1h`), a day's begin or an ISO 8601 date and time."""
    text = typed.strip()
    if re.fullmatch(r"[0-9]{1,9}[smhd]", text):
        return now - duration(text, option)
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            read = read.replace(tzinfo=zone) if zone is not None else read.astimezone()
        return read.timestamp()
    except (ValueError, OverflowError):
        fail(f"{option}: {typed} is no time; write for example 1h, 2026-12-31 or 2026-12-31T18:00", USAGE)
