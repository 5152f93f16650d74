"""Hours of the week: how they are typed, what they mean, and how long they last."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules.hours import DAYS, WEEK, kept, left, week

ISTANBUL, BERLIN = ZoneInfo("Europe/Istanbul"), ZoneInfo("Europe/Berlin")


def at(day: int, clock: str, zone=ISTANBUL) -> float:
    """A moment in the week that begins on Monday, 7 December 2026."""
    hour, minute = map(int, clock.split(":"))
    return (datetime(2026, 12, 7, tzinfo=zone) + timedelta(days=day)).replace(hour=hour, minute=minute).timestamp()


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("Mo-Fr 08:00-18:00", ("Mo-Fr 08:00-18:00",)),
        ("mon-friday 8:00-18:00", ("Mo-Fr 08:00-18:00",)),
        ("Mo-Fr 8-18", ("Mo-Fr 08:00-18:00",)),
        ("Mo,We,Fr 08:00-12:00,13:00-17:00", ("Mo,We,Fr 08:00-12:00", "Mo,We,Fr 13:00-17:00")),
        ("Mo-Fr 08:00-18:00; Sa 09:00-13:00", ("Mo-Fr 08:00-18:00", "Sa 09:00-13:00")),
        ("Mo-Fr 08:00-18:00, Sa", ("Mo-Fr 08:00-18:00", "Sa 00:00-24:00")),
        ("Sa; Mo-Fr 08:00-18:00", ("Sa 00:00-24:00", "Mo-Fr 08:00-18:00")),
        ("22:00-06:00", ("Mo-Su 22:00-06:00",)),
        ("Fr - Mo 22:00 - 06:00", ("Mo,Fr-Su 22:00-06:00",)),
        ("Wk 08:00-23:59", ("Mo-Fr 08:00-24:00",)),
        ("Wk0800-1800,Sa,Su", ("Mo-Fr 08:00-18:00", "Sa-Su 00:00-24:00")),
        ("Wk2305-0855,Sa,Su2305-1655", ("Mo-Fr 00:00-08:55", "Mo-Fr,Su 23:05-24:00", "Sa 00:00-24:00", "Su 00:00-16:55")),
        ("MoTuWe0800-1700|Al2000-2100", ("Mo-We 08:00-17:00", "Mo-Su 20:00-21:00")),
        ("Mo-We", ("Mo-We 00:00-24:00",)),
        ("Any0800-1800", ("Mo-Su 08:00-18:00",)),
        ("0800-1800", ("Mo-Su 08:00-18:00",)),
        ("", ()),
    ],
)  # fmt: skip
def test_how_hours_are_typed(typed, means):
    """Ours and FreeRADIUS's, whose hours over midnight are of one day."""
    assert kept(typed) == means
    assert kept("; ".join(means)) == means


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Mo-Fr 8-", "8- is neither days nor hours"),
        ("Mo-Fr 8.00-18.00", "8.00-18.00 is neither days nor hours"),
        ("Xx 08:00-18:00", "Xx is no day of the week"),
        ("Mo 25:00-26:00", "25:00-26:00 is no time of a day"),
        ("Mo 08:60-09:00", "is no time of a day"),
        ("Mo 08:00-08:00", "ends where it begins"),
        ("Wk-Fr 08:00-09:00", "Wk-Fr are no days"),
        ("Wk0800", "Wk0800 is neither days nor hours"),
        ("Pt0800-1800", "is neither days nor hours"),
        ("whenever", "whenever is neither days nor hours"),
    ],
)
def test_what_is_no_hours_is_told(typed, sentence):
    with pytest.raises(ValueError, match=sentence):
        kept(typed)


@pytest.mark.parametrize(
    ("typed", "day", "clock", "minutes"),
    [
        ("Mo-Fr 08:00-18:00", 0, "07:59", 0),
        ("Mo-Fr 08:00-18:00", 0, "08:00", 600),
        ("Mo-Fr 08:00-18:00", 4, "17:59", 1),
        ("Mo-Fr 08:00-18:00", 4, "18:00", 0),
        ("Mo-Fr 08:00-18:00", 5, "12:00", 0),
        ("Fr 22:00-06:00", 5, "05:00", 60),
        ("Fr 22:00-06:00", 4, "05:00", 0),
        ("Fr2200-0600", 4, "05:00", 60),
        ("Fr2200-0600", 5, "05:00", 0),
        ("Su 22:00-06:00", 0, "01:00", 300),
        ("Su 22:00-06:00", 6, "23:00", 420),
        ("Su 20:00-24:00; Mo 00:00-02:00", 6, "23:00", 180),
        ("Mo 08:00-12:00; Mo 12:00-13:00", 0, "11:00", 120),
        ("Al", 3, "12:00", inf),
        ("Sa-Fr 00:00-24:00", 3, "12:00", inf),
    ],
)
def test_how_long_they_last(typed, day, clock, minutes):
    assert left(week(kept(typed)), at(day, clock), ISTANBUL) == minutes * 60


def test_they_are_of_the_clock_on_the_wall():
    """Also where it is put forward: 29 March 2026 in Berlin has no 2:30, and the hours end when it shows 8."""
    sunday = datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN).timestamp()
    assert left(week(kept("Su 00:00-08:00")), sunday, BERLIN) == 6 * 3600
    assert left(week(kept("Mo 10:00-11:00")), at(0, "10:30"), ISTANBUL) == 1800
    assert left(week(kept("Mo 10:00-11:00")), at(0, "10:30"), BERLIN) == 0  # it is 8:30 there


spans = st.lists(
    st.tuples(
        st.sets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(1, 1439)
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(spans, st.integers(0, WEEK - 1))
def test_they_last_as_long_as_every_minute_is_in_one_of_them(drawn, minute):
    def clock(minutes):
        return f"{minutes // 60:02}:{minutes % 60:02}"

    texts, minutes = [], set()
    for days, first, length in drawn:
        end = (first + length) % 1440 or 1440
        lasting = length + (end == 1439)  # which is the day's end
        texts.append(f"{','.join(DAYS[day] for day in sorted(days))} {clock(first)}-{clock(end)}")
        minutes |= {(day * 1440 + first + step) % WEEK for day in days for step in range(lasting)}
    hours = week(kept(";".join(texts)))
    lasts = next((step for step in range(WEEK) if (minute + step) % WEEK not in minutes), inf)
    monday = datetime(2026, 12, 7, tzinfo=ISTANBUL).timestamp()
    assert left(hours, monday + minute * 60, ISTANBUL) == lasts * 60
