"""Durations as people read them: right for each, in both languages, and never longer than they are."""

from __future__ import annotations

import pytest

from radiusd.rules.moments import lasting, span
from radiusd.rules.texts import Texts


@pytest.mark.parametrize(
    ("seconds", "english", "turkish", "written"),
    [
        (1, "1 second", "1 saniye", "1s"),
        (10, "10 seconds", "10 saniye", "10s"),
        (60, "1 minute", "1 dakika", "1m"),
        (90, "90 seconds", "90 saniye", "1m 30s"),
        (120, "2 minutes", "2 dakika", "2m"),
        (121, "2 minutes 1 second", "2 dakika 1 saniye", "2m 1s"),
        (600, "10 minutes", "10 dakika", "10m"),
        (3600, "1 hour", "1 saat", "1h"),
        (5400, "1 hour 30 minutes", "1 saat 30 dakika", "1h 30m"),
        (86400, "1 day", "1 gün", "1d"),
        (2 * 86400 + 3600 + 60, "2 days 1 hour", "2 gün 1 saat", "2d 1h"),
        (89.9, "89 seconds", "89 saniye", "1m 30s"),
    ],
)
def test_a_duration(seconds, english, turkish, written):
    assert (lasting(seconds, "en"), lasting(seconds, "tr"), span(seconds)) == (english, turkish, written)


def test_a_duration_is_told_in_the_readers_language():
    texts = Texts({}, "tr")
    assert [texts.lasting(60, language) for language in ("en", "tr-TR", "", "de")] == [
        "1 minute", "1 dakika", "1 dakika", "1 dakika",
    ]  # fmt: skip
