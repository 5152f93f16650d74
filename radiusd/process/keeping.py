"""What the process remembers, kept in step with the database: clients, standing, enrollments. And old rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import structlog

from config.settings import Settings
from radiusd.enrollment.enrolled import Enrolled
from radiusd.login.standing import Guarded, Standing
from radiusd.metrics import Counts
from radiusd.process.building import failures_window
from radiusd.radius.clients import Client
from radiusd.radius.learning import Learning
from radiusd.rules.blocking import Limits
from store import Connection, Store, Unavailable, blocks, clients, logins, pruning
from store.records import Block

log = structlog.get_logger()

WRITE_SECONDS = 10.0
PRUNE_SECONDS = 3600.0


class ClientKeeper:
    """Writes down what was counted and learned of each client, as `radiusd client list` shows it.

    What cannot be written is written with what comes after it. `signing` are those that were seen to send
    Message-Authenticator. `background` runs what nobody waits for.
    """

    def __init__(self, store: Store, counts: Counts, background: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._store = store
        self._counts = counts
        self._background = background
        self.signing: frozenset[str] = frozenset()
        self.learning = Learning()
        self._written: dict[str, dict[str, int]] = {}

    async def begin(self) -> None:
        """Reads what was learned before. Raises store.Unavailable."""
        seen = await self._store.read(clients.seen)
        self.signing = frozenset(name for name, client in seen.items() if client.message_authenticator_at is not None)
        self.learning = Learning({name: client.waits for name, client in seen.items()})

    async def keep_writing(self) -> None:
        """Every now and then, for ever."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    def learn(self, client: Client) -> None:
        """The client was seen to send Message-Authenticator."""
        log.info("client sends Message-Authenticator", client=client.name)
        self.signing |= {client.name}
        self._background(self._remember_signing(client.name))

    async def _remember_signing(self, name: str) -> None:
        try:
            await self._store.write(
                lambda connection: clients.learn_message_authenticator(connection, name, time.time())
            )
        except Unavailable as gone:
            log.warning("not remembered", client=name, cause=gone.cause)

    async def write(self) -> None:
        """Writes what is new since the last time."""
        totals = {name: counts.totals() for name, counts in self._counts.clients.items()}
        due: dict[str, dict[str, int]] = {}
        for name, now in totals.items():
            before = self._written.get(name, {})
            more = {kind: number - before.get(kind, 0) for kind, number in now.items() if number > before.get(kind, 0)}
            if more:
                due[name] = more
        waits = self.learning.unwritten()
        if not due and not waits:
            return

        def write(connection: Connection) -> None:
            for name in sorted(due.keys() | waits.keys()):
                clients.add_counts(connection, name, due.get(name, {}), time.time())
                if name in waits:
                    clients.learn_waits(connection, name, waits[name], time.time())

        try:
            await self._store.write(write)
        except Unavailable as gone:
            log.warning("counts not written", cause=gone.cause)
        else:
            self._written.update((name, totals[name]) for name in due)
            self.learning.wrote(waits)


def know_stations(met: Mapping[tuple[str, str, str], float], connection: Connection) -> None:
    """Writes stations down, in the order of keys: two nodes must not wait for each other."""
    for key, at in sorted(met.items()):
        blocks.know_station(connection, *key, at)


def tell_guards(guards: Mapping[tuple[str, str], Guarded], connection: Connection) -> list[Block]:
    """Writes down whose directory is not asked, and ends what says so of others; in the order of keys, as above."""
    made = []
    for key, (user_name, due, at) in sorted(guards.items()):
        if due is None:
            blocks.end_guard(connection, *key, at)
        else:
            made.append(blocks.guard(connection, *key, user_name, due.reason, due.until or at, at))
    return made


class StandingKeeper:
    """Reads blocks and failures again where others change them, and writes down the stations that were met.

    `background` runs what nobody waits for.
    """

    def __init__(
        self, store: Store, standing: Standing, background: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        self._store = store
        self._standing = standing
        self._background = background
        self._notices = 0  # since the last reading began

    async def begin(self) -> None:
        """Reads everything. Raises store.Unavailable."""
        self._notices = 1
        # First: what another process changes while it is read is read again.
        for subject in ("blocks", "failures"):
            self._store.subscribe(subject, self._changed)
        await self._standing.load(time.time())
        self._notices -= 1
        if self._notices:
            self._background(self._read())

    async def write(self) -> None:
        """What can not be written is kept, and written once the database is back."""
        try:
            while due := self._standing.unwritten():
                await self._store.write(partial(know_stations, due))
                self._standing.wrote(due)
            while guards := self._standing.unwritten_guards():
                made = await self._store.write(partial(tell_guards, guards))
                self._standing.wrote_guards(guards, made)
        except Unavailable:
            return

    def _changed(self, key: str) -> None:  # noqa: ARG002 - whoever it is, all is read
        self._notices += 1
        if self._notices == 1:
            self._background(self._read())

    async def _read(self) -> None:
        """Reads until no notice came meanwhile. Not twice at once: the older answer might come last."""
        while self._notices:
            told = self._notices
            try:
                await self._standing.load(time.time())
            except Unavailable as gone:
                # The next notice, or the one that follows an outage, reads again.
                log.warning("blocks not read", cause=gone.cause)
            self._notices = 0 if self._notices == told else 1


class Memories:
    """All of it: read before anything is served, written when the server ends, and now and then."""

    def __init__(
        self,
        store: Store,
        counts: Counts,
        limits: Limits | None,
        background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self.clients = ClientKeeper(store, counts, background)
        self.standing = Standing(store, limits)
        self.enrolled = Enrolled(store)
        self._standing_keeper = StandingKeeper(store, self.standing, background)
        self._background = background

    async def begin(self) -> None:
        """Reads everything. Raises store.Unavailable."""
        await self._standing_keeper.begin()
        await self.clients.begin()
        await self.enrolled.begin(self._background)

    async def write_standing(self) -> None:
        """What can not wait for the end."""
        await self._standing_keeper.write()

    async def write(self) -> None:
        """What was not written yet."""
        await self.clients.write()
        await self.write_standing()


async def keep_pruning(store: Store, settings: Callable[[], Settings]) -> None:
    """Removes old rows now and then, for ever, as the settings in use then say."""
    while True:
        await asyncio.sleep(PRUNE_SECONDS)
        try:
            await store.write(lambda connection: logins.end_expired(connection, time.time()))
            await pruning.prune(store, settings().retention, failures_window(settings()), time.time())
        except Unavailable as gone:
            log.warning("old rows not removed", cause=gone.cause)
