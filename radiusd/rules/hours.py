"""Hours of the week in which somebody may sign in: as they are typed, as they are kept, and how long they last.

They are of the clock on the wall in one time zone. Also read are FreeRADIUS's (rlm_logintime: `Wk0800-1800,Sa`), where
hours that end before they begin are two parts of the same day; in ours they end on the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from math import inf

Week = tuple[tuple[int, int], ...]
"""Minutes of the week from Monday 0:00, from and until, in order and apart; one that goes over Sunday's end is over WEEK."""

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY = range(7)
NAMES = {
    **{short.lower(): (number,) for number, short in enumerate(DAYS)},
    **{name: (number,) for number, long in enumerate(LONG) for name in (long, long[:3])},
    "wk": range(5),
    **dict.fromkeys(("al", "any", "daily"), EVERY_DAY),
}
DAY = 24 * 60  # minutes
WEEK = 7 * DAY
LEAST_SECONDS = 60.0  # some NASes take no shorter session
FORM = "write days and hours as Mo-Fr 08:00-18:00, several apart by semicolons"
_NAME = r"(?:[A-Za-z]{2,9})"
_DAYS = re.compile(rf"(?P<first>{_NAME})(?:-(?P<last>{_NAME}))?")
_HOURS = re.compile(r"(?P<from>\d{1,2})(?::?(?P<from_minute>\d\d))?-(?P<until>\d{1,2})(?::?(?P<until_minute>\d\d))?")
_THEIR_HOURS = re.compile(r"(?<![\d:])\d{4}-\d{4}(?!\d)")
_THEIR_DAYS = re.compile(r"(?:(?:mo|tu|we|th|fr|sa|su|wk|any|al)(?:-(?:mo|tu|we|th|fr|sa|su))?)*", re.IGNORECASE)
_THEIR_DAY = re.compile(r"(any|mo|tu|we|th|fr|sa|su|wk|al)(?:-(mo|tu|we|th|fr|sa|su))?", re.IGNORECASE)


def kept(typed: str) -> tuple[str, ...]:
    """The hours in the form in which they are kept: `Mo-Fr 08:00-18:00`, one for each span. Raises ValueError, a sentence.

    In `Mo,We 08:00-12:00,13:00-17:00` all hours are of all those days; a semicolon begins anew. A day alone is all of it.
    """
    spans: dict[tuple[int, int], set[int]] = {}
    for part in filter(None, map(str.strip, typed.replace("\N{EN DASH}", "-").split(";"))):
        read = _theirs if _THEIR_HOURS.search(part) or not any(map(str.isdigit, part)) else _ours
        for days, first, last in read(part):
            spans.setdefault((first, last), set()).update(days)
    return tuple(f"{_named(days)} {_clock(first)}-{_clock(last)}" for (first, last), days in spans.items())


@lru_cache(maxsize=4096)
def week(hours: tuple[str, ...]) -> Week:
    """Hours as `kept` gives them, to be reckoned with."""
    spans = []
    for days, first, last in (each for text in hours for each in _ours(text)):
        length = (last - first) % DAY or DAY
        spans += [(day * DAY + first, day * DAY + first + length) for day in days]
    return _joined(spans)


def left(hours: Week, at: float, zone: tzinfo | None) -> float:
    """For how many seconds they last at that time (seconds since the epoch); 0.0 outside of them, infinity where no hour is out."""
    if hours == ((0, WEEK),):
        return inf
    local = datetime.fromtimestamp(at, zone)
    now = local.weekday() * DAY + local.hour * 60 + local.minute
    for first, last in hours:
        for then in (now, now + WEEK):
            if first <= then < last:
                monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time())
                end = monday + timedelta(minutes=last if then == now else last - WEEK)
                return max(0.0, _moment(end, zone) - at)
    return 0.0


def _moment(wall: datetime, zone: tzinfo | None) -> float:
    return (wall if zone is None else wall.replace(tzinfo=zone)).timestamp()


def _ours(text: str) -> list[tuple[Sequence[int], int, int]]:
    """Days and hours in minutes of the day. Raises ValueError."""
    found: list[tuple[Sequence[int], int, int]] = []
    days: list[int] = []
    begun = False  # hours of those days were read
    for token in filter(None, re.split(r"[,\s]+", re.sub(r"\s*-\s*", "-", text))):
        of_days, of_hours = _DAYS.fullmatch(token), _HOURS.fullmatch(token)
        if of_days:
            days = [*(() if begun else days), *_days(of_days["first"], of_days["last"])]
            begun = False
        elif of_hours:
            found.append((tuple(dict.fromkeys(days or EVERY_DAY)), *_minutes(of_hours)))
            begun = True
        else:
            raise ValueError(f"{token} is neither days nor hours; {FORM}")
    return [*found, (tuple(dict.fromkeys(days)), 0, DAY)] if days and not begun else found


def _theirs(text: str) -> list[tuple[Sequence[int], int, int]]:
    """The same of FreeRADIUS's form."""
    found: list[tuple[Sequence[int], int, int]] = []
    for item in filter(None, (each.strip() for each in re.split(r"[,|]", text))):
        named = _THEIR_DAYS.match(item)
        rest = item[named.end() :].strip() if named else item
        hours = _HOURS.fullmatch(rest)
        if named is None or (rest and (hours is None or not _THEIR_HOURS.fullmatch(rest))):
            raise ValueError(f"{item} is neither days nor hours; {FORM}")
        days = [day for first, last in _THEIR_DAY.findall(named[0]) for day in _days(first, last or None)] or EVERY_DAY
        if hours is None:
            found.append((tuple(days), 0, DAY))
            continue
        first, last = _minutes(hours)
        # Their day is a ring of minutes.
        found += [(tuple(days), first, last)] if first < last else [(tuple(days), 0, last), (tuple(days), first, DAY)]
    return found


def _days(first: str, last: str | None) -> Sequence[int]:
    begin, end = NAMES.get(first.lower()), NAMES.get((last or first).lower())
    if begin is None or end is None:
        raise ValueError(f"{first if begin is None else last} is no day of the week; days are {', '.join(DAYS)}")
    if last is None:
        return begin
    if len(begin) > 1 or len(end) > 1:
        raise ValueError(f"{first}-{last} are no days of the week; days are {', '.join(DAYS)}")
    return [day % 7 for day in range(begin[0], begin[0] + (end[0] - begin[0]) % 7 + 1)]


def _minutes(hours: re.Match[str]) -> tuple[int, int]:
    minutes = [int(hours[f"{name}_minute"] or 0) for name in ("from", "until")]
    first, last = (int(hours[name]) * 60 + past for name, past in zip(("from", "until"), minutes, strict=True))
    if max(minutes) > 59 or first >= DAY or last > DAY:
        raise ValueError(f"{hours[0]} is no time of a day; {FORM}")
    last = DAY if last == DAY - 1 else last  # 23:59 is written where 24:00 is meant
    if first == last:
        raise ValueError(f"{hours[0]} ends where it begins; a whole day is 00:00-24:00")
    return first, last


def _joined(spans: Iterable[tuple[int, int]]) -> Week:
    """Without overlaps; what goes over Sunday's end and begins again on Monday is one."""
    found: list[list[int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    while len(found) > 1 and found[-1][1] - WEEK >= found[0][0]:
        first, last = found.pop(0)
        found[-1][1] = max(found[-1][1], last + WEEK)
    if found and found[0][1] - found[0][0] >= WEEK:
        return ((0, WEEK),)
    return tuple((first, last) for first, last in found)


def _named(days: Iterable[int]) -> str:
    """Days in order, those that follow one another as from and to."""
    runs = [
        [day for _place, day in run] for _key, run in groupby(enumerate(sorted(days)), lambda each: each[1] - each[0])
    ]
    return ",".join(DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if len(run) > 1 else "") for run in runs)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
