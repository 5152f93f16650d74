"""What is wrong with a radius.yaml, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int


class Fault(NamedTuple):
    """One thing that is wrong, or not advisable; `message` says what to write instead and carries no secret."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class SettingsError(Exception):
    """The configuration can not be used. `faults` are all that were found, in the order of the files."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def fault(place: Place, message: str) -> Fault:
    return Fault(*place, message)


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The word that was probably meant, None where none is near; `cutoff` up to 1.0, which is equal."""
    folded = {known.casefold(): known for known in words}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def instead(word: str, words: Iterable[str]) -> str:
    """`; did you mean ...?` or, where nothing is near, what there is to choose from."""
    known = sorted(words)
    near = nearest(word, known)
    if near is not None:
        return f"; did you mean `{near}`?"
    if not known:
        return "; there is none"
    listed = ", ".join(f"`{name}`" for name in known[:MOST_LISTED])
    more = ", ..." if len(known) > MOST_LISTED else ""
    return f"; there is {listed}{more}"


MOST_LISTED = 20
