"""Requests that are held open: slotted objects and one timer, whatever their number."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from radiusd.login.refusals import Step
from radiusd.model.access import AccessRequest, Waiter

if TYPE_CHECKING:
    from radiusd.login.open_logins import Login

OF_USER = 16  # requests of one user that are held at once, from whatever stations
IN_LINE = 4  # of one user at one client that names no station
GRAIN = 0.05  # seconds in which deadlines are looked at together


class Held:
    """One request that waits for a decision until its deadline. `packet` is what its octets are recorded by."""

    __slots__ = ("_over", "_step", "_waiter", "answered", "holds", "in_line", "login", "packet", "request")

    def __init__(self, login: Login, request: AccessRequest, packet: str) -> None:
        self.login = login
        # Neither is needed any more, and the password is not to lie about.
        self.request = replace(request, password="", octets=b"", fingerprint=None)
        self.packet = packet
        self.answered = False
        self.in_line = False  # behind another one (D24)
        self.holds: Holds | None = None  # from `Holds.add` on
        self._over = False
        self._waiter: Waiter | None = None
        self._step: Step | None = None

    def wait(self, waiter: Waiter) -> None:
        """The front door says whom to tell."""
        if self._step is None:
            self._waiter = waiter
        else:
            waiter.done(self._step)

    def gave_up(self) -> None:
        """Its NAS listens no longer, or its time is up: `Holds.ended` is told, once."""
        if self.holds is not None and not self.answered and not self._over:
            self._over = True
            self.holds.ended(self)

    def undelivered(self) -> None:
        """The Accept did not arrive, as an ICMP error proves: `Holds.undelivered` is told."""
        if self.holds is not None:
            self.holds.undelivered(self)

    def answer(self, step: Step) -> None:
        """What came of it: told at once, or as soon as somebody waits."""
        self.answered = True
        if self._waiter is None:
            self._step = step
        else:
            self._waiter.done(step)


class Holds:
    """All held requests of this process.

    `ended` is called with each whose time is up, or whose NAS has given up; `undelivered` with each whose Accept did not
    arrive.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: list[tuple[float, int, Held]] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._of_client: dict[str, int] = {}
        self._of_user: dict[tuple[str, str], int] = {}
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
        user = (login.row.directory, login.row.unique_id)
        if request.station and login.held:
            return False
        if self.of_client(request.client) >= of_client or self._of_user.get(user, 0) >= OF_USER:
            return True
        return not request.station and len(login.held) >= IN_LINE

    def add(self, held: Held) -> None:
        """Held from now on."""
        held.holds = self
        client, user = held.request.client, _user_of(held)
        self._of_client[client] = self.of_client(client) + 1
        self._of_user[user] = self._of_user.get(user, 0) + 1
        held.login.held.append(held)
        self._number += 1
        heapq.heappush(self._due, (held.request.deadline, self._number, held))
        if self._timer is None or held.request.deadline < self._timer.when() - GRAIN:
            self._rearm()

    def release(self, held: Held) -> bool:
        """Held no longer; whoever calls it answers. False where somebody did before."""
        if held.answered or held not in held.login.held:
            return False
        held.login.held.remove(held)
        client, user = held.request.client, _user_of(held)
        self._of_client[client] -= 1
        if not self._of_client[client]:
            del self._of_client[client]
        self._of_user[user] -= 1
        if not self._of_user[user]:
            del self._of_user[user]
        return True

    def close(self) -> None:
        """Ends the timer; nobody is answered any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due[0][0] + GRAIN, self._sweep) if self._due else None

    def _sweep(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2].gave_up()
        self._rearm()


def _user_of(held: Held) -> tuple[str, str]:
    return held.login.row.directory, held.login.row.unique_id
