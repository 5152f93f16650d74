"""The whole server: started in order, reloaded as one, stopped in reverse."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial

from config.settings import Settings
from radiusd.delivery.carriers import Carriers
from radiusd.delivery.outbox import Outbox
from radiusd.directories import Directory
from radiusd.login.answering import Answering
from radiusd.login.attempts import Attempts
from radiusd.login.beside_logins import MessageOutcomes, SharedAttempts, remembering
from radiusd.login.engine import Engine
from radiusd.login.holds import Holds
from radiusd.login.identities import Identities
from radiusd.login.lasting import Lasting
from radiusd.login.open_logins import OpenLogins
from radiusd.login.pretending import LoginsOfNobody
from radiusd.login.sending import Sending
from radiusd.metrics import Counts, Gauge, Metrics
from radiusd.passwords.hash_queue import HashQueue
from radiusd.process import collector, key_file, resealing
from radiusd.process.background import Background
from radiusd.process.building import Directories, Parts, clients_of, dictionary_of, engine_of, limits_of
from radiusd.process.directories_in_use import DirectoriesInUse
from radiusd.process.enrolling import Reach
from radiusd.process.expiry import keep_telling
from radiusd.process.gauges import gauges, histograms
from radiusd.process.keeping import Memories, keep_pruning
from radiusd.process.pages_in_use import Entering, pages_of, signing_in_of
from radiusd.process.ports import Ports
from radiusd.process.receipts import Receipts
from radiusd.process.vital import Vital
from radiusd.process.web_doors import WebDoors
from radiusd.radius.accounting import Accounting
from radiusd.radius.authentication import Authentication
from radiusd.radius.tracing import Tracing
from radiusd.web.health import Health
from store import Store, accounting, audit, messages

SWEEP_SECONDS = 1.0  # how often answered duplicates are forgotten
# One busy thread delays every wake-up of the loop by this much; Python's own 5 ms is too long for a packet.
SWITCH_SECONDS = 0.0005


class Server:
    """One process's server, made in its loop. `keys` are those of `key_file`.

    `ended` gets the reason where a part that must live did not: then nothing is to be expected any more but `close`.
    """

    def __init__(self, settings: Settings, *, keys: Sequence[bytes], demo: bool) -> None:
        self._settings = settings
        self._keys = keys
        self._demo = demo
        self._counts = Counts()
        self._ports = Ports()
        self.tracing = Tracing(self._look_on)
        self._background = Background()
        self._vital = Vital()
        self.ended = self._vital.ended

    async def start(self) -> None:
        """Serves from its return on.

        Raises store.StoreError where the database cannot be used, key_file.WrongKey, and OSError where an address cannot be
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
        self._ports.bind(settings.listen)
        self.store = await asyncio.to_thread(Store.open, settings.database, settings.folder)
        self.store.start(loop)
        self._vital.watch(self.store.ended, "the database can be used no more")
        key_file.check(self.store, self._keys, settings.key_file)
        resealing.seal_anew(self.store, self._keys, settings.key_file)
        self._memories = Memories(self.store, self._counts, limits_of(settings), self._background)
        self._make_doors(loop)
        self._hashes = HashQueue()
        maker = Directories(self.store, self._hashes, demo=self._demo)
        self._directories = DirectoriesInUse(maker, self._background)
        self._identities = Identities(self.store, remembering(self.store))
        self._standing = self._memories.standing
        await self._memories.begin()
        self._learning = self._memories.clients.learning
        self._make_logins(loop)
        self._use(await self._parts(settings))
        self._memories.enrolled.follow(lambda user: self._engine.forget(user))  # noqa: PLW0108 - that in use then
        await self._load_logins()
        for port in self._ports.authentication:
            port.start(loop, self._authentication.receive)
        for port in self._ports.accounting:
            port.start(loop, self._accounting.receive)
        self._make_web()
        await self._web.start()
        self._vital.run("sweep", self._sweep())
        self._vital.run("client counts", self._memories.clients.keep_writing())
        self._vital.run("prune", keep_pruning(self.store, self._in_use))
        self._background(keep_telling(self.store, self._carriers, self._in_use))
        collector.spare()

    def _make_logins(self, loop: asyncio.AbstractEventLoop) -> None:
        self.outbox = Outbox()
        self._carriers = Carriers(self.outbox, Receipts(self.store, self._background).told)
        self._known = OpenLogins(self.store)
        self._of_nobody = LoginsOfNobody()
        self._holds = Holds(loop)
        self._sending = Sending(MessageOutcomes(self.store), self._carriers, time.time, self._background)
        self._lasting = Lasting(
            store=self.store,
            identities=self._identities,
            standing=self._standing,
            enrolled=self._memories.enrolled,
            attempts=Attempts(self._standing, None if self.store.is_alone else SharedAttempts(self.store)),
            known=self._known,
            of_nobody=self._of_nobody,
            holds=self._holds,
            sending=self._sending,
            clock=loop.time,
            wall=time.time,
            background=self._background,
        )
        self.store.subscribe("approvals", self._decided)

    def _decided(self, approval: str) -> None:
        self._engine.waking.decided(approval)

    async def _load_logins(self) -> None:
        """Takes up what the last process left: open logins, and messages that may not have left."""
        unsent = await self.store.read(lambda connection: messages.unsent(connection, time.time()))
        await self._known.load(time.time(), frozenset(message.login for message in unsent))
        self._background(self._engine.restarting.send_again(unsent))

    @property
    def directories(self) -> Mapping[str, Directory]:
        """Those in use, by name."""
        return self._directories.now

    def ports(self, kind: str) -> list[int]:
        """The bound ports of `listen.authentication` or `listen.accounting`, in their order."""
        return [port.port for port in getattr(self._ports, kind)]

    @property
    def web_ports(self) -> list[int]:
        return self._web.ports

    async def reload(self, settings: Settings) -> None:
        """Takes other settings into use, all but listeners, database and key. What is under way ends as it began.

        Raises what making their parts raises, whatever that is; then those in use stay, and all they have.
        """
        self._use(await self._parts(settings))

    async def close(self) -> None:
        """Answers what can be answered at once and ends everything."""
        loop = asyncio.get_running_loop()
        await self._vital.close()
        await self._background.close()
        if hasattr(self, "_web"):
            await self._web.close()
        for port in self._ports:
            port.stop(loop)
        await self._close_logins()
        if hasattr(self, "_directories"):
            await self._directories.close()
        if hasattr(self, "store"):
            if hasattr(self, "_memories"):
                await self._memories.write()
            await self.store.close()
        if hasattr(self, "_hashes"):
            self._hashes.close()
        for port in self._ports:
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
        directories = self._directories.of(settings)
        parts = Parts(
            settings=settings,
            dictionary=dictionary,
            limits=limits_of(settings),
            directories=directories,
            carriers=self._carriers.of(settings),
            engine=engine_of(settings, self._lasting, directories, self._keys, dictionary),
            clients=clients_of(settings, dictionary, self._counts, self._memories.clients.signing, self._learning),
        )
        await self._directories.start(directories)
        return parts

    def _use(self, parts: Parts) -> None:
        settings, engine = parts.settings, parts.engine
        self._dictionary = parts.dictionary
        self._standing.use(parts.limits)
        self._directories.use(settings, parts.directories)
        self._carriers.use(parts.carriers)
        self._holds.ended = engine.ended
        self._holds.undelivered = engine.waking.undelivered
        before: Engine | None = getattr(self, "_engine", None)
        if before is not None:
            before.retire()
        self._engine = engine
        for port in self._ports:
            port.use(parts.clients)
        self._answering.use(engine)
        self._authentication.use(settings.security.reject_delay.total_seconds())
        self._accounting.use(self._dictionary)
        self.tracing.use(self._dictionary)
        self._settings = settings
        engine.reloaded()

    def _make_doors(self, loop: asyncio.AbstractEventLoop) -> None:
        self._answering = Answering(partial(self.store.append, audit.ROWS))
        self.signing_in = signing_in_of(self._answering, self._keys, self._in_use)
        self._authentication = Authentication(
            loop=loop,
            answering=self._answering,
            database_down_since=self.store.down_since,
            learned=self._memories.clients.learn,
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
        for port in self._ports:
            port.look_on(tracing)

    def _make_web(self) -> None:
        health = Health(
            database_down=lambda: None if self.store.down_since() is None else "the database cannot be reached",
            listeners_up=partial(self._ports.are_bound, self._settings.listen),  # a reload changes no listener
            directories_down=self._directories.down,
        )
        reach = Reach(self._carriers.send, self._background, self.outbox if self._demo else None, self._hashes)
        entering = Entering(self.signing_in, self._identities)
        self._web = WebDoors(
            health,
            Metrics(self._counts, self._gauges(), histograms(self._carriers)),
            pages=pages_of(
                self._in_use, self.store, self._directories, self._keys, self._memories.enrolled, reach, entering
            ),
            settings=self._in_use,
            vital=self._vital,
        )

    def _in_use(self) -> Settings:
        return self._settings

    def _gauges(self) -> list[Gauge]:
        return gauges(
            self.store, self._answering, self._known, self._holds, self._hashes, self._carriers, self._directories
        )

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = asyncio.get_running_loop().time()
            for port in self._ports:
                port.sweep(now)
            self._known.sweep(time.time())
            self._of_nobody.sweep(time.time())
            self._learning.sweep(now)
            await self._memories.write_standing()
