"""A random walk: users, approvers, administrators and accidents around a server, and a Witness of all they do (D18).

Every choice comes of the seed; what the machine's clock does to it does not, so that a walk is alike and not the same
each time. What was done and heard is told where the Witness objects.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from radiusd.approval.desk import Desk
from radiusd.process.ports import Ports
from radiusd.process.server import Server
from radiusd.process.tools import tools_of
from store import Store, StoreError, Unavailable, blocks, users
from store.records import NewUser
from tests.flows.habits import Habits, spelled
from tests.flows.node import Node
from tests.flows.scene import CLIENTS, DIGITS, Scene
from tests.flows.wire import Wire
from tests.flows.witness import (
    ACCEPT,
    ANSWERED_WITHIN,
    CODES,
    GRACE,
    OUTAGE,
    Answer,
    Click,
    History,
    Key,
    Person,
    Request,
    Sent,
    Unproved,
    Witness,
    read,
)
from tests.servers import moody
from tests.servers.running import hashed, until

USERS = ("ann", "bob")
STATIONS = ("pc", "phone", "")
PASSWORDS = ("tulip", "orchid", "rose")
ADDRESSES = {
    "ann": {"mailed": "ann@example.com", "by-sms": "+905554443322"},
    "bob": {"mailed": "bob@example.com", "by-sms": "+905554443323"},
}
TOLD = 400  # lines of the walk's end that are told


def _copied(database: Path, path: Path) -> None:
    """The database as it is on the disk."""
    for end in ("", "-wal"):
        if Path(f"{database}{end}").exists():
            shutil.copy(f"{database}{end}", f"{path}{end}")


class Walk:
    """One walk around one server on SQLite. `mood` is that of the carriers."""

    NAMES = ("",)  # of the nodes
    HEARD = GRACE  # seconds within which what a notice tells of is read

    def __init__(self, seed: int, folder: Path, database: str = "") -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.folder = folder
        self.path = folder / "radiusd.db"
        self.began = time.time()
        self.lines: list[str] = []
        self.mood = moody.TAKES
        scene = Scene.drawn(self.dice)
        self.nodes = {
            name: Node(name, folder, self._scene_of(name, scene), database or f"sqlite:///{self.path}", str(id(self)))
            for name in self.NAMES
        }
        self.people = {
            name: Person(name, ADDRESSES[name], History(PASSWORDS[0], 0.0), History(True, 0.0), History(False, 0.0))
            for name in USERS
        }
        self.witness = Witness(self.people, {name: node.rules for name, node in self.nodes.items()})
        self.faults: list[BaseException] = []
        self.wire = Wire(self._heard)
        self._posts: dict[int, Server] = {}
        self._read = Counter[int]()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changing = {name: asyncio.Lock() for name in USERS}
        self._borrowed: dict[bytes, Request] = {}
        self._kills = 0
        self._locked: Path | None = None

    def _scene_of(self, _name: str, scene: Scene) -> Scene:
        return scene

    # What is told.

    def tell(self, line: str) -> None:
        self.lines.append(f"{time.time() - self.began:7.3f}  {line}")

    def story(self) -> str:
        """For whoever must understand what the Witness objected to."""
        scenes = [str(node.scene) for node in self.nodes.values()]
        return "\n".join([f"seed {self.seed}", *scenes, *self.lines[-TOLD:]])

    def objects(self, error: BaseException) -> None:
        self.tell(f"!!! {error}")
        self.faults.append(error)

    def check(self) -> None:
        if self.faults:
            raise Unproved(f"{self.faults[0]}\n{self.story()}") from self.faults[0]

    # The servers.

    def _node(self) -> Node:
        return self.nodes[self.dice.choice(self.NAMES)] if len(self.NAMES) > 1 else self.nodes[self.NAMES[0]]

    async def start(self, node: Node) -> None:
        async def told(gone: Exception) -> None:
            self.tell(f"  it does not start: {gone}")
            await until(lambda: self._locked is None)

        server = await node.start(told)
        self._posts[id(server.outbox)] = server
        self.wire.ports[node.name] = server.ports("authentication")[0]

    async def restart(self) -> None:
        node = self._node()
        async with node.busy:
            self.tell("restart")
            self.witness.restarted(time.time())
            server, node.server = self._server(node), None
            await server.close()
            self._collect(server)
            self._look_for_bugs(server)
            await self.start(node)
        self.tell("started again")
        self.witness.tally["restarts"] += 1

    async def kill(self) -> None:
        """As the power fails: what is on the disk at that moment is what the next server begins with."""
        node = self._node()
        async with node.busy:
            self.tell("kill")
            server, node.server = self._server(node), None
            self._collect(server)
            del self._posts[id(server.outbox)]
            loop = asyncio.get_running_loop()
            for port in server._ports.authentication:
                port.stop(loop)
                port.close()
                port.send = lambda *_: None  # whatever it would still say is lost
            server._ports = Ports()
            self._kills += 1
            path = self.folder / f"after-kill-{self._kills}.db"
            with contextlib.nullcontext() if self._locked == self.path else self._still():
                _copied(self.path, path)
            self.witness.restarted(time.time())
            self.path, node.database = path, f"sqlite:///{path}"
            self._look_for_bugs(server)
            self.goes(server.close())
            await self.start(node)
        self.tell("started after the kill")
        self.witness.tally["kills"] += 1

    @contextlib.contextmanager
    def _still(self, seconds: float = 5.0) -> Iterator[None]:
        """Nobody else writes into the database meanwhile. Raises sqlite3.OperationalError."""
        database = sqlite3.connect(self.path, timeout=seconds, isolation_level=None)
        try:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")
        finally:
            database.close()

    @staticmethod
    def _server(node: Node) -> Server:
        assert node.server is not None
        return node.server

    def _lives(self, server: Server) -> bool:
        """False once it was killed."""
        return id(server.outbox) in self._posts

    def _look_for_bugs(self, server: Server) -> None:
        bugs = sum(client.discards.get("bug", 0) for client in server._counts.clients.values())
        if bugs:
            self.objects(AssertionError(f"{bugs} requests met a bug"))

    # Messages.

    def given(self, outbox: Any, recipient: str, text: str) -> Callable[[bool], None] | None:
        """From a moody carrier."""
        if id(outbox) not in self._posts:
            return None  # it was killed before
        sent = self._note(recipient, text, time.time())

        def told(taken: bool) -> None:
            if sent is not None and id(outbox) in self._posts and sent.outcome != "taken":
                sent.outcome = "taken" if taken else "failed"

        return told

    def _note(self, recipient: str, text: str, at: float) -> Sent | None:
        written = read(text)
        if written is None:
            self.tell(f"  message to {recipient}: {text[:60]!r}")
            return None
        before = len(self.witness.sent)
        sent = self.witness.is_sent(written.factor, written.key, recipient, written.secret, at)
        if len(self.witness.sent) > before:
            self.tell(f"  message: {sent} to {recipient}")
            try:
                self.witness.check_limit(sent)
            except Unproved as error:
                self.objects(error)
        return sent

    def _collect(self, server: Server) -> None:
        """What is in the outbox, too."""
        entries = list(reversed(server.outbox.entries()))
        for entry in entries[self._read[id(server.outbox)] :]:
            sent = self._note(entry.recipient, entry.text, entry.at)
            if sent is not None:
                sent.outcome = "taken"
        self._read[id(server.outbox)] = len(entries)

    # Packets.

    def _heard(self, request: Request, answer: Answer, state: bytes | None) -> None:
        self.tell(f"  {answer.code}: {answer.text} ({request})")
        for node in self.nodes.values():
            if node.server is not None:
                self._collect(node.server)
        try:
            self.witness.heard(request, answer, state)
            if answer.code == ACCEPT:
                self._check_recorded()
        except Unproved as error:
            self.objects(error)

    def _check_recorded(self) -> None:
        """Every Accept that left was committed before; a login has one."""
        rows = self._rows("select login from audit where outcome = 'accept' and reason != 'the same request again'")
        logins = [row[0] for row in rows if row[0]]
        if len(set(logins)) != len(logins):
            raise Unproved("a login was accepted twice")
        if len(rows) < len(self.witness.accepts):
            raise Unproved(f"{len(self.witness.accepts)} Accepts, and {len(rows)} are recorded")

    def _rows(self, statement: str) -> list[Any]:
        """Of the database, as it stands on the disk."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=5.0)) as database:
            return database.execute(statement).fetchall()

    def ask(
        self, user: str, station: str, client: str, password: str, code: str = "", challenge: Any = None,
        state: bytes | None = None, *, spells: float = 0.1, node: Node | None = None,
    ) -> Request:  # fmt: skip
        """Sends a request; with a State `code` is the answer."""
        state = challenge.state if challenge is not None else state
        request = Request(user, client, station, password, code, challenge, state, len(self.witness.requests))
        request.typed = spelled(user, self.dice) if self.dice.random() < spells else user
        node = node or self._node()
        self.witness.requests.append(request)
        self.tell(f"> {request}{' with a State' if state is not None else ''}{f' to {node.name}' if node.name else ''}")
        more: dict[str, Any] = {"Calling_Station_Id": station} if station else {}
        if state is not None:
            more["State"] = state
        typed = password + code if state is None else code
        self.wire.send(request, node.name, User_Name=request.typed, User_Password=typed, **more)
        return request

    @staticmethod
    async def answered(request: Request, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.heard.wait(), seconds)
        return request.heard.is_set()

    # The moves.

    def _someone(self) -> tuple[str, str, str]:
        return self.dice.choice(USERS), self.dice.choice(STATIONS), self.dice.choice(tuple(CLIENTS))

    def _password(self, user: str) -> str:
        return self.people[user].password.last if self.dice.random() < 0.85 else self.dice.choice((*PASSWORDS, "x"))

    def _code(self, key: Key, factor: str) -> str:
        """What somebody types: most often the newest code, and now and then any other."""
        here = [sent.secret for sent in self.witness.sent if sent.key == key and sent.factor == factor]
        every = [sent.secret for sent in self.witness.sent if sent.factor in CODES]
        roll = self.dice.random()
        if roll < 0.5 and here:
            return here[-1]
        if roll < 0.65 and here:
            return self.dice.choice(here)
        if roll < 0.75 and every:
            return self.dice.choice(every[-6:])
        return self.dice.choice(("", "", "resend", "00000000", str(self.dice.randrange(10**DIGITS)), "1"))

    async def fresh(self) -> None:
        user, station, client = self._someone()
        code = ""
        if self.dice.random() < (0.6 if self._node().scene.appends(client) else 0.1):
            code = self._code(Key(user, client, station), self.dice.choice(CODES))
        user = "nobody" if self.dice.random() < 0.02 else user
        password = self._password(user) if user in self.people else PASSWORDS[0]
        for _ in range(self.dice.choice((1, 1, 1, 2, 3))):
            self.ask(user, station, client, password, code)

    async def answer(self) -> None:
        known = list(self.witness.challenges.values())
        if not known:
            return await self.fresh()
        challenge = known[-1 - int(abs(self.dice.gauss(0, 2))) % len(known)]
        key = challenge.to.key
        code = self._code(key, challenge.factor)
        user = self.dice.choice(USERS) if self.dice.random() < 0.1 else key.user
        client = self.dice.choice(tuple(CLIENTS)) if self.dice.random() < 0.05 else key.client
        station = self.dice.choice(STATIONS) if self.dice.random() < 0.15 else key.station
        for _ in range(self.dice.choice((1, 1, 1, 1, 2, 4))):
            self.ask(user, station, client, "", code, challenge)
        return None

    async def forge(self) -> None:
        """A State that was never given."""
        known = list(self.witness.challenges) or [bytes(24)]
        state = bytearray(self.dice.choice(known))
        state[self.dice.randrange(len(state))] ^= 1 << self.dice.randrange(8)
        self.ask(*self._someone(), "", self._code(Key(*self._someone()), "mailed"), state=bytes(state))

    def _recent(self, spread: float) -> Request:
        """One of the last requests."""
        count = len(self.witness.requests)
        return self.witness.requests[-1 - int(abs(self.dice.gauss(0, spread))) % count]

    async def again(self) -> None:
        """The same octets once more, at once or some time later; also of what let somebody in long ago."""
        accepted = [request for request in self.witness.requests if request.accepted]
        if accepted and self.dice.random() < 0.4:
            request = self.dice.choice(accepted)
            self.tell(f"> again, from elsewhere: {request}")
            self.wire.again(request, elsewhere=True)
        elif self.witness.requests:
            request = self._recent(4)
            self.tell(f"> again: {request}")
            for _ in range(self.dice.choice((1, 2))):
                node = self._node().name if self.dice.random() < 0.3 else None
                self.wire.again(request, elsewhere=self.dice.random() < 0.3, node=node)

    async def borrow(self) -> None:
        """The octets of one client's request come from the other's address."""
        if not self.witness.requests:
            return
        of = self._recent(8)
        request = self._borrowed.get(of.octets)
        if of in self._borrowed.values():
            return
        if request is None:
            client = next(each for each in CLIENTS if each != of.client)
            request = Request(of.user, client, of.station, of.password, of.code, of.challenge, of.state,
                              len(self.witness.requests), of.typed)  # fmt: skip
            self._borrowed[of.octets] = request
            self.witness.requests.append(request)
        self.tell(f"> {request}, which are the octets of #{of.number}")
        self.wire.borrow(request, of, self._node().name)

    async def burst(self) -> None:
        """Many passwords of one user at once, from one station or from several; one of them may be right."""
        user, station, client = self._someone()
        stations = (station,) if self.dice.random() < 0.6 else STATIONS
        count = self.dice.choice((8, 16, 24))
        right = self.dice.choice((None, None, None, count // 2, count - 1))
        self.goes(self._burst(user, stations, client, count, right))

    async def _burst(
        self, user: str, stations: tuple[str, ...], client: str, count: int, right: int | None = None
    ) -> None:
        begin, wrong = time.time(), []
        for number in range(count):
            at = self.dice.choice(stations)
            if number == right:
                self.ask(user, at, client, self.people[user].password.last)
            else:
                wrong.append(self.ask(user, at, client, f"guess{len(self.witness.requests)}"))
        await asyncio.gather(*(self.answered(request, ANSWERED_WITHIN) for request in wrong))
        end = time.time()
        judged = Counter(row[0] for row in self._rows(
            "select case station when '' then client else station end from audit where reason = 'password wrong'"
            f" and lower(user_name) = '{user}' and at >= {begin} and at <= {end}"
        ))  # fmt: skip
        self.tell(f"  {count} passwords at once: {dict(judged)} judged")
        try:
            self.witness.has_judged(user, judged, begin, end)
        except Unproved as error:
            self.objects(error)

    async def click(self) -> None:
        links = [sent for sent in self.witness.sent if sent.factor not in CODES]
        if links:
            link = links[-1 - int(abs(self.dice.gauss(0, 1.5))) % len(links)]
            approve = self.dice.random() < 0.75
            await asyncio.gather(*(self._click(link, approve=approve) for _ in range(self.dice.choice((1, 1, 2)))))

    async def _click(self, link: Sent, *, approve: bool) -> None:
        server = self._node().server
        if server is None:
            return
        click = Click(link, approve, time.time())
        self.witness.clicks.append(click)
        self.tell(f"> {'approve' if approve else 'refuse'} {link}")
        tools = tools_of(server._settings, server.store, server.directories, server._keys, server._memories.enrolled)
        try:
            shown = await Desk(server.store, tools.keys).decide(
                link.secret, approve=approve, at=click.begin, source="127.0.0.9"
            )
        except Unavailable as gone:
            self.tell(f"  click: {gone.cause}")
        else:
            # What a server that was killed meanwhile wrote is not known.
            click.counted = shown.counted if self._lives(server) else None
            self.tell(f"  click: {shown.state.value}, counted: {click.counted}")
        click.end = time.time()
        try:
            self.witness.has_clicked(click)
        except Unproved as error:
            self.objects(error)

    async def change(self) -> None:
        """An administrator does something, here or in another process."""
        user = self.dice.choice(USERS)
        person = self.people[user]
        kind = self.dice.choice(("password", "enabled", "blocked"))
        history: History[Any] = getattr(person, kind)
        value = self.dice.choice(PASSWORDS) if kind == "password" else not history.last
        await self._changed(person, kind, value, outside=self.dice.random() < 0.3)
        if kind != "password" and value is (kind == "blocked"):
            self.goes(self._soon(self.dice.choice((0.3, 1.0)), person, kind, not value))

    async def _soon(self, seconds: float, person: Person, kind: str, value: Any) -> None:
        await asyncio.sleep(seconds)
        if getattr(person, kind).last is not value:
            await self._changed(person, kind, value, outside=False)

    async def _changed(self, person: Person, kind: str, value: Any, *, outside: bool) -> None:
        async with self._changing[person.name]:
            node = self._node()
            if node.server is not None:
                await self._change(node, node.server, person, kind, value, outside=outside)

    async def _change(
        self, node: Node, server: Server, person: Person, kind: str, value: Any, *, outside: bool
    ) -> None:
        history: History[Any] = getattr(person, kind)
        change = history.begin(value, time.time())
        self.tell(f"> {person.name}: {kind} {value}{' by another process' if outside else ''}")
        step = self._step(person, kind, value)
        try:
            if outside:
                other = await asyncio.to_thread(Store.open, node.database, self.folder)
                try:
                    await asyncio.to_thread(other.write_now, step)
                finally:
                    other.close_now()
            else:
                await server.store.write(step)
        except (Unavailable, StoreError) as gone:
            self.tell(f"  {person.name}: {kind} is not changed: {gone}")
        else:
            if not self._lives(server):
                return
            # Blocks are read once the notice has come, also by the process that made them.
            heard = outside or kind == "blocked" or len(self.nodes) > 1
            if heard:
                await self._all_are_told()
            change.end = time.time() + (self.HEARD if heard else 0.0)
            self.tell(f"  {person.name}: {kind} is {value}")

    async def _all_are_told(self) -> None:
        """Until every node that runs was told of what is committed by now; one that is starved of time is told later."""
        moment = time.monotonic()
        running = [node.server for node in self.nodes.values() if node.server is not None]
        await until(
            lambda: not any(self._lives(each) and not each.store.heard_since(moment) for each in running), seconds=30.0
        )

    @staticmethod
    def _step(person: Person, kind: str, value: Any) -> Callable[[Any], Any]:
        def block(connection: Any) -> None:
            found = users.find(connection, person.name)
            assert found is not None
            if value:
                blocks.add(
                    connection, "local", found.id, person.name, reason="test", until=None, by="admin", now=time.time()
                )
                return
            for each in blocks.listed(connection, directory="local", unique_id=found.id):
                blocks.remove(connection, each.id, "admin", time.time())

        if kind == "blocked":
            return block
        changes = {"password_hash": hashed(value)} if kind == "password" else {"enabled": value}
        return lambda connection: users.change(connection, person.name, changes, time.time())

    async def reload(self) -> None:
        node = self._node()
        await self._reload(node, Scene.drawn(self.dice))

    async def reorder(self) -> None:
        """An administrator changes what is to be proved before an approval, and nothing else."""
        node = self._node()
        await self._reload(node, node.scene.with_other_factors(self.dice))

    async def _reload(self, node: Node, scene: Scene) -> None:
        async with node.busy:
            if node.server is None:
                return
            change = node.rules.begin(scene, time.time())
            self.tell(f"> reload{f' of {node.name}' if node.name else ''}: {scene}")
            await node.server.reload(node.settings())
            change.end = time.time()

    async def moods(self) -> None:
        if self.mood == moody.TAKES:
            self.mood = self.dice.choice(moody.MOODS)
            self.tell(f"> the carrier {self.mood}")
            self.goes(self._takes_again(self.dice.choice((0.2, 0.5, 1.5))))

    async def _takes_again(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.mood = moody.TAKES
        self.tell("> the carrier takes")

    async def lock(self) -> None:
        if self._locked is None:
            self.goes(self._lock(self.dice.choice((0.2, 0.5, 1.0, 2.6))))

    async def _lock(self, seconds: float) -> None:
        with contextlib.suppress(sqlite3.OperationalError), self._still(0.0):
            self._locked = self.path
            self.witness.locks.append(time.time())
            self.tell(f"> the database is locked for {seconds} s")
            try:
                await asyncio.sleep(seconds)
            finally:
                self._locked = None
                self.tell("  the database is free")

    async def signs_in(self) -> None:
        self.goes(self._signs_in(*self._someone(), Habits.drawn(self.dice)))

    async def _signs_in(self, user: str, station: str, client: str, habits: Habits) -> bool:
        """Somebody signs in from the beginning, as far as their habits let them; whether it led to an Accept."""
        key, person = Key(user, client, station), self.people[user]
        request = self.ask(user, station, client, person.password.last, spells=habits.spells)
        wrong = habits.wrong
        for _ in range(habits.patience):
            self.goes(self._decides(key, habits))
            if not await self.answered(request, self._holds(client) + 1.0):
                self.tell(f"> again: {request}")
                self.wire.again(request)
                continue
            answer = request.answers[0]
            if answer.code == ACCEPT:
                await self._once_more(request, habits)
                return True
            await asyncio.sleep(habits.slow)
            await self._meanwhile(person, habits)
            challenge = self.witness.challenge_to(request)
            factor = ("mailed" if "mailed:" in answer.text else "by-sms") if challenge is None else challenge.factor
            code = self._newest(key, factor) if factor in CODES else ""
            if code and wrong:
                wrong -= 1
                code = "00000000"
            if challenge is not None and self.dice.random() >= habits.restless:
                if self.dice.random() < habits.strange:
                    self.ask(*self._stranger(key), "", code, challenge)
                at = station if habits.says_station else ""
                request = self.ask(user, at, client, "", code, challenge, spells=habits.spells)
            elif challenge is not None or "behind your password" in answer.text or "Waiting" in answer.text:
                code = code if "behind your password" in answer.text else ""
                request = self.ask(user, station, client, person.password.last, code, spells=habits.spells)
            elif OUTAGE in answer.text:
                await asyncio.sleep(0.5)
                request = self.ask(user, station, client, person.password.last, spells=habits.spells)
            else:
                return False
        return False

    def _stranger(self, key: Key) -> tuple[str, str, str]:
        """Another user, or the same one at another client."""
        user, _station, client = self._someone()
        return (user, key.station, key.client) if self.dice.random() < 0.5 else (key.user, key.station, client)

    def _holds(self, client: str) -> float:
        return max(node.scene.hold(client) for node in self.nodes.values())

    async def _meanwhile(self, person: Person, habits: Habits) -> None:
        """What is changed while somebody signs in."""
        if self.dice.random() < habits.renewed:
            await self._changed(person, "password", self.dice.choice(PASSWORDS), outside=False)
        if self.dice.random() < habits.reordered:
            await self.reorder()

    async def _once_more(self, request: Request, habits: Habits) -> None:
        """Whether what led to an Accept does so again: for the NAS that did not hear it, and for nobody else."""
        if self.dice.random() < habits.strange:
            for each in request.chain:
                self.ask(each.user, each.station, each.client, each.password, each.code, each.challenge)
        if self.dice.random() < habits.let_go:
            kind = self.dice.choice(("enabled", "blocked"))
            person = self.people[request.user]
            await self._changed(person, kind, kind == "blocked", outside=False)
            await asyncio.sleep(self.HEARD)
            self.tell(f"> again: {request}")
            self.wire.again(request, elsewhere=True)
            await self._soon(0.2, person, kind, kind != "blocked")

    def _newest(self, key: Key, factor: str) -> str:
        return next((s.secret for s in reversed(self.witness.sent) if s.key == key and s.factor == factor), "1")

    async def _decides(self, key: Key, habits: Habits) -> None:
        """What is asked for that login next is decided, some time after it was."""
        asked = len(self._links(key))
        for _ in range(30):
            await asyncio.sleep(0.05)
            if len(self._links(key)) > asked:
                break
        if self._links(key):
            link = self._links(key)[-1]
            await asyncio.sleep(max(0.0, link.at + habits.decided_after - time.time()))
            await self._meanwhile(self.people[key.user], habits)
            if not any(click.link is link for click in self.witness.clicks):
                await self._click(link, approve=self.dice.random() < habits.approved)

    def _links(self, key: Key) -> list[Sent]:
        return [sent for sent in self.witness.sent if sent.key == key and sent.factor == "approved"]

    # All of it.

    def goes(self, work: Coroutine[Any, Any, Any]) -> None:
        """Beside the walk."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

    MOVES = (
        ("fresh", 6), ("answer", 9), ("forge", 0.5), ("again", 5), ("borrow", 1), ("burst", 1.5), ("click", 6),
        ("signs_in", 30), ("change", 4), ("reload", 1), ("reorder", 1), ("restart", 0.7), ("kill", 1), ("moods", 4),
        ("lock", 0.6),
    )  # fmt: skip

    async def goes_on(self, seconds: float) -> None:
        """The moves, now and then some of them in one moment."""
        names, weights = [name for name, _ in self.MOVES], [weight for _, weight in self.MOVES]
        end = time.time() + seconds
        while time.time() < end:
            for name in self.dice.choices(names, weights, k=self.dice.choice((1, 1, 1, 2, 3))):
                await getattr(self, name)()
                self.witness.tally["moves"] += 1
            self.check()
            await asyncio.sleep(self.dice.choice((0.0, 0.02, 0.05, 0.1, 0.2)))

    async def ends(self) -> None:
        """Once all is well again, everybody gets in; and nothing is left behind."""
        await self._stop()
        self.tell("> all is well again")
        self.mood = moody.TAKES
        await until(lambda: self._locked is None)
        servers = [self._server(node) for node in self.nodes.values()]
        for server in servers:
            await until(lambda server=server: server.store.down_since() is None)
        # Also one radius.yaml at all nodes: who begins at one and goes on at another is asked for other things else.
        calm = self._node().scene.calm()
        for node in self.nodes.values():
            await self._reload(node, calm)
        for person in self.people.values():
            await self._changed(person, "enabled", True, outside=False)
            await self._changed(person, "blocked", False, outside=False)
            await self._changed(person, "password", PASSWORDS[0], outside=False)
        await asyncio.sleep(self.HEARD)  # until the server has read that nobody is blocked
        got_in = await asyncio.gather(
            *(self._signs_in(user, f"home-{user}", client, CALM) for user in USERS for client in CLIENTS)
        )
        self.check()
        if not all(got_in):
            raise Unproved(f"somebody does not get in any more: {got_in}\n{self.story()}")
        try:
            await until(lambda: not any(len(server._holds) for server in servers))
            self._check_recorded()
        except AssertionError as error:
            self.objects(error)
        for node in self.nodes.values():
            await self._reload(node, calm.limited())
        await self._burst(self.dice.choice(USERS), ("far",), self.dice.choice(tuple(CLIENTS)), 20)

    async def _stop(self) -> None:
        """Nothing goes on beside the walk any more, but what ends by itself."""
        for task in self._tasks:
            if task.get_coro().__qualname__.startswith("Walk."):
                task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                self.objects(result)
        self._tasks.clear()

    async def close(self) -> None:
        await self._stop()
        for node in self.nodes.values():
            if node.server is not None:
                self._look_for_bugs(node.server)
                await node.server.close()
        self.wire.close()


CALM = Habits(spells=0.5)


@asynccontextmanager
async def walking(one: Walk) -> AsyncIterator[Walk]:
    """Its nodes are started, and closed in the end."""
    moody.POSTS[str(id(one))] = one
    try:
        for node in one.nodes.values():
            await one.start(node)
        yield one
    finally:
        await one.close()
        del moody.POSTS[str(id(one))]


async def walked(one: Walk, seconds: float) -> Counter[str]:
    """A walk from its beginning to its end; what was done. Raises Unproved."""
    async with walking(one):
        await one.goes_on(seconds)
        await one.ends()
    one.check()
    return one.witness.tally


def add_people(store: Store) -> None:
    for name in USERS:
        mail, phone = ADDRESSES[name].values()
        new = NewUser(
            username=name, password_hash=hashed(PASSWORDS[0]), email=mail, phone=phone,
            sponsor_email="boss@example.com", sponsor_phone="+905550000009",
        )  # fmt: skip
        store.write_now(lambda connection, new=new: users.add(connection, new, time.time()))
    store.close_now()


def alone(seeds: list[int], folder: Path) -> list[Walk]:
    """Walks around a server of their own on SQLite, with the users in its database."""
    add_people(Store.open("sqlite:///people.db", folder))
    walks = []
    for seed in seeds:
        own = folder / f"walk{seed}"
        own.mkdir()
        shutil.copy(folder / "people.db", own / "radiusd.db")
        walks.append(Walk(seed, own))
    return walks


async def together(walks: Sequence[Walk], seconds: float) -> Counter[str]:
    """Walks beside one another; what was done. Raises Unproved for the first that failed."""
    moody.declare()
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: told.append(f"{context['message']}: {context.get('exception')!r}")
    )
    results = await asyncio.gather(*(walked(one, seconds) for one in walks), return_exceptions=True)
    tally: Counter[str] = Counter()
    for result in results:
        if isinstance(result, BaseException):
            raise result
        tally += result
    if told:
        raise Unproved("; ".join(told))
    return tally
