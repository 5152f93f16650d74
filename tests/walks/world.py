"""What all in a walk share: nodes, people, the wire, the messages, and a Witness that hears and sees it all."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from radiusd.process.server import Server
from tests.servers import moody
from tests.walks.heard import ACCEPT, CHALLENGE, GRACE, PATIENCE, Answer, Request, Sent, Unproved
from tests.walks.history import History, Person
from tests.walks.node import Node
from tests.walks.people import ADDRESSES, PASSWORDS, USERS, spelled
from tests.walks.scene import Scene
from tests.walks.seen import read
from tests.walks.wire import Wire
from tests.walks.witness import Witness

TOLD = 400  # lines of the walk's end that are told


class World:
    """Around one server on SQLite. `mood` is that of the carriers; `posts` has the servers that were not killed."""

    NAMES: tuple[str, ...] = ("",)  # of the nodes
    HEARD: float = GRACE  # seconds within which what a notice tells of is read

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
            name: Node(name, folder, self.scene_of(name, scene), database or f"sqlite:///{self.path}", str(id(self)))
            for name in self.NAMES
        }
        self.people = {
            name: Person(
                name, ADDRESSES[name], password=History(PASSWORDS[0], 0.0), enabled=History(True, 0.0),
                blocked=History(False, 0.0), due=History(False, 0.0), app=History(True, 0.0),
                work_mail=History(True, 0.0), work_phone=History(True, 0.0),
            )
            for name in USERS
        }  # fmt: skip
        self.witness = Witness(self.people, {name: node.rules for name, node in self.nodes.items()})
        self.faults: list[BaseException] = []
        self.wire = Wire(self.heard)
        self.posts: dict[int, Server] = {}
        self.locked: Path | None = None
        self._read = Counter[int]()
        self._tasks: dict[asyncio.Task[None], bool] = {}

    def scene_of(self, _name: str, scene: Scene) -> Scene:
        return scene

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

    def node(self) -> Node:
        """Any."""
        return self.nodes[self.dice.choice(self.NAMES)] if len(self.NAMES) > 1 else self.nodes[self.NAMES[0]]

    @staticmethod
    def server(node: Node) -> Server:
        assert node.server is not None
        return node.server

    def lives(self, server: Server) -> bool:
        """False once it was killed."""
        return id(server.outbox) in self.posts

    def look_for_bugs(self, server: Server) -> None:
        bugs = sum(client.discards.get("bug", 0) for client in server._counts.clients.values())
        if bugs:
            self.objects(AssertionError(f"{bugs} requests met a bug"))

    def given(self, outbox: Any, recipient: str, text: str) -> Callable[[bool], None] | None:
        """From a moody carrier."""
        if id(outbox) not in self.posts:
            return None  # it was killed before
        sent = self.note(recipient, text, time.time())

        def told(taken: bool) -> None:
            if sent is not None and id(outbox) in self.posts and sent.outcome != "taken":
                sent.outcome = "taken" if taken else "failed"

        return told

    def note(self, recipient: str, text: str, at: float) -> Sent | None:
        written = read(text)
        if written is None:
            self.tell(f"  message to {recipient}: {text[:60]!r}")
            return None
        before = len(self.witness.sent)
        sent = self.witness.is_sent(written.factor, written.key, recipient, written.secret, at)
        if len(self.witness.sent) > before:
            self.tell(f"  message: {sent} to {recipient}")
            try:
                self.witness.limits.check_limit(sent)
            except Unproved as error:
                self.objects(error)
        return sent

    def collect(self, server: Server) -> None:
        """What is in the outbox, too."""
        entries = list(reversed(server.outbox.entries()))
        for entry in entries[self._read[id(server.outbox)] :]:
            sent = self.note(entry.recipient, entry.text, entry.at)
            if sent is not None:
                sent.outcome = "taken"
        self._read[id(server.outbox)] = len(entries)

    def heard(self, request: Request, answer: Answer, state: bytes | None) -> None:
        self.tell(f"  {answer.code}: {answer.text} ({request})")
        for node in self.nodes.values():
            if node.server is not None:
                self.collect(node.server)
        try:
            self.witness.heard(request, answer, state)
            if answer.code == ACCEPT:
                self.check_recorded()
            self._has_changed(request, answer)
        except Unproved as error:
            self.objects(error)

    def check_recorded(self) -> None:
        """Every Accept that left was committed before; a login has one."""
        rows = self.rows("select login from audit where outcome = 'accept' and reason != 'the same request again'")
        logins = [row[0] for row in rows if row[0]]
        if len(set(logins)) != len(logins):
            raise Unproved("a login was accepted twice")
        if len(rows) < len(self.witness.accepts):
            raise Unproved(f"{len(self.witness.accepts)} Accepts, and {len(rows)} are recorded")

    def rows(self, statement: str) -> list[Any]:
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
        node = node or self.node()
        self.witness.requests.append(request)
        self._may_change(request)
        self.tell(f"> {request}{' with a State' if state is not None else ''}{f' to {node.name}' if node.name else ''}")
        more: dict[str, Any] = {"Calling_Station_Id": station} if station else {}
        if state is not None:
            more["State"] = state
        typed = password + code if state is None else code
        self.wire.send(request, node.name, User_Name=request.typed, User_Password=typed, **more)
        return request

    def _may_change(self, request: Request) -> None:
        """Somebody has typed a new password twice: it is theirs from now on, if it is taken."""
        person = self.people.get(request.root.user)
        if person is not None and request.new_password:
            now = time.time()
            request.makes = [person.password.begin(request.new_password, now), person.due.begin(False, now)]

    def _has_changed(self, request: Request, answer: Answer) -> None:
        """A new password was not taken where it is asked for again. Where it was, and nobody else can have changed it in the
        same moment, that is what it is.
        """
        person = self.people.get(request.root.user)
        if person is None or not request.makes:
            return
        changed = [*zip(request.makes, (person.password, person.due), strict=True)]
        if answer.code == CHALLENGE:
            request.makes = []
            for change, history in changed:
                history.undo(change)
            return
        for change, history in changed if answer.code == ACCEPT else ():
            if change.end is None and history.changes(request.sent[0] - PATIENCE, answer.at) == 1:
                change.end = answer.at + self.HEARD

    @staticmethod
    async def answered(request: Request, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.heard.wait(), seconds)
        return request.heard.is_set()

    def goes(self, work: Coroutine[Any, Any, Any], *, to_its_end: bool = False) -> None:
        """Beside the walk, and no longer than it unless it is to go to its end."""
        self._tasks[asyncio.ensure_future(work)] = to_its_end

    async def stops(self) -> None:
        """Nothing goes on beside the walk any more."""
        for task, to_its_end in self._tasks.items():
            if not to_its_end:
                task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                self.objects(result)
        self._tasks.clear()
