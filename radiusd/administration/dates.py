"""Days as other systems and spreadsheets write them, in the one form in which they are read."""

from __future__ import annotations

import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TIME = r"(?:[ T](?P<time>\d{1,2}:\d\d(?::\d\d)?))?"
# 12/31/2026 and 31/12/2026 are not among them: of most days nobody knows which is the month.
FORMS = tuple(
    re.compile(form + TIME)
    for form in (
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        r"(?P<day>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})[ -](?P<year>\d{4})",
        r"(?P<name>[A-Za-z]{3,9}) (?P<day>\d{1,2}),? (?P<year>\d{4})",
    )
)


def as_iso(text: str) -> str:
    """`31 Dec 2026` (FreeRADIUS), `31.12.2026` and `Dec 31 2026` as 2026-12-31, with their time; others as they are."""
    for form in FORMS:
        found = form.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        month = int(parts["month"]) if "month" in parts else _month(parts["name"])
        if month is None:
            return text
        day = f"{parts['year']}-{month:02}-{int(parts['day']):02}"
        return f"{day}T{parts['time'].rjust(8 if parts['time'].count(':') == 2 else 5, '0')}" if parts["time"] else day
    return text


def _month(name: str) -> int | None:
    short = name[:3].casefold()
    return MONTHS.index(short) + 1 if short in MONTHS else None
