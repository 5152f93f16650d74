"""`type: local`: the users in the database."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Address
from typing import TypeVar

from config.secret import Secret
from radiusd.directories import Down, Missing, Right, Wrong, directory
from radiusd.directories.local_options import LocalOptions
from radiusd.model.entry import Entry
from radiusd.passwords import hashing
from radiusd.passwords.hash_queue import HashQueue
from radiusd.rules.blocking import Lock
from radiusd.rules.names import normal_form
from radiusd.running.stages import in_a_task
from store import Store, Unavailable, users
from store.records import LocalUser
from store.writing.pending import Pending

PEOPLE_KEPT = 50_000  # beyond, the oldest are read again
NOBODY_KEPT = 10_000  # names that nobody has: bounded, since anybody can make them up
NOBODY_SECONDS = 5.0
REHASH_SECONDS = 60.0  # a rehash that finds no turn in this time is left to the next login

T = TypeVar("T")
_normal = functools.lru_cache(maxsize=PEOPLE_KEPT)(normal_form)

RIGHT = Right()
WRONG = Wrong("password wrong")
EMPTY = Wrong("the password is empty", counted=False)
NO_PASSWORD = Wrong("the user has no password")
GONE = Wrong("the user was changed during the sign-in", counted=False)


class Person:
    """A user in memory. `right` is the digest of the password that was last verified, worth nothing after `until`.

    There is one right password for a stored hash, so one digest is the whole password cache of a user, and it goes
    when the user does.
    """

    __slots__ = ("entry", "right", "stored", "until")

    def __init__(self, entry: Entry, stored: Secret | None) -> None:
        self.entry = entry
        self.stored = stored
        self.right = b""
        self.until = 0.0


@directory("local", LocalOptions)
class Local:
    """Follows the table of users: whoever changes in it is read again."""

    def __init__(
        self,
        name: str,
        options: LocalOptions,  # noqa: ARG002 - every directory is made with its options
        store: Store,
        hashes: HashQueue,
        *,
        password_cache: timedelta,
        demo: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`demo`: the demo's users may sign in. `clock` is the loop's."""
        self.name = name
        self.locks_out = False  # failures are counted by `blocking` alone
        self.remembers = True
        self.immediate = True
        self._store = store
        self._hashes = hashes
        self._lifetime = password_cache.total_seconds()
        self._key = secrets.token_bytes(32)  # of the password cache's digests; it dies with the process
        self._demo = demo
        self._clock = clock
        self._people: dict[str, Person] = {}
        self._nobody: dict[str, float] = {}
        self._changes = 0
        self._judging: dict[bytes, list[Pending[bool | None]]] = {}  # who waits for the hash of one password
        self._rehashes: dict[str, asyncio.Task[None]] = {}
        self._rehashed: dict[str, Person] = {}

    def normal(self, typed: str) -> str | None:
        return _normal(typed)

    async def find(self, typed: str, deadline: float) -> Entry | Down | None:
        name = _normal(typed)
        if name is None:
            return None
        person = self._people.get(name)
        if person is not None and self._store.current():
            return person.entry
        found = await self._find(name, deadline)
        return found.entry if isinstance(found, Person) else found

    async def check(self, entry: Entry, password: str, station: str, deadline: float) -> Right | Wrong | Down:
        """Judges the password; the same one given twice at once is hashed once."""
        if not password:
            return EMPTY
        person = self._people.get(entry.username)
        if person is None or person.entry is not entry:
            found = await self._find(entry.username, deadline)
            if isinstance(found, Down):
                return found
            if found is None or found.entry.unique_id != entry.unique_id or not found.entry.enabled:
                return GONE
            person = found
        if person.stored is None:
            judged = await self._pretend(entry.unique_id, password, station, deadline)
            return self._overload() if judged is None else NO_PASSWORD
        digest = self._digest(person.entry.unique_id, person.stored.reveal(), password)
        if person.right == digest and self._clock() < person.until:
            return Right(cached=True, until=person.until)
        judged = await self._verify(
            person.stored.reveal(), entry.unique_id, digest, password, station, deadline, person
        )
        if judged is None:
            return self._overload()
        if not judged:
            return WRONG
        return await self._still(person, password, deadline)

    async def lock(self, entry: Entry, deadline: float, *, fresh: bool) -> Lock | None:  # noqa: ARG002
        """None: it has no rule of its own."""
        return None

    async def refusal(self, entry: Entry, at: float, deadline: float) -> str | Down:  # noqa: ARG002 - as Directory has it
        found = await self._find(entry.username, deadline)
        if isinstance(found, Down):
            return found
        return GONE.reason if found is None else NO_PASSWORD.reason if found.stored is None else ""

    def recalls(self, entry: Entry, password: str) -> Right | None:
        person = self._people.get(entry.username)
        if person is None or person.entry is not entry or person.stored is None or self._clock() >= person.until:
            return None
        if person.right != self._digest(entry.unique_id, person.stored.reveal(), password):
            return None
        return Right(cached=True, until=person.until)

    async def manager(self, entry: Entry, deadline: float) -> Entry | Missing | Down | None:  # noqa: ARG002 - nothing is read
        """The sponsor, who need not be a user: known by name, address and number alone."""
        name, mail, phone = (_only(entry, f"sponsor_{field}") for field in ("name", "email", "phone"))
        if not mail and not phone:
            return None
        return Entry(self.name, "", mail or phone, display_name=name, mail=mail, mobile=phone)

    async def pretend(self, name: str, password: str, station: str, deadline: float) -> Down | None:
        if not password:
            return None
        # One at a time for a name, and the same password once: as it is for names that somebody has.
        judged = await self._pretend(f"\0{name}", password, station, deadline)
        return self._overload() if judged is None else None

    def _pretend(self, user: str, password: str, station: str, deadline: float) -> Pending[bool | None]:
        """`user` is no unique id of somebody who has a password."""
        digest = self._digest(user, hashing.DUMMY, password)
        return self._verify(hashing.DUMMY, user, digest, password, station, deadline, None)

    def holds(self, entry: Entry) -> bool:
        person = self._people.get(entry.username)
        return person is not None and person.entry is entry and self._store.current()

    def _overload(self) -> Down:
        return Down(self.name, "too many passwords wait to be hashed", overload=True)

    def down(self) -> Down | None:
        return None if self._store.down_since() is None else Down(self.name, "the database is not available")

    def down_since(self) -> float | None:
        return self._store.down_since()

    async def start(self) -> None:
        self._store.subscribe("users", self._changed)

    async def close(self) -> None:
        rehashes = [*self._rehashes.values()]
        for task in rehashes:
            task.cancel()
        await asyncio.gather(*rehashes, return_exceptions=True)

    async def _find(self, name: str, deadline: float) -> Person | Down | None:
        """From memory where it may be trusted, else from the database."""
        if self._store.current():
            person = self._people.get(name)
            if person is not None:
                return person
            if self._nobody.get(name, 0.0) > self._clock():
                return None
        changes = self._changes
        await in_a_task()
        reading = asyncio.ensure_future(self._store.read(lambda connection: users.find(connection, name)))
        await asyncio.wait((reading,), timeout=max(0.0, deadline - self._clock()))
        if not reading.done():
            reading.cancel()
            return Down(self.name, "the database did not answer in time")
        try:
            record = reading.result()
        except Unavailable as gone:
            return Down(self.name, f"the database is not available: {gone.cause}")
        if record is not None and record.demo and not self._demo:
            record = None
        # What was read before a change must not outlive the change's notice.
        return self._met(name, record, keep=changes == self._changes)

    def _met(self, name: str, record: LocalUser | None, *, keep: bool) -> Person | None:
        if record is None:
            if keep:
                self._people.pop(name, None)
                _put(self._nobody, name, self._clock() + NOBODY_SECONDS, NOBODY_KEPT)
            return None
        person = Person(entry_of(self.name, record), record.password_hash)
        for known in (self._people.get(name), self._rehashed.pop(name, None)):
            if known is not None and known.entry == person.entry and known.stored == person.stored:
                person = known
        if keep:
            self._nobody.pop(name, None)
            _put(self._people, name, person, PEOPLE_KEPT)
        return person

    def _changed(self, name: str) -> None:
        """A notice: that user changed, or any where the name is ""."""
        self._changes += 1
        if name:
            self._people.pop(name, None)
            self._nobody.pop(name, None)
        else:
            self._people.clear()
            self._nobody.clear()

    def _digest(self, user: str, stored: str, password: str) -> bytes:
        # Neither an id nor a hash has a NUL, so no two triples are the same octets.
        text = f"{user}\0{stored}\0{password}"
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()

    def _queue_until(self, deadline: float) -> float:
        """A quarter of the time that is left. Whose turn comes later is told to try again while the NAS still waits."""
        now = self._clock()
        return now + (deadline - now) / 4

    def _verify(
        self, stored: str, user: str, digest: bytes, password: str, station: str, deadline: float, person: Person | None
    ) -> Pending[bool | None]:
        """What the hash says, to each who asks a future of their own: one may be cancelled without the others."""
        asked: Pending[bool | None] = Pending(loop=asyncio.get_running_loop())
        judging = self._judging.get(digest)
        if judging is not None:
            judging.append(asked)
            return asked
        self._judging[digest] = [asked]
        hashed = self._hashes.verify(
            stored, password, user=user, station=station, queue_until=self._queue_until(deadline)
        )
        hashed.follow(functools.partial(self._judged, person, digest, hashed))
        return asked

    def _judged(self, person: Person | None, digest: bytes, hashed: Pending[bool | None]) -> None:
        error = hashed.exception()
        judged = None if error is not None else hashed.result()
        if judged and person is not None:
            person.right = digest
            person.until = self._clock() + self._lifetime
        for asked in self._judging.pop(digest):
            if asked.done():
                continue
            if error is not None:
                asked.set_exception(error)
            else:
                asked.set_result(judged)

    async def _still(self, person: Person, password: str, deadline: float) -> Right | Wrong | Down:
        """The password was right when it was given; whether it still is, now that it has been hashed."""
        name = person.entry.username
        if self._people.get(name) is not person:
            found = await self._find(name, deadline)
            if isinstance(found, Down):
                return found
            if found is None or found.stored != person.stored or not found.entry.enabled:
                return GONE
        if person.stored is not None and hashing.needs_rehash(person.stored.reveal()) and name not in self._rehashes:
            task = asyncio.create_task(self._rehash(person, person.stored, password))
            self._rehashes[name] = task
            task.add_done_callback(lambda _: self._rehashes.pop(name))
        return RIGHT

    async def _rehash(self, person: Person, stored: Secret, password: str) -> None:
        """Stores the password's hash with today's parameters, unless the user was given another one meanwhile."""
        name = person.entry.username
        until = self._clock() + REHASH_SECONDS
        made = await self._hashes.make(password, user=person.entry.unique_id, station="rehash", queue_until=until)
        if made is None:
            return
        new = Secret(made)
        again = Person(person.entry, new)
        again.right = self._digest(person.entry.unique_id, made, password)
        again.until = person.until
        _put(self._rehashed, name, again, NOBODY_KEPT)  # found by whoever reads the changed row
        try:
            await self._store.write(lambda connection: users.rehash(connection, person.entry.unique_id, stored, new))
        except Unavailable:
            self._rehashed.pop(name, None)  # the next login tries again


def entry_of(directory: str, user: LocalUser) -> Entry:
    """The user as the engine and the policies see them: attributes by the names of features.md D20."""
    attributes = {
        "username": user.username,
        "email": user.email,
        "mobile": user.phone,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "description": user.description,
        "sponsor_name": user.sponsor_name,
        "sponsor_email": user.sponsor_email,
        "sponsor_phone": user.sponsor_phone,
    }
    return Entry(
        directory=directory,
        unique_id=user.unique_id,
        username=user.username,
        display_name=f"{user.first_name} {user.last_name}".strip() or user.username,
        mail=user.email,
        mobile=user.phone,
        language=user.language,
        framed_ip_address=IPv4Address(user.framed_ip_address) if user.framed_ip_address else None,
        enabled=user.enabled,
        expires_at=user.expires_at,
        credential="" if user.password_changed_at is None else repr(user.password_changed_at),
        attributes={name: (value,) for name, value in attributes.items() if value} | {"group_name": user.groups},
    )


def _only(entry: Entry, name: str) -> str:
    values = entry.attributes.get(name)
    return values[0] if values else ""


def _put(kept: dict[str, T], name: str, value: T, most: int) -> None:
    if len(kept) >= most and name not in kept:
        del kept[next(iter(kept))]
    kept[name] = value
