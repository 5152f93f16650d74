"""The types of values that radius.yaml has, each with how it is written and what to write instead.

A message may have `{value}` in it: what was written there. Those of secrets have not.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from annotated_types import Ge, Le, MinLen
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from config.faults import instead, nearest
from config.models.forms import (
    AT_LEAST_ONE,
    DURATION,
    NONE_TWICE,
    ONE_OR_SEVERAL,
    SPAN,
    form,
    pattern,
    word_or,
)
from config.secret import Secret

T = TypeVar("T")


def wrong(text: str, *at: str, of: Iterable[str] = ()) -> PydanticCustomError:
    """The error of a value, or of what is `at` those keys in it; `{value}` in the text stands for what was written.

    `of` are the keys of a section that contradict each other: it is not told where one of them is faulty by itself.
    """
    return PydanticCustomError("wrong", "wrong value", {"text": text, "at": at, "of": tuple(of)})


def lacks(keys: Iterable[str], hint: str) -> PydanticCustomError:
    """The error of a section that needs these keys; one that is there and faulty is not told as missing."""
    return PydanticCustomError("lacks", "keys are missing", {"keys": tuple(keys), "hint": hint})


def only_known(keys: Iterable[str], known: Iterable[str]) -> None:
    """Raises the error of every key that is not known: `extra="forbid"` alone can name no spelling."""
    names = list(known)
    unknown = [key for key in keys if key not in names]
    if unknown:
        raise PydanticCustomError("unknown_keys", "unknown keys", {"keys": unknown, "known": names})


# Lists: one value may stand for a list of one.


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    seen = set()
    for value in values:
        if value in seen:
            raise wrong(f"names `{value}` twice" if isinstance(value, str) else "has an entry twice")
        seen.add(value)
    return values


Many = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), ONE_OR_SEVERAL]
NotEmpty = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), MinLen(1), AT_LEAST_ONE]
Distinct = Annotated[T, AfterValidator(_distinct), NONE_TWICE]

# Numbers and plain texts.

Positive = Annotated[int, Ge(1)]
NotNegative = Annotated[int, Ge(0)]
Port = Annotated[int, Ge(1), Le(65535)]
Shown = Annotated[str, MinLen(1)]
"""A text that is not empty."""
Hidden = Annotated[str, MinLen(1), Field(repr=False)]
"""A text that may have a password in it: not shown in any repr, and not in what a reload says of it."""


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise wrong("must be one line without control characters")
    return value


Line = Annotated[str, MinLen(1), AfterValidator(_one_line), pattern(r"^[^\u0000-\u001f\u007f]+$")]

# Durations.

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=36500)


def duration(value: Any) -> timedelta:
    """`30s`, `10m`, `8h` or `30d`. A bare number is refused: nobody can tell whether it means seconds or minutes."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong("{value} is not a duration: a unit is missing, write for example 30s, 10m, 8h or 30d")
    found = re.fullmatch(r"([0-9]{1,12})([smhd])", value) if isinstance(value, str) else None
    if found is None:
        raise wrong("{value} is not a duration; write for example 30s, 10m, 8h or 30d")
    seconds = int(found[1]) * UNITS[found[2]]
    if seconds > LONGEST.total_seconds():
        raise wrong("{value} is longer than a hundred years")
    return timedelta(seconds=seconds)


def duration_text(value: timedelta) -> str:
    """`30s`, `10m`, `8h`, `30d`: the largest unit that says it exactly."""
    seconds = round(value.total_seconds())
    for unit, size in reversed(UNITS.items()):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _not_zero(value: timedelta) -> timedelta:
    if not value:
        raise wrong("must be longer than 0s")
    return value


class NoneAs(NamedTuple):
    """How None is written in radius.yaml, and shown by a reload."""

    word: str


def duration_or(word: str) -> Callable[[Any], timedelta | None]:
    """Reads a duration that may also be one word, which is None."""

    def read(value: Any) -> timedelta | None:
        if value is None or value == word:
            return None
        if isinstance(value, str) and not value[:1].isdigit() and nearest(value, [word]):
            raise wrong(f"{{value}} is neither a duration nor `{word}`; did you mean `{word}`?")
        return _not_zero(duration(value))

    return read


Duration = Annotated[timedelta, BeforeValidator(duration), form(DURATION)]
Span = Annotated[timedelta, BeforeValidator(duration), AfterValidator(_not_zero), form(SPAN)]
"""A duration longer than nothing."""
Hold = Annotated[timedelta | None, NoneAs("auto"), BeforeValidator(duration_or("auto")), word_or("auto", SPAN)]
Ending = Annotated[
    timedelta | None, NoneAs("permanent"), BeforeValidator(duration_or("permanent")), word_or("permanent", SPAN)
]


def _time_of_day(value: Any) -> time:
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", value) if isinstance(value, str) else None
    if found is None:
        raise wrong('{value} is not a time of day; write for example "18:00"')
    return time(int(found[1]), int(found[2]))


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _day_fault()
    except ValueError:
        return _day_fault()


def _day_fault() -> date:
    raise wrong("{value} is not a date; write for example 2026-12-20")


def _zone(value: Any) -> Any:
    if value is None or isinstance(value, ZoneInfo):
        return value
    zones = available_timezones()
    if value not in zones:
        near = nearest(value, zones) if isinstance(value, str) else None
        hint = f"did you mean `{near}`?" if near else "write for example Europe/Istanbul or UTC"
        raise wrong("{value} is not a time zone of this machine; " + hint)
    return ZoneInfo(value)


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[date, BeforeValidator(_day), pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone), pattern("^[A-Za-z][A-Za-z0-9_+/-]*$")]


class Listener(NamedTuple):
    """An address and port to listen at; port 0 takes any free one."""

    address: IPv4Address | IPv6Address
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if self.address.version == 6 else f"{self.address}:{self.port}"


# Files, names, encodings, secrets.


def _located(value: Any, info: ValidationInfo) -> Any:
    """A relative name is beside radius.yaml."""
    folder: Path = info.context["folder"] if info.context else Path()
    return folder / value if isinstance(value, str | Path) and str(value) else value


def _encoding(value: str) -> str:
    try:
        known = codecs.lookup(value)._is_text_encoding  # noqa: SLF001 - no other way to ask
    except (LookupError, ValueError):
        known = False
    if not known:
        raise wrong("{value} is not an encoding of text; write for example utf-8, latin-1 or cp1254")
    try:
        keeps_ascii = ASCII.decode(value) == ASCII.decode()
    except (UnicodeError, ValueError):
        keeps_ascii = False
    if not keeps_ascii:
        raise wrong(
            "{value} is not how a NAS sends passwords, where ASCII stays as it is; write utf-8, latin-1 or cp1254"
        )
    return value


ASCII = bytes(range(0x20, 0x7F))


def takes_every_octet(encoding: str) -> bool:
    """Whether any octets are valid in an encoding, so that none is tried after it."""
    try:
        bytes(range(256)).decode(encoding)
    except UnicodeError:
        return False
    return True


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise wrong("must be a text: put it in quotes, or write env:NAME or file:PATH")
    if not value:
        raise wrong("is empty")
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise wrong(
            "has a line break or another control character in it, which no other side has; write it in one line"
        )
    return Secret(value)


def _entry_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        for name in value:
            if not re.fullmatch(r"\w[\w .@-]{0,63}", name):
                raise wrong("is no name: it may have letters, digits, spaces and _ - . @, at most 64 of them", name)
    return value


Located = Annotated[Path, BeforeValidator(_located), form({"type": "string"})]
Encoding = Annotated[str, AfterValidator(_encoding)]
Hush = Annotated[Secret, BeforeValidator(_secret), form({"type": "string", "minLength": 1})]
"""A Secret that is not empty."""


def _put_names(entries: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, entry in entries.items():
        if hasattr(entry, "_name"):
            entry._name = name  # noqa: SLF001 - private, so that radius.yaml can not have it as a key
    return entries


Entries = Annotated[Mapping[str, T], BeforeValidator(_entry_names), AfterValidator(_put_names)]
"""Entries by name."""


def _country(value: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS

    if value not in SUPPORTED_REGIONS:
        near = instead(value.upper(), [value.upper()]) if value.upper() in SUPPORTED_REGIONS else ""
        raise wrong("{value} is not a country's code of two capital letters, for example TR" + near)
    return value


Country = Annotated[str, AfterValidator(_country), pattern("^[A-Z]{2}$")]
