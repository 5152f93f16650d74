"""What the pages say, in both languages."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from radiusd.web.wording import NAMES, WORDING
from radiusd.web.wording_for_oneself import FOR_ONESELF, OTHERWISE
from radiusd.web.words import LOCALES, Words
from tests.pages.serving import NOON

ISTANBUL = ZoneInfo("Europe/Istanbul")


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


SAID = [*((key, WORDING[key]) for key in WORDING), *((key, OTHERWISE[key]) for key in OTHERWISE)]


@pytest.mark.parametrize(("key", "texts"), SAID)
def test_both_languages_say_it_with_the_same_values(key, texts):
    assert set(texts) == set(LOCALES) == set(NAMES)
    assert all(texts.values())
    # An effect may tell the same with fewer values, but none that the other has not.
    assert values(texts["en"]) == values(texts["tr"])


@pytest.mark.parametrize(("key", "texts"), SAID)
def test_no_name_takes_a_turkish_suffix(key, texts):
    """It would have to follow the name's last vowel."""
    assert not re.search(r"\{name\}['’\w]", texts["tr"])


def test_what_is_said_to_oneself_needs_no_value_that_is_not_there():
    assert FOR_ONESELF.keys() == WORDING.keys()
    for key, texts in OTHERWISE.items():
        assert values(texts["en"]) <= values(WORDING[key]["en"]), key


def test_what_is_put_in_is_escaped():
    assert Words("en", ISTANBUL)("asks", name="<b>&") == "&lt;b&gt;&amp; asks to sign in"
    with pytest.raises(KeyError):
        Words("en", ISTANBUL)("asks")


@pytest.mark.parametrize(
    ("seconds", "english", "turkish"),
    [
        (1, "1 second", "1 saniye"),
        (45.9, "45 seconds", "45 saniye"),
        (60, "1 minute", "1 dakika"),
        (119, "1 minute", "1 dakika"),
        (300, "5 minutes", "5 dakika"),
        (3600, "1 hour", "1 saat"),
        (5400, "90 minutes", "90 dakika"),
        (10440, "174 minutes", "174 dakika"),
        (7200, "2 hours", "2 saat"),
    ],
)
def test_durations_are_never_told_longer_than_they_are(seconds, english, turkish):
    assert Words("en", ISTANBUL).lasts(seconds) == english
    assert Words("tr", ISTANBUL).lasts(seconds) == turkish


@pytest.mark.parametrize(
    ("zone", "english", "turkish"),
    [
        (ISTANBUL, "23 November 2026", "23 Kasım 2026"),
        (ZoneInfo("America/New_York"), "23 November 2026", "23 Kasım 2026"),
        (ZoneInfo("Asia/Kolkata"), "23 November 2026", "23 Kasım 2026"),
        (ZoneInfo("America/St_Johns"), "23 November 2026", "23 Kasım 2026"),
        (UTC, "23 November 2026", "23 Kasım 2026"),
        (timezone(timedelta(hours=13)), "24 November 2026", "24 Kasım 2026"),
    ],
)
def test_days_are_those_of_the_time_zone(zone, english, turkish):
    assert Words("en", zone).day(NOON) == english
    assert Words("tr", zone).day(NOON) == turkish


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (ISTANBUL, "14:03 (UTC+3)"),
        (ZoneInfo("America/New_York"), "06:03 (UTC-5)"),
        (ZoneInfo("Asia/Kolkata"), "16:33 (UTC+5:30)"),
        (ZoneInfo("America/St_Johns"), "07:33 (UTC-3:30)"),
        (UTC, "11:03 (UTC)"),
        (timezone(timedelta(hours=13)), "00:03 (UTC+13)"),
    ],
)
def test_every_time_of_day_has_its_zone(zone, told):
    for language in LOCALES:
        words = Words(language, zone)
        for said in (words.clock(NOON), words.moment(NOON, NOON), words.moment(NOON, NOON + 86400)):
            assert said.striptags().replace("\xa0", " ").endswith(told)


def test_a_moment_has_its_date_where_it_is_not_today():
    words = Words("tr", ISTANBUL)
    assert words.moment(NOON, NOON) == '<time datetime="2026-11-23T14:03:20+03:00">14:03\xa0(UTC+3)</time>'
    assert words.moment(NOON, NOON + 86400).endswith(">23 Kasım 2026 14:03\xa0(UTC+3)</time>")


NO_TURK_WOULD_SAY_SO = (
    "içeri al",
    "engelli",
    "itibarıyla",
    "bir yere git",
    "Nereye",
    "Son karar",
    "olana kadar",
    "yönetic[ie]nize",
)


def test_turkish_is_not_translated_word_by_word():
    for key, texts in SAID:
        said = texts["tr"].replace("sistem yöneticinize", "")
        assert not [word for word in NO_TURK_WOULD_SAY_SO if re.search(word, said)], key
