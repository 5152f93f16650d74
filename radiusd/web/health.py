"""What the machines that watch this process are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """How the parts of the server are, asked at each request. Called in the loop; must not wait."""

    database_down: Callable[[], str | None]  # the cause, None where it is up
    listeners_up: Callable[[], bool]
    directories_down: Callable[[], Mapping[str, str]]  # name -> cause, of those that are down

    def missing(self) -> list[str]:
        """What keeps this process from serving. A directory does not: the users of the others sign in meanwhile."""
        down = self.database_down() is not None
        return [name for name, is_missing in (("database", down), ("listeners", not self.listeners_up())) if is_missing]
