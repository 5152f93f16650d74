"""Requests that are held open: slotted objects and one timer, whatever their number."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from radiusd.login.open_logins import Held, Login
from radiusd.login.unproved import Unproved
from radiusd.model import verdict
from radiusd.model.access import AccessRequest

OF_USER = 16  # requests of one user that are held at once, from whatever stations
IN_LINE = 4  # of one user at one client that names no station
GRAIN = 0.05  # seconds in which deadlines are looked at together


class Holds:
    """All held requests of this process.

    `ended` is called with each whose time is up, or whose NAS has given up; `undelivered` with each whose Accept did not
    arrive.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: list[Held] = []
        self._timer: asyncio.TimerHandle | None = None
        self._of_client: dict[str, int] = {}
        self._of_user: dict[tuple[str, str], int] = {}
        self._kept: dict[str | tuple[str, str], int] = {}  # places of a client, and of a user
        self._unproved = Unproved()
        self.ended: Callable[[Held], None] = lambda _: None
        self.undelivered: Callable[[Held], None] = lambda _: None

    def __len__(self) -> int:
        return sum(self._of_client.values())

    def of_client(self, client: str) -> int:
        """How many of one client are held."""
        return self._of_client.get(client, 0)

    def is_full(self, request: AccessRequest, login: Login, of_client: int) -> bool:
        """Whether a further request may not be held, so that one user does not take what the others of a NAS need.

        Of a station one is held: a newer one takes its place.
        """
        client, user = request.client, (login.row.directory, login.row.unique_id)
        if request.station and login.held:
            return False
        if self.of_client(client) + self._kept.get(client, 0) >= of_client:
            return True
        if self._of_user.get(user, 0) + self._kept.get(user, 0) >= OF_USER:
            return True
        return not request.station and len(login.held) >= IN_LINE

    def has_room(self, request: AccessRequest, login: Login, most: verdict.Unproved) -> bool:
        """Whether one more may be held of a user, and of a station, who have proved nothing."""
        return self._unproved.has_room(_place_of(login), request.station, most)

    @contextmanager
    def place(self, request: AccessRequest, login: Login, *, unproved: bool = False) -> Iterator[None]:
        """Kept for a request until it is held: many that come at once must not all find the last place free."""
        user = _place_of(login)
        places = (request.client, user)
        for place in places:
            self._kept[place] = self._kept.get(place, 0) + 1
        if unproved:
            self._unproved.take(user, request.station)
        try:
            yield
        finally:
            if unproved:
                self._unproved.give_back(user, request.station)
            for place in places:
                self._kept[place] -= 1
                if not self._kept[place]:
                    del self._kept[place]

    def add(self, held: Held) -> None:
        """Held from now on."""
        held.holds = self
        client, user = held.request.client, _user_of(held)
        self._of_client[client] = self.of_client(client) + 1
        self._of_user[user] = self._of_user.get(user, 0) + 1
        if held.unproved:
            self._unproved.take(user, held.request.station)
        held.login.held += (held,)
        heapq.heappush(self._due, held)
        if self._timer is None or held.deadline < self._timer.when() - GRAIN:
            self._rearm()

    def release(self, held: Held) -> bool:
        """Held no longer; whoever calls it answers. False where somebody did before."""
        if held.answered or held not in held.login.held:
            return False
        held.login.held = tuple(other for other in held.login.held if other is not held)
        client, user = held.request.client, _user_of(held)
        self._of_client[client] -= 1
        if not self._of_client[client]:
            del self._of_client[client]
        self._of_user[user] -= 1
        if not self._of_user[user]:
            del self._of_user[user]
        if held.unproved:
            self._unproved.give_back(user, held.request.station)
        return True

    def close(self) -> None:
        """Ends the timer; nobody is answered any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due[0].deadline + GRAIN, self._sweep) if self._due else None

    def _sweep(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._due and self._due[0].deadline <= now:
            heapq.heappop(self._due).gave_up()
        self._rearm()


def _user_of(held: Held) -> tuple[str, str]:
    return _place_of(held.login)


def _place_of(login: Login) -> tuple[str, str]:
    return login.row.directory, login.row.unique_id
