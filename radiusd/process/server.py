"""The whole server: started in order, reloaded as one, stopped in reverse."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from config.settings import Settings
from radiusd.approval.desk import Desk
from radiusd.approval.people import People
from radiusd.delivery.carriers import Carriers
from radiusd.delivery.outbox import Outbox
from radiusd.directories import Directory
from radiusd.login.answering import Answering
from radiusd.login.attempts import Attempts
from radiusd.login.committing import MessageOutcomes, SharedAttempts, remembering
from radiusd.login.engine import Engine, Lasting
from radiusd.login.holds import Holds
from radiusd.login.identities import Identities
from radiusd.login.open_logins import OpenLogins
from radiusd.login.sending import Sending
from radiusd.login.standing import Standing
from radiusd.metrics import Counts, Gauge, Metrics
from radiusd.passwords.hash_queue import HashQueue
from radiusd.process.building import (
    Directories,
    Parts,
    clients_of,
    dictionary_of,
    engine_of,
    failures_window,
    limits_of,
    tools_of,
)
from radiusd.process.gauges import gauges
from radiusd.process.keeping import ClientKeeper, StandingKeeper
from radiusd.process.key_file import RESTORE, ids
from radiusd.process.vital import Vital
from radiusd.radius.accounting import Accounting
from radiusd.radius.authentication import Authentication
from radiusd.radius.clients import Client
from radiusd.radius.learning import Learning
from radiusd.radius.tracing import Tracing
from radiusd.radius.udp import UdpPort
from radiusd.web.health import Health
from radiusd.web.server import WebServer
from store import Store, Unavailable, accounting, audit, clients, logins, messages, meta, pruning

if TYPE_CHECKING:
    from radiusd.web.pages import Pages

log = structlog.get_logger()

SWEEP_SECONDS = 1.0  # how often answered duplicates are forgotten
PRUNE_SECONDS = 3600.0
RETIRE_SECONDS = 60.0  # longer than a request waits for a directory
# One busy thread delays every wake-up of the loop by this much; Python's own 5 ms is too long for a packet.
SWITCH_SECONDS = 0.0005


class Doors(NamedTuple):
    """What is behind an HTTP listener, beside /healthz and /readyz."""

    pages: bool
    metrics: bool


class WrongKey(Exception):
    """`key_file` is not the one that the database's digests were made with."""


class Server:
    """One process's server, made in its loop. `keys` are those of `key_file`.

    `ended` gets the reason where a part that must live did not: then nothing is to be expected any more but `close`.
    """

    def __init__(self, settings: Settings, *, keys: Sequence[bytes], demo: bool) -> None:
        self._settings = settings
        self._keys = keys
        self._demo = demo
        self._counts = Counts()
        self._learned: frozenset[str] = frozenset()
        self._learning = Learning()
        self._ports: dict[str, list[UdpPort]] = {"authentication": [], "accounting": []}
        self._web: list[WebServer] = []
        self.tracing = Tracing(self._look_on)
        self._running: list[asyncio.Task[None]] = []
        self._background: set[asyncio.Task[None]] = set()
        self.directories: Mapping[str, Directory] = {}
        self._retired: set[Directory] = set()  # of earlier settings, not closed yet
        self._vital = Vital()
        self.ended = self._vital.ended

    async def start(self) -> None:
        """Serves from its return on.

        Raises store.StoreError where the database cannot be used, WrongKey, and OSError where an address cannot be
        bound (`filename` is the address). Nothing is left open then.
        """
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise

    async def _start(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        loop = asyncio.get_running_loop()
        settings = self._settings
        # Bound before the database is opened, so that a second server changes nothing in it.
        self._bind(settings)
        self.store = await asyncio.to_thread(Store.open, settings.database, settings.folder)
        self.store.start(loop)
        self._vital.watch(self.store.ended, "the database can be used no more")
        self._check_key()
        self._make_doors(loop)
        self._hashes = HashQueue()
        self._made = Directories(self.store, self._hashes, demo=self._demo)
        self._identities = Identities(self.store, remembering(self.store))
        self._standing = Standing(self.store, limits_of(settings))
        self._standing_keeper = StandingKeeper(self.store, self._standing, self._in_background)
        await self._standing_keeper.begin()
        seen = await self.store.read(clients.seen)
        self._learned = frozenset(name for name, client in seen.items() if client.message_authenticator_at is not None)
        self._learning = Learning({name: client.waits for name, client in seen.items()})
        self._client_keeper = ClientKeeper(self.store, self._counts, self._learning)
        self._make_logins(loop)
        self._use(await self._parts(settings))
        await self._load_logins()
        for port in self._ports["authentication"]:
            port.start(loop, self._authentication.receive)
        for port in self._ports["accounting"]:
            port.start(loop, self._accounting.receive)
        await self._start_web(settings)
        self._running = [
            self._vital.run("sweep", self._sweep()),
            self._vital.run("client counts", self._client_keeper.keep_writing()),
            self._vital.run("prune", self._prune()),
        ]
        # What was made so far stays; the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    def _make_logins(self, loop: asyncio.AbstractEventLoop) -> None:
        self.outbox = Outbox()
        self._carriers = Carriers(self.outbox)
        self._known = OpenLogins(self.store)
        self._holds = Holds(loop)
        self._sending = Sending(MessageOutcomes(self.store), self._carriers, time.time, self._in_background)
        self._lasting = Lasting(
            store=self.store,
            identities=self._identities,
            standing=self._standing,
            attempts=Attempts(self._standing, None if self.store.is_alone else SharedAttempts(self.store)),
            known=self._known,
            holds=self._holds,
            sending=self._sending,
            clock=loop.time,
            wall=time.time,
            background=self._in_background,
        )
        self.store.subscribe("approvals", self._decided)

    def _decided(self, approval: str) -> None:
        self._engine.waking.decided(approval)

    async def _load_logins(self) -> None:
        """Takes up what the last process left: open logins, and messages that may not have left."""
        unsent = await self.store.read(lambda connection: messages.unsent(connection, time.time()))
        await self._known.load(time.time(), frozenset(message.login for message in unsent))
        self._in_background(self._engine.restarting.send_again(unsent))

    def ports(self, kind: str) -> list[int]:
        """The bound ports of `listen.authentication` or `listen.accounting`, in their order."""
        return [port.port for port in self._ports[kind]]

    @property
    def web_ports(self) -> list[int]:
        return [port for web in self._web for port in web.ports]

    async def reload(self, settings: Settings) -> None:
        """Takes other settings into use, all but listeners, database and key. What is under way ends as it began.

        Raises what making their parts raises, whatever that is; then those in use stay, and all they have.
        """
        self._use(await self._parts(settings))

    async def close(self) -> None:
        """Answers what can be answered at once and ends everything."""
        loop = asyncio.get_running_loop()
        tasks = [*self._running, *self._background]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for web in self._web:
            await web.close()
        for ports in self._ports.values():
            for port in ports:
                port.stop(loop)
        await self._close_logins()
        for directory in (*self.directories.values(), *self._retired):
            await directory.close()
        if hasattr(self, "store"):
            if hasattr(self, "_client_keeper"):
                await self._client_keeper.write()
            if hasattr(self, "_standing_keeper"):
                await self._standing_keeper.write()
            await self.store.close()
        if hasattr(self, "_hashes"):
            self._hashes.close()
        for ports in self._ports.values():
            for port in ports:
                port.close()

    async def _close_logins(self) -> None:
        if hasattr(self, "_holds"):
            self._holds.close()
        if hasattr(self, "_authentication"):
            await self._answering.close()
            self._authentication.close()
        if hasattr(self, "_carriers"):
            await self._carriers.close()

    async def _parts(self, settings: Settings) -> Parts:
        """All that is made of these settings. Nothing of it is in use yet."""
        dictionary = dictionary_of(settings)
        directories = self._made.of(settings)
        parts = Parts(
            settings=settings,
            dictionary=dictionary,
            limits=limits_of(settings),
            directories=directories,
            carriers=self._carriers.of(settings),
            engine=engine_of(settings, self._lasting, directories, self._keys, dictionary),
            clients=clients_of(settings, dictionary, self._counts, self._learned, self._learning),
        )
        fresh = [each for name, each in directories.items() if self.directories.get(name) is not each]
        try:
            for directory in fresh:
                await directory.start()
        except BaseException:
            for directory in fresh:
                await directory.close()
            raise
        return parts

    def _use(self, parts: Parts) -> None:
        settings, engine, directories, old = parts.settings, parts.engine, parts.directories, self.directories
        self._dictionary = parts.dictionary
        self._standing.use(parts.limits)
        self._made.use(settings, directories)
        self._carriers.use(parts.carriers)
        self._holds.ended = engine.waking.ended
        self._holds.undelivered = engine.waking.undelivered
        before: Engine | None = getattr(self, "_engine", None)
        if before is not None:
            before.retire()
        self._engine = engine
        for ports in self._ports.values():
            for port in ports:
                port.use(parts.clients)
        self._answering.use(engine)
        self._authentication.use(settings.security.reject_delay.total_seconds())
        self._accounting.use(self._dictionary)
        self.tracing.use(self._dictionary)
        self._settings = settings
        self.directories = directories
        engine.waking.reloaded()
        for name, directory in old.items():
            if directories.get(name) is not directory:
                self._retired.add(directory)
                self._in_background(self._retire(directory))

    async def _retire(self, directory: Directory) -> None:
        """Ends a directory once the requests that began with it are over."""
        await asyncio.sleep(RETIRE_SECONDS)
        await directory.close()
        self._retired.discard(directory)

    def _bind(self, settings: Settings) -> None:
        for kind in self._ports:
            self._ports[kind] += [UdpPort(*listener) for listener in getattr(settings.listen, kind)]

    def _make_doors(self, loop: asyncio.AbstractEventLoop) -> None:
        self._answering = Answering(partial(self.store.append, audit.ROWS))
        self._authentication = Authentication(
            loop=loop,
            answering=self._answering,
            database_down_since=self.store.down_since,
            learned=self._learn,
            counts=self._counts,
            wall=time.time,
        )
        self._accounting = Accounting(
            append=partial(self.store.append, accounting.ROWS),
            counts=self._counts,
            database_down_since=self.store.down_since,
            now=loop.time,
            wall=time.time,
        )

    def _look_on(self) -> None:
        """Has ports and doors tell of packets while somebody traces a client, and at no other time."""
        tracing = self.tracing if self.tracing.is_on else None
        for door in (self._authentication, self._accounting):
            door.arrivals.dropped = None if tracing is None else tracing.dropped
        for ports in self._ports.values():
            for port in ports:
                port.look_on(tracing)

    def _check_key(self) -> None:
        known = ids(self._keys)
        if not self.store.write_now(lambda connection: meta.check_key(connection, known)):
            raise WrongKey(f"{self._settings.key_file} is not the key file of this database; {RESTORE}")

    async def _start_web(self, settings: Settings) -> None:
        health = Health(
            database_down=lambda: None if self.store.down_since() is None else "the database cannot be reached",
            # Of a kind there may be none. A reload changes no listener.
            listeners_up=lambda: all(
                len(ports) == len(getattr(settings.listen, kind)) for kind, ports in self._ports.items()
            ),
            directories_down=self._directories_down,
        )
        metrics = Metrics(self._counts, self._gauges())

        def make(doors: Doors) -> object:
            from radiusd.web.app import app

            return app(health, metrics if doors.metrics else None, self._pages if doors.pages else None)

        listen, tls = settings.listen, settings.tls
        for listeners, doors in (
            (listen.web, Doors(pages=True, metrics=not listen.internal)),
            (listen.internal, Doors(pages=False, metrics=True)),
            (listen.health, Doors(pages=False, metrics=False)),
        ):
            encrypted = tls.web and listeners is not listen.health
            web = WebServer(
                partial(make, doors),
                [(str(each.address), each.port) for each in listeners],
                certificate=tls.certificate if encrypted else None,
                key=tls.key if encrypted else None,
                trusted=lambda: self._settings.trusted_proxies,
            )
            await web.start()
            self._web.append(web)
            if web.serving is not None:
                self._vital.mind("web", web.serving)

    def _pages(self) -> Pages:
        """What the pages act on, under the settings in use."""
        from radiusd.web.pages import Pages

        tools = tools_of(self._settings, self.store, self.directories, self._keys)
        return Pages(
            desk=Desk(
                self.store,
                tools.keys,
                People(self.store, self.directories, blocking=self._settings.blocking.enabled),
            ),
            outbox=self.outbox if self._demo else None,
            time_zone=tools.time_zone,
            language=self._settings.language,
            trusted_proxies=self._settings.trusted_proxies,
            clock=time.time,
            titles=tools.titles,
            logo=self._settings.organisation.logo,
        )

    def _directories_down(self) -> dict[str, str]:
        found = ((name, directory.down()) for name, directory in self.directories.items())
        return {name: down.cause for name, down in found if down is not None}

    def _gauges(self) -> list[Gauge]:
        return gauges(
            self.store,
            self._answering,
            self._known,
            self._holds,
            self._hashes,
            self._carriers,
            lambda: self.directories,
        )

    def _learn(self, client: Client) -> None:
        """The client was seen to send Message-Authenticator, which is remembered in the database."""
        log.info("client sends Message-Authenticator", client=client.name)
        self._learned |= {client.name}
        self._in_background(self._client_keeper.learn_message_authenticator(client.name))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = asyncio.get_running_loop().time()
            for ports in self._ports.values():
                for port in ports:
                    port.sweep(now)
            self._known.sweep(time.time())
            self._learning.sweep(now)
            await self._standing_keeper.write()

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_SECONDS)
            try:
                await self.store.write(lambda connection: logins.end_expired(connection, time.time()))
                window = failures_window(self._settings)
                await pruning.prune(self.store, self._settings.retention, window, time.time())
            except Unavailable as gone:
                log.warning("old rows not removed", cause=gone.cause)
