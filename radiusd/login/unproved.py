"""Requests of whoever has proved nothing: how many of one user and of one station are held, or about to be (D4).

Of one user from one station one is held, however many came: a newer one takes its place.
"""

from __future__ import annotations

from typing import TypeVar

from radiusd.model import verdict

User = tuple[str, str]
K = TypeVar("K")
V = TypeVar("V")


class Unproved:
    """Counts them. A station without a name is one of its own each time."""

    def __init__(self) -> None:
        self._of_user: dict[User, dict[str, int]] = {}
        self._of_station: dict[str, dict[User, int]] = {}

    def has_room(self, user: User, station: str, most: verdict.Unproved) -> bool:
        """Whether one more may be held, or takes the place of one that is."""
        stations = self._of_user.get(user, {})
        if station and station in stations:
            return True
        if len(stations) - ("" in stations) + stations.get("", 0) >= most.user:
            return False
        return not station or len(self._of_station.get(station, ())) < most.station

    def take(self, user: User, station: str) -> None:
        """One more."""
        _count(self._of_user, user, station, 1)
        if station:
            _count(self._of_station, station, user, 1)

    def give_back(self, user: User, station: str) -> None:
        """One less."""
        _count(self._of_user, user, station, -1)
        if station:
            _count(self._of_station, station, user, -1)


def _count(counts: dict[K, dict[V, int]], key: K, of: V, more: int) -> None:
    one = counts.setdefault(key, {})
    one[of] = one.get(of, 0) + more
    if not one[of]:
        del one[of]
    if not one:
        del counts[key]
