"""In which language a page speaks, and how it writes times, dates and durations in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from babel import Locale, dates
from babel.units import format_unit
from markupsafe import Markup

from radiusd.rules.facts import zone_of
from radiusd.web.wording import WORDING

LOCALES = {"en": Locale("en", "GB"), "tr": Locale("tr", "TR")}


def language_of(wanted: Sequence[str], accepted: str, default: str) -> str:
    """One that we have: the first that is wanted, else the browser's dearest, else the default.

    `accepted` is the value of Accept-Language (RFC 9110 section 12.5.4).
    """
    choices: list[tuple[float, str]] = []
    for choice in accepted.split(",")[:20]:
        tag, _, weight = choice.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0:
            choices.append((-quality, tag))
    for tag in (*wanted, *(tag for _, tag in sorted(choices, key=lambda each: each[0])), default):
        primary = tag.strip().casefold().replace("_", "-").partition("-")[0]
        if primary in LOCALES:
            return primary
    return "en"


@dataclass(frozen=True, slots=True)
class Words:
    """One language, and the time zone in which times are told. `wording` is what is said, by key and language."""

    language: str
    time_zone: tzinfo
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: WORDING)

    def __call__(self, key: str, **values: str) -> Markup:
        """The text with its values escaped. Raises KeyError for an unknown key or a missing value."""
        return Markup(self.wording[key][self.language]).format(**values)  # noqa: S704 - the text is ours, format escapes

    def clock(self, at: float, *, seconds: bool = False) -> Markup:
        """The time of day, with its zone."""
        local = self._local(at)
        return self._time(at, f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}", zone=True)

    def moment(self, at: float, now: float) -> Markup:
        """The same, with the date where it is not today."""
        local = self._local(at)
        if local.date() == self._local(now).date():
            return self.clock(at)
        return self._time(at, f"{self._date(local)} {local:%H:%M}", zone=True)

    def day(self, at: float) -> str:
        """The date in this zone."""
        return self._date(self._local(at))

    def lasts(self, seconds: float) -> str:
        """A duration, never longer than it is."""
        number, unit = max(int(seconds), 1), "second"
        for larger, size in (("minute", 60), ("hour", 60)):
            # Whole hours only: 90 minutes are said so. A minute and a half is one.
            if number < size or (larger == "hour" and number % size):
                break
            number, unit = number // size, larger
        return format_unit(number, f"duration-{unit}", locale=self._locale)

    @property
    def _locale(self) -> Locale:
        return LOCALES[self.language]

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self.time_zone)

    def _date(self, local: datetime) -> str:
        return str(dates.format_date(local, "long", locale=self._locale))

    def _time(self, at: float, text: str, *, zone: bool = False) -> Markup:
        local = self._local(at)
        told = f"{text}\N{NO-BREAK SPACE}({zone_of(local)})" if zone else text
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), told)
