"""What happened in one sign-in, in order: for the tests, and for the drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Literal

DOTS = "••••••"
# What could be a code or somebody's number; a reference of ours has letters in it or is named.
NUMBER = re.compile(r"(?<!Ref )(?<![\w*])\+?\d[\d *\u2022-]{2,}\d(?!\w)")


class Lane(Enum):
    """Who takes part, from the left to the right."""

    USER = "user"
    NAS = "NAS"
    SERVER = "radiusd"
    OTHER = "post"  # a message's way, or the manager


Tone = Literal["plain", "again", "good", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """Something goes from one to another; `at` in seconds from the sign-in's first. `again`: a further copy."""

    at: float
    source: Lane
    target: Lane
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that one of them does by itself; `cross` where it gives up."""

    at: float
    lane: Lane
    text: str
    cross: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The server keeps a request unanswered."""

    at: float
    until: float


Event = Arrow | Mark


@dataclass(frozen=True, slots=True)
class Transcript:
    """One sign-in from its beginning to its end. `other` names the last lane: mail, SMS or manager."""

    events: tuple[Event, ...]
    held: tuple[Held, ...]
    other: str

    def lines(self) -> list[str]:
        """As text, without times: who, to whom, what."""
        return [_line(event) for event in self.events]


def _line(event: Event) -> str:
    if isinstance(event, Mark):
        return f"{event.lane.value}: {event.text}"
    again = " (again)" if event.tone == "again" else ""
    return f"{event.source.value} > {event.target.value}: {event.text}{again}"


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """By time; what happened at one time stays as it was told."""
    return tuple(sorted(events, key=lambda event: event.at))


def without_numbers(text: str) -> str:
    """The text with codes and phone numbers as dots."""
    return NUMBER.sub(DOTS, text)


def wrapped(text: str, width: int, lines: int = 2) -> list[str]:
    """The text in so many lines at most, shortened where it is longer."""
    made = list(_broken(text, width))
    if len(made) > lines:
        made = [*made[: lines - 1], made[lines - 1][: width - 1].rstrip() + "…"]
    return made


def _broken(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
        while len(line) > width:
            yield line[:width]
            line = line[width:]
    if line:
        yield line
