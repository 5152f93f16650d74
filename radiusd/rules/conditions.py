"""Whom a rule of radius.yaml means: the users of a directory that have one of some values in an attribute.

Compiled once, when the settings are read. Source: features.md D8, D20; S276, S277, S287.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import re2

from radiusd.model.entry import Entry

Matcher = Callable[[str], bool]


class Condition:
    """A rule's directory, attribute and values. Without an attribute it is every user of the directory."""

    __slots__ = ("_key", "_matchers", "_plain", "attribute", "directory", "values")

    def __init__(self, directory: str, attribute: str = "", values: Iterable[str] = ()) -> None:
        """Raises ValueError for a regular expression that does not compile; it names the value and what is wrong."""
        self.directory = directory
        self.attribute = attribute
        self.values = tuple(values)
        self._key = attribute.lower()
        self._plain = frozenset(value.casefold() for value in self.values if not _is_pattern(value))
        self._matchers = tuple(_matcher(value) for value in self.values if _is_pattern(value))

    def matches(self, entry: Entry) -> bool:
        """Whether the entry is of that directory and any one of its values is meant."""
        if entry.directory != self.directory:
            return False
        if not self._key:
            return True
        has = entry.attributes.get(self._key, ())
        if not self._plain.isdisjoint([value.casefold() for value in has]):
            return True
        return any(matcher(value) for matcher in self._matchers for value in has)

    def __str__(self) -> str:
        return f"{self.directory} {self.attribute}" if self.attribute else f"{self.directory}"


def _is_pattern(value: str) -> bool:
    return "*" in value or _is_expression(value)


def _is_expression(value: str) -> bool:
    return len(value) > 2 and value.startswith("/") and value.endswith("/")


def _matcher(value: str) -> Matcher:
    """Whether a text is meant by a wildcard or a regular expression, whole, in any case.

    In linear time and at most RE2's own 8 MiB, whatever the expression.
    """
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.dot_nl = True  # a value of several lines is matched whole too
    try:
        if _is_expression(value):
            options.case_sensitive = False
            expression = re2.compile(_octets(value[1:-1]), options).fullmatch
            return lambda text: expression(_octets(text)) is not None
        parts = (re2.escape(_octets(part)) for part in value.casefold().split("*"))
        # Folded as plain values are: RE2's own folding knows neither that ß is ss nor what becomes of İ.
        wildcard = re2.compile(b".*".join(parts), options).fullmatch
    except re2.error as error:
        raise ValueError(f"{value} is not a regular expression of RE2: {_said(error)}") from error
    return lambda text: wildcard(_octets(text.casefold())) is not None


def _octets(text: str) -> bytes:
    """UTF-8 that never fails: a directory may have values with octets that are none, kept as lone surrogates."""
    return text.encode("utf-8", "surrogatepass")


def _said(error: Exception) -> str:
    said = error.args[0]
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
