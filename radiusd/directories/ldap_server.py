"""One LDAP server of a directory: its kept connections, and a watch that knows whether it answers.

The watch has a connection of its own, and asks something each second: a server that takes connections and never answers
is found out by the watch, not by the users. Searches share some others. A bind needs a connection for itself; some are kept.

A slow answer is not a dead server: what is down says nothing on any connection, old or new.
"""

from __future__ import annotations

import asyncio
import math
from typing import Literal

import structlog

from radiusd.directories import ldap_messages
from radiusd.directories.ldap_connection import Address, Connection, Lost, Tls, connect
from radiusd.directories.ldap_messages import Answer
from radiusd.directories.ldap_options import LdapOptions
from radiusd.directories.ldap_searching import Searching
from radiusd.directories.ldap_service_account import REFUSED_SECONDS, ServiceAccount

log = structlog.get_logger()

LOOK_SECONDS = 1.0  # between two looks of the watch
PATIENCE_SECONDS = (
    2.0  # for what costs the server next to nothing: taking a connection, answering the watch on a new one
)
DOUBT_SECONDS = 0.5  # for the watch's question, which may stand behind others in the server
IDLE_SECONDS = 60.0  # a bind connection not used for so long is closed, before a firewall forgets it
BINDS = 32  # at once; beyond, they wait for their turn

SILENT, CLOSED = "it does not answer", "closed"
NO_SUCH_OBJECT, INSUFFICIENT_ACCESS = 32, 50


class Queued(TimeoutError):
    """The time was over before the bind's turn came."""


class Server:
    """Begins as `connecting`: until the first look is over nobody knows, and who asks waits for it."""

    def __init__(
        self, directory: str, address: Address, tls: Tls, options: LdapOptions, account: ServiceAccount
    ) -> None:
        self.url = address.url
        self.state: Literal["connecting", "up", "down"] = "connecting"
        self.cause = ""
        self.down_since: float | None = None
        self._directory = directory
        self._address = address
        self._tls = tls
        self._account = account
        seconds = math.ceil(options.timeout.total_seconds())
        base = options.base_dn
        self._question = ldap_messages.search(base, "(objectClass=*)", [], size=1, seconds=seconds, whole_tree=False)
        self._watched: Connection | None = None
        self._searching = Searching(self._for_searches)
        self._binding: set[Connection] = set()
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(BINDS)
        self._settled = asyncio.Event()
        self._wake = asyncio.Event()
        self._refused_until = 0.0
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self.cause != CLOSED:
            self._watch = asyncio.get_running_loop().create_task(self._watching())
            self._watch.add_done_callback(self._watched_no_more)

    def _watched_no_more(self, watch: asyncio.Task[None]) -> None:
        """A server that nobody looks at does not count as up, and is looked at again."""
        if not watch.cancelled() and (bug := watch.exception()) is not None:
            log.error("bug", exc_info=bug, server=self.url)
            self._down("its watch met a bug")
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self.start)

    async def close(self) -> None:
        """Ends the watch and the connections."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        self.state, self.cause = "down", CLOSED
        self._settled.set()
        await self._searching.close()
        await asyncio.gather(*(connection.close() for connection in self._connections()))

    async def search(self, operation: bytes, until: float) -> Answer:
        """The answer. Where a kept connection turns out to be closed, the search is repeated once on a new one.

        Raises Lost, and TimeoutError at `until`.
        """
        await self._ready(until)
        try:
            try:
                return await self._searching.ask(operation, until)
            except Lost:
                await self._ready(until)
                return await self._searching.ask(operation, until)
        except (Lost, TimeoutError):
            if self.state != "down":
                self._wake.set()
            raise

    async def once(self, operation: bytes, until: float) -> Answer:
        """The answer to what must not be asked twice. Raises as `search`: then nobody knows what came of it."""
        await self._ready(until)
        return await self._searching.ask(operation, until)

    async def bind(self, operation: bytes, until: float, then: bytes = b"") -> Answer:
        """The answer to a bind, on a connection that nothing else uses meanwhile. Repeated and raises as `search`.

        Where that is right, the answer to what is asked `then`, which is asked once.
        """
        await self._ready(until)
        if self._places.locked():
            try:
                async with asyncio.timeout_at(until):
                    await self._places.acquire()
            except TimeoutError:
                raise Queued from None
        else:
            await self._places.acquire()
        try:
            kept = None if then else self._kept()
            if kept is not None:
                try:
                    return await self._bound(kept, operation, until)
                except Lost:
                    await self._ready(until)
            return await self._bound(await self._another(until), operation, until, then)
        finally:
            self._places.release()

    async def apart(self, until: float) -> Connection:
        """A connection for who asks for much, bound as the service account; to be left. Raises Lost, TimeoutError."""
        await self._ready(until)
        return await self._open()

    async def _ready(self, until: float) -> None:
        """Returns where it answers; waits only where the watch was just lost, or never tried. Raises Lost, TimeoutError."""
        while self.state == "connecting":
            async with asyncio.timeout_at(until):
                await self._settled.wait()
        if self.state == "down":
            raise Lost(self.cause)

    async def _for_searches(self) -> Connection:
        """A connection for Searching. Raises Lost."""
        try:
            connection = await self._open()
        except Lost as lost:
            if lost.hopeless:
                self._refused(lost)
            raise
        if self.state == "down":
            connection.abort(self.cause)
            raise Lost(self.cause)
        return connection

    def _connections(self) -> list[Connection]:
        return [*self._searching.connections, *self._binding, *([self._watched] if self._watched else [])]

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.alive:
                return connection
        return None

    async def _another(self, until: float) -> Connection:
        patience = min(PATIENCE_SECONDS, until - asyncio.get_running_loop().time())
        try:
            connection = await connect(self._address, self._tls, self._ended, patience)
        except Lost:
            self._wake.set()
            raise
        self._binding.add(connection)
        if self.state == "down":
            connection.abort(self.cause)
            raise Lost(self.cause)
        return connection

    async def _bound(self, connection: Connection, operation: bytes, until: float, then: bytes = b"") -> Answer:
        try:
            answer = await connection.ask(operation, until)
            if then and answer.code == 0:
                answer = await connection.ask(then, until)
        except BaseException:  # also cancelled: what it will answer must not meet the next user's bind
            connection.abort("given up")
            raise
        self._idle.append(connection)
        return answer

    async def _watching(self) -> None:
        while True:
            self._wake.clear()
            pause = await self._look()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _look(self) -> float:
        """Looks whether the server answers. The seconds until the next look."""
        now = asyncio.get_running_loop().time()
        if now < self._refused_until:
            return self._refused_until - now
        try:
            await self._asked()
            self._up()
        except Lost as lost:
            if lost.hopeless:
                self._refused(lost)
            else:
                self._down(lost.cause)
        for idle in [each for each in self._idle if each.used_at < now - IDLE_SECONDS]:
            self._idle.remove(idle)
            idle.leave()
        self._searching.leave(now - IDLE_SECONDS)
        return LOOK_SECONDS

    async def _asked(self) -> None:
        """Returns where it answers the watch. Raises Lost."""
        now = asyncio.get_running_loop().time()
        if self._watched is not None:
            try:
                await self._watched.ask(self._question, now + DOUBT_SECONDS)
            except Lost:
                pass  # it may have been closed for being idle, or by a restart
            except TimeoutError:
                if any(connection.heard_at >= now for connection in self._connections()):
                    return  # it answers others
            else:
                return
        # Whoever has the old connection in the server may be busy with somebody else's question.
        old, self._watched = self._watched, await self._open()
        if old is not None:
            old.abort("given up")

    async def _open(self) -> Connection:
        """A connection bound as the service account, which sees base_dn. Raises Lost."""
        connection = await connect(self._address, self._tls, self._ended, PATIENCE_SECONDS)
        try:
            await self._introduce(connection)
        except TimeoutError:
            connection.abort("given up")
            raise Lost(SILENT) from None
        except BaseException:
            connection.abort("given up")
            raise
        return connection

    async def _introduce(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        await self._account.introduce(connection, loop.time() + PATIENCE_SECONDS)
        answer = await connection.ask(self._question, loop.time() + PATIENCE_SECONDS)
        if answer.code in {NO_SUCH_OBJECT, INSUFFICIENT_ACCESS}:
            raise Lost(f"base_dn can not be read: {answer.told}")

    def _ended(self, connection: Connection) -> None:
        self._searching.connections.discard(connection)
        self._binding.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if connection is self._watched:
            self._watched = None
            if self.state == "up":
                self.state = "connecting"
                self._settled.clear()
                self._wake.set()

    def _up(self) -> None:
        if self.down_since is not None:
            log.info("directory server answers again", directory=self._directory, server=self.url)
        self.state, self.cause, self.down_since = "up", "", None
        self._settled.set()

    def _down(self, cause: str) -> None:
        """Skipped from now on. Whoever waits for it learns it at once."""
        if self.down_since is None:
            self.down_since = asyncio.get_running_loop().time()
        if cause != self.cause:
            log.warning(
                "directory server is skipped until it answers", directory=self._directory, server=self.url, cause=cause
            )
        self.state, self.cause = "down", cause
        self._settled.set()
        for connection in self._connections():
            connection.abort(cause)

    def _refused(self, lost: Lost) -> None:
        """The service account is refused, and nobody tries it again for a while."""
        now = asyncio.get_running_loop().time()
        self._refused_until = now + max(REFUSED_SECONDS, self._account.rests(now))
        self._down(lost.cause)
