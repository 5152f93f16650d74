"""`type: local`: the users in the database."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta

from config.secret import Secret
from radiusd.directories import Changed, Down, Missing, MustChange, Right, Unfit, Wrong, directory, local_passwords
from radiusd.directories.local_options import LocalOptions
from radiusd.directories.local_passwords import MUST_CHANGE, OLD_IS_GONE
from radiusd.directories.local_people import PEOPLE_KEPT, People, Person, entry_of
from radiusd.model.entry import Entry
from radiusd.passwords import hashing
from radiusd.passwords.hash_queue import HashQueue
from radiusd.rules.blocking import Lock
from radiusd.rules.names import normal_form
from radiusd.running.stages import in_a_task
from store import Store, Unavailable, users
from store.writing.pending import Pending

REHASH_SECONDS = 60.0  # a rehash that finds no turn in this time is left to the next login

_normal = functools.lru_cache(maxsize=PEOPLE_KEPT)(normal_form)

RIGHT = Right()
WRONG = Wrong("password wrong")
EMPTY = Wrong("the password is empty", counted=False)
NO_PASSWORD = Wrong("the user has no password")
GONE = Wrong("the user was changed during the sign-in", counted=False)


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
        self.remembers, self.wants_old = True, False
        self.immediate = True
        self._store = store
        self._hashes = hashes
        self._lifetime = password_cache.total_seconds()
        self._key = secrets.token_bytes(32)  # of the password cache's digests; it dies with the process
        self._demo = demo
        self._clock = clock
        self._people = People(name, clock)
        self._judging: dict[bytes, list[Pending[bool | None]]] = {}  # who waits for the hash of one password
        self._rehashes: dict[str, asyncio.Task[None]] = {}

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

    async def check(
        self, entry: Entry, password: str, station: str, deadline: float
    ) -> Right | Wrong | Down | MustChange:
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

    async def change(self, entry: Entry, old: str, new: str, deadline: float) -> Changed | Unfit | Wrong | Down:  # noqa: ARG002
        """As Directory says. The old one is known by its generation, and not asked for."""
        found = await self._find(entry.username, deadline)
        if isinstance(found, Down):
            return found
        if found is None or found.entry.credential != entry.credential:
            return OLD_IS_GONE
        try:
            until = self._queue_until(deadline)
            changed = await local_passwords.change(found, new, self._hashes, self._store, until)
        except Unavailable as gone:
            return Down(self.name, f"the database is not available: {gone.cause}")
        return self._overload() if changed is None else changed

    async def lock(self, entry: Entry, deadline: float, *, fresh: bool) -> Lock | None:  # noqa: ARG002
        """None: it has no rule of its own."""
        return None

    async def refusal(self, entry: Entry, at: float, deadline: float) -> str | MustChange | Down:  # noqa: ARG002 - as Directory has it
        found = await self._find(entry.username, deadline)
        if isinstance(found, Down):
            return found
        if found is None:
            return GONE.reason
        if found.stored is None:
            return NO_PASSWORD.reason
        return MUST_CHANGE if found.entry.must_change else ""

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

    async def everyone(self, page: int) -> AsyncIterator[Sequence[Entry] | Down]:
        after = ""
        while True:
            try:
                found = await self._store.read(functools.partial(users.listed, after=after, limit=page))
            except Unavailable as gone:
                yield Down(self.name, f"the database is not available: {gone.cause}")
                return
            yield [entry_of(self.name, each) for each in found if self._demo or not each.demo]
            if len(found) < page:
                return
            after = found[-1].username

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
        self._store.subscribe("users", self._people.changed)

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
            if self._people.has_nobody(name):
                return None
        changes = self._people.changes
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
        return self._people.met(name, record, keep=changes == self._people.changes)

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
        if judged and person is not None and not person.entry.must_change:
            person.right = digest
            person.until = self._clock() + self._lifetime
        for asked in self._judging.pop(digest):
            if asked.done():
                continue
            if error is not None:
                asked.set_exception(error)
            else:
                asked.set_result(judged)

    async def _still(self, person: Person, password: str, deadline: float) -> Right | Wrong | Down | MustChange:
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
        return MUST_CHANGE if person.entry.must_change else RIGHT

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
        self._people.rehashed(again)
        try:
            await self._store.write(lambda connection: users.rehash(connection, person.entry.unique_id, stored, new))
        except Unavailable:
            self._people.not_rehashed(name)  # the next login tries again


def _only(entry: Entry, name: str) -> str:
    values = entry.attributes.get(name)
    return values[0] if values else ""
