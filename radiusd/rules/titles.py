"""What people read in place of the names that radius.yaml has: `organisation` and `title` (D28)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from radiusd.rules.texts import Texts

DAYS = {"en": "%Y-%m-%d", "tr": "%d.%m.%Y"}
ByName = Mapping[str, Mapping[str, str]]
"""Titles by language, by the name that they stand for."""


class Called(NamedTuple):
    """Titles in one language, by name; what is not here has none. `organisation` "" where it has no name.

    `day` is how the language writes a date, for strftime.
    """

    organisation: str = ""
    applications: Mapping[str, str] = {}
    clients: Mapping[str, str] = {}
    profiles: Mapping[str, str] = {}
    day: str = "%Y-%m-%d"


class Titles:
    """Titles in every language. Made once for each: a mailed code looks them up and makes none."""

    def __init__(
        self,
        texts: Texts,
        organisation: str = "",
        applications: ByName = {},  # noqa: B006 - never changed
        clients: ByName = {},  # noqa: B006
        profiles: ByName = {},  # noqa: B006
    ) -> None:
        self.organisation = organisation
        self._texts = texts
        self._applications = applications
        self._clients = clients
        self._profiles = profiles
        self.called = lru_cache(maxsize=64)(self._called)  # by the reader's language, "" where none is known

    def _called(self, language: str) -> Called:
        every = (self._applications, self._clients, self._profiles)
        applications, clients, profiles = (self._of(titles, language) for titles in every)
        return Called(self.organisation, applications, clients, profiles, self._texts.choose(DAYS, language))

    def _of(self, titles: ByName, language: str) -> Mapping[str, str]:
        return {name: self._texts.choose(by_language, language) for name, by_language in titles.items()}
