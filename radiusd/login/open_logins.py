"""The logins that take more than one step, as this process knows them. The database's row is the truth.

Memory spares the look-up; every step is written on the condition that its login still stands as memory has it, so a
step that another node made first is found out then.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from msgspec.structs import replace

from radiusd.login.cases import Step
from radiusd.login.locks import Lock
from radiusd.login.login_rows import outcome_of
from radiusd.model.access import AccessRequest, Waiter
from radiusd.model.entry import Entry
from store import Store, logins
from store.records import LoginRow, LoginStatus

REPEATED_SECONDS = 60.0  # for so long after a restart the last request of an ended login is known again
OPEN: LoginStatus = "open"


class Holding(Protocol):
    """What is told of held requests (see holds.Holds)."""

    ended: Callable[[Held], None]
    undelivered: Callable[[Held], None]


class Held:
    """One request that waits for a decision until its deadline. `packet` is what its octets are recorded by."""

    __slots__ = (
        "_over", "_step", "_waiter", "answered", "deadline", "holds", "in_line", "login", "packet", "request", "unproved_until",
    )  # fmt: skip

    def __init__(
        self, login: Login, request: AccessRequest, packet: str, *, unproved_until: float | None = None
    ) -> None:
        self.login = login
        # Neither is needed any more, and the password is not to lie about.
        self.request = replace(request, password="", octets=b"", fingerprint=None)
        self.deadline = request.deadline
        self.packet = packet
        self.answered = False
        self.in_line = False  # behind another one (D24)
        # Whoever sent it has proved nothing: when it is answered, however long that took to find (D4). None: has.
        self.unproved_until = unproved_until
        self.holds: Holding | None = None  # from `Holds.add` on
        self._over = False
        self._waiter: Waiter | None = None
        self._step: Step | None = None

    def __lt__(self, other: Held) -> bool:
        """Whose deadline comes first."""
        return self.deadline < other.deadline

    @property
    def prompt(self) -> str:
        """What the method tells the user while somebody else decides."""
        return outcome_of(self.login.row).text

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

    @property
    def unproved(self) -> bool:
        return self.unproved_until is not None

    def answer(self, step: Step, at: float | None = None) -> None:
        """What came of it: told at once, or then (the loop's clock), or as soon as somebody waits."""
        self.answered = True
        if at is None:
            self._tell(step)
        else:
            asyncio.get_running_loop().call_at(at, self._tell, step)

    def _tell(self, step: Step) -> None:
        if self._waiter is None:
            self._step = step
        else:
            self._waiter.done(step)


class Login:
    """One login. `entry` is None until it was looked up in this process; `unsent`: its message may not have left."""

    __slots__ = ("_lock", "entry", "held", "looked_up", "row", "unsent")

    def __init__(self, row: LoginRow, entry: Entry | None, *, unsent: bool = False) -> None:
        self.row = row
        self.entry = entry
        self.looked_up = row.at  # when the entry was
        self.unsent = unsent
        self.held: tuple[Held, ...] = ()
        self._lock: Lock | None = None

    @property
    def lock(self) -> Lock:
        """Whoever works on it has this. To be taken at once: `async with login.lock`."""
        if self._lock is None:
            self._lock = Lock(self.unlocked)
        return self._lock

    def unlocked(self) -> None:
        """Nobody has the lock, and nobody waits for it."""
        self._lock = None

    def is_open(self, now: float) -> bool:
        return self.row.status == OPEN and self.row.until > now


def joins_of(entry: Entry, login: AccessRequest | LoginRow, factor: str) -> str:
    """What requests have in common that are the same login at the same factor (D3).

    Of a login that is there it is its first request that counts: not every NAS repeats the station with an answer.
    """
    return _joined(entry.directory, entry.unique_id, login.client, login.application, login.station, factor)


@lru_cache(maxsize=1024)  # asked for several times in each step
def _joined(*parts: str) -> str:
    return hashlib.blake2b(ascii(parts).encode(), digest_size=16).hexdigest()


class OpenLogins:
    """Finds logins by what a request brings. Outlives a reload."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[str, Login] = {}
        self._by_joins: dict[str, Login] = {}
        self._by_approval: dict[str, Login] = {}
        self._ended: Mapping[str, LoginRow] = {}
        self._ended_until = 0.0

    def __len__(self) -> int:
        return len(self._by_id)

    async def load(self, now: float, unsent: frozenset[str]) -> None:
        """Reads what was open when the last process ended; `unsent` are logins whose message may not have left.

        Raises store.Unavailable.
        """
        rows = await self._store.read(lambda connection: logins.live(connection, now, now - REPEATED_SECONDS))
        for row in rows:
            if row.status == OPEN:
                self.add(Login(row, None, unsent=row.id in unsent))
        self._ended = {row.packet: row for row in rows if row.status != OPEN}
        self._ended_until = now + REPEATED_SECONDS

    def add(self, login: Login) -> None:
        """Known from now on, in the place of what was known of it."""
        row = login.row
        self._by_id[row.id] = login
        if row.joins is not None:
            self._by_joins[row.joins] = login
        if row.approval is not None:
            self._by_approval[row.approval] = login

    def take(self, login: Login, row: LoginRow) -> None:
        """The login's row is that now."""
        before = login.row
        if (
            row.status == OPEN
            and row.joins == before.joins
            and row.approval == before.approval
            and self._by_id.get(row.id) is login
        ):
            login.row = row  # it is found as it was
            return
        self._forget_keys(login)
        login.row = row
        if row.status == OPEN:
            self.add(login)

    def drop(self, login: Login) -> None:
        """It is known no longer: the database is asked for it."""
        self._forget_keys(login)

    def joinable(self, joins: str) -> Login | None:
        """The login that such a request joins, as far as this process knows."""
        return self._by_joins.get(joins)

    def waiting_for(self, approval: str) -> Login | None:
        """The login that waits for that approval, as far as this process knows."""
        return self._by_approval.get(approval)

    def waiting(self) -> list[Login]:
        """Every login that waits for an approval."""
        return list(self._by_approval.values())

    def awaits(self, entry: Entry) -> bool:
        """Whether any login of that user waits for an approval, or for whoever comes back with one."""
        user = (entry.directory, entry.unique_id)
        return any((each.row.directory, each.row.unique_id) == user for each in self._by_approval.values())

    def keeps_ended(self, now: float) -> bool:
        """Whether it is still known what ended just before this process began."""
        if self._ended and now > self._ended_until:
            self._ended = {}
        return bool(self._ended)

    def ended_by(self, packets: Sequence[str]) -> LoginRow | None:
        """The login that this very request ended before this process began; one of these was recorded of it."""
        return next((self._ended[packet] for packet in packets if packet in self._ended), None)

    async def find(self, login: str) -> Login | None:
        """The login of that id, from memory or the database. Raises store.Unavailable."""
        known = self._by_id.get(login)
        if known is not None:
            return known
        row = await self._store.read(lambda connection: logins.get(connection, login))
        return None if row is None else self._adopted(row)

    async def find_joinable(self, joins: str) -> Login | None:
        """The open login that such a request joins, from the database. Raises store.Unavailable."""
        row = await self._store.read(lambda connection: logins.joined_by(connection, joins))
        return None if row is None else self._adopted(row)

    async def refresh(self, login: Login) -> None:
        """Its row as the database has it. Raises store.Unavailable."""
        row = await self._store.read(lambda connection: logins.get(connection, login.row.id))
        if row is None:
            self.drop(login)
            login.row = replace(login.row, status="expired")
        else:
            self.take(login, row)

    def sweep(self, now: float) -> None:
        """Forgets logins whose time is up and that hold nothing."""
        old = [login for login in self._by_id.values() if login.row.until <= now and not login.held]
        for login in old:
            self.drop(login)

    def _adopted(self, row: LoginRow) -> Login:
        known = self._by_id.get(row.id)  # meanwhile
        if known is not None:
            return known
        login = Login(row, None)
        if row.status == OPEN:
            self.add(login)
        return login

    def _forget_keys(self, login: Login) -> None:
        row = login.row
        _forget(self._by_id, row.id, login)
        if row.joins is not None:
            _forget(self._by_joins, row.joins, login)
        if row.approval is not None:
            _forget(self._by_approval, row.approval, login)


def _forget(known: dict[str, Login], key: str, login: Login) -> None:
    if known.get(key) is login:
        del known[key]
