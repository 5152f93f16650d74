"""A random walk: users, approvers, administrators and accidents around one server, and a Witness of all they do (D18).

Every choice comes of the seed; what the machine's clock does to it does not, so that a walk is alike and not the same
each time. What was done and heard is told where the Witness objects.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
import shutil
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import reading
from config.settings import Settings
from radiusd.approval.desk import Desk
from radiusd.nas.asking import ForgedReply, Nas
from radiusd.process.building import tools_of
from radiusd.process.kinds import kinds
from radiusd.process.server import Server
from radiusd.radius.attributes import Dictionary, walk
from store import Store, StoreError, Unavailable, blocks, users
from store.records import NewUser
from tests.flows.witness import (
    ACCEPT,
    CODES,
    GRACE,
    Answer,
    Click,
    History,
    Key,
    Person,
    Request,
    Sent,
    Unproved,
    Witness,
    code_in,
)
from tests.servers import moody
from tests.servers.running import SECRET, hashed, until

USERS = ("ann", "bob")
STATIONS = ("pc", "phone", "")
CLIENTS = {"a": "127.0.0.1", "b": "127.0.0.2"}
APPLICATIONS = {"a": "one", "b": "two"}
PASSWORDS = ("tulip", "orchid", "rose")
ADDRESSES = {
    "ann": {"mailed": "ann@example.com", "by-sms": "+905554443322"},
    "bob": {"mailed": "bob@example.com", "by-sms": "+905554443323"},
}
STATE = 24
DIGITS = 8
TOLD = 400  # lines of the walk's end that are told
DICTIONARY = Dictionary.shipped()


@dataclass(frozen=True)
class Scene:
    """A configuration. `profiles` are of the applications; `limits` are the options of each factor, in seconds or numbers."""

    profiles: dict[str, str]
    methods: tuple[str, ...]
    limits: dict[str, dict[str, int]]
    carriers: tuple[str, ...]
    delivery: str
    clients: dict[str, tuple[bool | int, int]]  # challenge, hold
    security: dict[str, str]
    blocking: dict[str, Any]

    @classmethod
    def drawn(cls, dice: random.Random) -> Scene:
        names = ("password-only", "mailed", "mailed", "by-sms", "approved", "approved", "approved", "informed")
        return cls(
            profiles={application: dice.choice(names) for application in APPLICATIONS.values()},
            methods=dice.choice(
                (("password",), ("password", "mailed"), ("password", "mailed", "by-sms"), ("password", "by-sms"))
            ),
            limits={factor: _code_limits(dice) for factor in CODES}
            | {
                "approved": {
                    "link_validity": dice.choice((2, 20, 20)),
                    "late_approval": dice.choice((0, 1, 5, 5)),
                    "after_refusal": dice.choice((0, 0, 2)),
                    "asks_per_hour": dice.choice((4, 1000, 1000, 1000, 1000, 1000)),
                }
            },
            carriers=dice.choice((("moody",), ("moody", "out"))),
            delivery=dice.choice(("mail", "sms")),
            clients={
                client: (dice.choice((True, True, False, 1, 2)), dice.choice((2, 3, 4))) for client in CLIENTS
            },
            security={"reject_delay": "0s", "login_timeout": dice.choice(("3s", "60s")), "password_cache": dice.choice(("0s", "5m", "5m", "5m"))},
            blocking=dice.choice(
                (
                    {"enabled": False},
                    {"failed_attempts": {"password": 4, "code": 4}, "duration": "1s", "window": "5s"},
                )
            ),
        )  # fmt: skip

    def calm(self) -> Scene:
        """The same, but nothing is short."""
        limits = {factor: options | {"attempts": 3, "validity": 60, "sends_per_hour": 1000} for factor, options in self.limits.items() if factor in CODES}  # fmt: skip
        limits["approved"] = {"link_validity": 60, "late_approval": 5, "after_refusal": 0, "asks_per_hour": 1000}
        return Scene(
            self.profiles, self.methods, limits, self.carriers, self.delivery, dict.fromkeys(CLIENTS, (True, 4)),
            {"reject_delay": "0s"}, {"enabled": False},
        )  # fmt: skip

    def factors(self, client: str) -> tuple[str, ...]:
        profile = self.profiles[APPLICATIONS[client]]
        if profile == "password-only":
            return ("password",)
        return (*(self.methods if profile in {"approved", "informed"} else ("password",)), profile)

    def limit(self, factor: str, name: str) -> float:
        return float(self.limits[factor][name])

    def hold(self, client: str) -> float:
        return float(self.clients[client][1])

    def appends(self, client: str) -> bool:
        return self.clients[client][0] is False

    def yaml(self, post: str) -> str:
        """radius.yaml; JSON is YAML."""
        of_mail, of_sms = {"mail_servers": list(self.carriers)}, {"sms_gateways": list(self.carriers)}
        told = "{{ user.username }} {{ client }} {{ station }}"
        asked = {
            "method": "approved_otp", "directories": ["local"], "methods": list(self.methods), "approvers": ["sponsor"],
            "delivery": self.delivery, **(of_mail if self.delivery == "mail" else of_sms),
        }  # fmt: skip
        limits = {factor: _written(options) for factor, options in self.limits.items()}
        carriers = {"moody": {"type": "moody", "of": post}, "out": {"type": "outbox"}}
        code = {"directories": ["local"], "code_length": DIGITS, "send_within": "1s"}
        profiles = {
            "password-only": {"method": "password", "directories": ["local"]},
            "mailed": {"method": "mail_otp", **of_mail, **code, "prompt": "mailed: {{ destination }}",
                       "message": f"mailed {told} {{{{ code }}}}", **limits["mailed"]},
            "by-sms": {"method": "sms_otp", **of_sms, **code, "prompt": "by-sms: {{ destination }}",
                       "message": f"by-sms {told} {{{{ code }}}}", **limits["by-sms"]},
            "approved": {**asked, "message": f"approved {told} {{{{ link }}}}", **limits["approved"]},
            "informed": {**asked, "message": f"informed {told} {{{{ link }}}}", "type": "manager_information"},
        }  # fmt: skip
        return json.dumps({
            "listen": {"authentication": ["127.0.0.1:0"], "accounting": [], "web": [], "internal": []},
            "public_url": "https://mfa.example.com", "phone_country": "TR",
            "clients": {
                name: {"address": CLIENTS[name], "secret": SECRET, "application": APPLICATIONS[name],
                       "challenge": challenge, "hold": f"{hold}s"}
                for name, (challenge, hold) in self.clients.items()
            },
            "directories": {"local": {"type": "local"}},
            "mail_servers": carriers, "sms_gateways": carriers,
            "profiles": profiles,
            "applications": {name: {"profiles": [profile]} for name, profile in self.profiles.items()},
            "security": self.security, "blocking": self.blocking,
        }, indent=1)  # fmt: skip


def _code_limits(dice: random.Random) -> dict[str, int]:
    return {
        "validity": dice.choice((1, 3, 10)),
        "attempts": dice.choice((1, 2, 3)),
        "resend_after": dice.choice((0, 1)),
        "sends_per_hour": dice.choice((5, 1000, 1000, 1000, 1000, 1000)),
    }


def _written(options: dict[str, int]) -> dict[str, int | str]:
    numbers = ("attempts", "sends_per_hour", "asks_per_hour")
    return {name: value if name in numbers else f"{value}s" for name, value in options.items()}


def _copied(database: Path, path: Path) -> None:
    """The database as it is on the disk."""
    for end in ("", "-wal"):
        if Path(f"{database}{end}").exists():
            shutil.copy(f"{database}{end}", f"{path}{end}")


class Wire:
    """The NASes' sockets: every first copy of a request has a port and Identifier of its own."""

    def __init__(self, heard: Callable[[Request, Answer, bytes | None], None]) -> None:
        self._heard = heard
        self._nas = Nas(("127.0.0.1", 1), SECRET.encode(), dictionary=DICTIONARY)
        self._loop = asyncio.get_running_loop()
        self._sockets: dict[tuple[str, int], socket.socket] = {}
        self._waiting: dict[tuple[str, int, int], list[Request]] = {}
        self._places: dict[bytes, tuple[str, int, int]] = {}
        self._number = 0
        self.port = 0

    def send(self, request: Request, **attributes: Any) -> None:
        """A new request."""
        self._number += 1
        identifier = self._number & 255
        request.octets = self._nas.request(1, secrets.token_bytes(16), identifier, **attributes)
        self._places[request.octets] = (CLIENTS[request.client], self._number >> 8, identifier)
        self.again(request)

    def again(self, request: Request, *, elsewhere: bool = False) -> None:
        """The same octets, from the same port or from another."""
        place = self._places[request.octets]
        if elsewhere:
            place = (place[0], -1, place[2])
        waiting = self._waiting.setdefault(place, [])
        if request not in waiting:
            waiting.append(request)
        udp = self._socket(place[:2])
        request.sent.append(time.time())
        with contextlib.suppress(OSError):  # lost, as datagrams may be
            udp.sendto(request.octets, ("127.0.0.1", self.port))

    def _socket(self, place: tuple[str, int]) -> socket.socket:
        udp = self._sockets.get(place)
        if udp is None:
            udp = self._sockets[place] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.setblocking(False)
            udp.bind((place[0], 0))
            self._loop.add_reader(udp, self._hear, place, udp)
        return udp

    def _hear(self, place: tuple[str, int], udp: socket.socket) -> None:
        try:
            octets, _whence = udp.recvfrom(4096)
        except OSError:
            return
        for request in self._waiting.get((*place, octets[1]), ()):
            try:
                reply = self._nas._verified(octets, request.octets)
            except ForgedReply:
                continue
            state = next((value for kind, value in walk(reply.octets[20:]) if kind == STATE), None)
            self._heard(request, Answer(time.time(), reply.code, " ".join(reply.all("Reply-Message"))), state)

    def close(self) -> None:
        for udp in self._sockets.values():
            self._loop.remove_reader(udp)
            udp.close()


@dataclass(frozen=True)
class Habits:
    """Of somebody who signs in, and of who decides about them: times in seconds, chances from 0 to 1.

    `wrong` codes are typed first. `restless`: they sign in anew where a code is asked for. `strange`: somebody else tries
    their answers, and so do they once more in the end. `renewed`: their password is changed while they sign in.
    """

    wrong: int = 0
    slow: float = 0.0
    restless: float = 0.0
    strange: float = 0.0
    renewed: float = 0.0
    says_station: bool = True
    decided_after: float = 0.1
    approved: float = 1.0
    patience: int = 14

    @classmethod
    def drawn(cls, dice: random.Random) -> Habits:
        return cls(
            wrong=dice.choice((0, 0, 0, 1, 2, 3)),
            slow=dice.choice((0.0, 0.0, 0.0, 0.1, 0.3, 1.2, 3.2)),
            restless=dice.choice((0.0, 0.0, 0.4)),
            strange=dice.choice((0.0, 0.3, 0.6)),
            renewed=dice.choice((0.0, 0.0, 0.2)),
            says_station=dice.random() < 0.7,
            decided_after=dice.choice((0.1, 0.1, 0.5, 1.5, 2.5)),
            approved=0.85,
            patience=dice.choice((2, 4, 8, 14)),
        )


class Walk:
    """One walk. `mood` is that of the carriers."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.folder = folder
        self.path = folder / "radiusd.db"
        self.began = time.time()
        self.lines: list[str] = []
        self.mood = moody.TAKES
        scene = Scene.drawn(self.dice)
        self._read_scene: Scene | None = None
        self.rules = History(scene, 0.0)
        self.people = {
            name: Person(name, ADDRESSES[name], History(PASSWORDS[0], 0.0), History(True, 0.0), History(False, 0.0))
            for name in USERS
        }
        self.witness = Witness(self.people, self.rules)
        self.fault: BaseException | None = None
        self.wire = Wire(self._heard)
        self.server: Server | None = None
        self._posts: dict[int, Server] = {}
        self._read = Counter[int]()
        self._tasks: set[asyncio.Task[None]] = set()
        self._kills = 0
        self._locked: Path | None = None

    # What is told.

    def tell(self, line: str) -> None:
        self.lines.append(f"{time.time() - self.began:7.3f}  {line}")

    def story(self) -> str:
        """For whoever must understand what the Witness objected to."""
        return "\n".join([f"seed {self.seed}", str(self.rules.last), *self.lines[-TOLD:]])

    def objects(self, error: BaseException) -> None:
        self.tell(f"!!! {error}")
        self.fault = self.fault or error

    def check(self) -> None:
        if self.fault is not None:
            raise Unproved(f"{self.fault}\n{self.story()}") from self.fault

    # The server.

    @property
    def scene(self) -> Scene:
        return self.rules.last

    def _settings(self) -> Settings:
        if self._read_scene is not self.scene:
            path = self.folder / "radius.yaml"
            path.write_text(self.scene.yaml(str(id(self))))
            self._read_settings, self._read_scene = reading.read(path, kinds(), demo=True), self.scene
        return self._read_settings.model_copy(update={"database": f"sqlite:///{self.path}"})

    async def start(self) -> None:
        while True:
            server = Server(self._settings(), keys=(b"k" * 32,), demo=False)
            try:
                await server.start()
                break
            except (StoreError, Unavailable) as gone:
                self.tell(f"  it does not start: {gone}")
                await until(lambda: self._locked is None)
        self._posts[id(server.outbox)] = server
        self.wire.port = server.ports("authentication")[0]
        self.server = server

    async def restart(self) -> None:
        self.tell("restart")
        self.witness.restarted(time.time())
        server, self.server = self._server, None
        await server.close()
        self._collect(server)
        self._look_for_bugs(server)
        await self.start()
        self.tell("started again")
        self.witness.tally["restarts"] += 1

    async def kill(self) -> None:
        """As the power fails: what is on the disk at that moment is what the next server begins with."""
        self.tell("kill")
        server, self.server = self._server, None
        self._collect(server)
        del self._posts[id(server.outbox)]
        loop = asyncio.get_running_loop()
        for port in server._ports["authentication"]:
            port.stop(loop)
            port.close()
        server._ports = {"authentication": [], "accounting": []}
        self._kills += 1
        path = self.folder / f"after-kill-{self._kills}.db"
        with contextlib.nullcontext() if self._locked == self.path else self._still():
            _copied(self.path, path)
        self.witness.restarted(time.time())
        self.path = path
        self._look_for_bugs(server)
        self.goes(server.close())
        await self.start()
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

    @property
    def _server(self) -> Server:
        assert self.server is not None
        return self.server

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
            if id(outbox) in self._posts and (sent.outcome != "taken"):
                sent.outcome = "taken" if taken else "failed"

        return told

    def _note(self, recipient: str, text: str, at: float) -> Sent:
        factor, user, client, station, *_ = text.split(" ")
        key = Key(user, client, "" if station == client else station)
        before = len(self.witness.sent)
        sent = self.witness.is_sent(factor, key, recipient, code_in(text), at)
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
            self._note(entry.recipient, entry.text, entry.at).outcome = "taken"
        self._read[id(server.outbox)] = len(entries)

    # Packets.

    def _heard(self, request: Request, answer: Answer, state: bytes | None) -> None:
        self.tell(f"  {answer.code}: {answer.text} ({request})")
        if self.server is not None:
            self._collect(self.server)
        try:
            self.witness.heard(request, answer, state)
            if answer.code == ACCEPT:
                self._check_recorded()
        except Unproved as error:
            self.objects(error)

    def _check_recorded(self) -> None:
        """Every Accept that left was committed before; a login has one."""
        database = sqlite3.connect(self.path, timeout=5.0)
        try:
            rows = database.execute(
                "select login from audit where outcome = 'accept' and reason != 'the same request again'"
            ).fetchall()
        finally:
            database.close()
        logins = [row[0] for row in rows if row[0]]
        if len(set(logins)) != len(logins):
            raise Unproved("a login was accepted twice")
        if len(rows) < len(self.witness.accepted):
            raise Unproved(f"{len(self.witness.accepted)} Accepts, and {len(rows)} are recorded")

    def ask(
        self, user: str, station: str, client: str, password: str, code: str = "", challenge: Any = None,
        state: bytes | None = None,
    ) -> Request:  # fmt: skip
        """Sends a request; with a State `code` is the answer."""
        state = challenge.state if challenge is not None else state
        request = Request(user, client, station, password, code, challenge, state, len(self.witness.requests))
        self.witness.requests.append(request)
        self.tell(f"> {request}{' with a State' if state is not None else ''}")
        more: dict[str, Any] = {"Calling_Station_Id": station} if station else {}
        if state is not None:
            more["State"] = state
        typed = password + code if state is None else code
        self.wire.send(request, User_Name=user, User_Password=typed, **more)
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
        if self.dice.random() < (0.6 if self.scene.appends(client) else 0.1):
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

    async def again(self) -> None:
        """The same octets once more."""
        if self.witness.requests:
            count = len(self.witness.requests)
            request = self.witness.requests[-1 - int(abs(self.dice.gauss(0, 4))) % count]
            self.tell(f"> again: {request}")
            for _ in range(self.dice.choice((1, 2))):
                self.wire.again(request, elsewhere=self.dice.random() < 0.3)

    async def click(self) -> None:
        links = [sent for sent in self.witness.sent if sent.factor not in CODES]
        if links:
            link = links[-1 - int(abs(self.dice.gauss(0, 1.5))) % len(links)]
            approve = self.dice.random() < 0.75
            await asyncio.gather(*(self._click(link, approve=approve) for _ in range(self.dice.choice((1, 1, 2)))))

    async def _click(self, link: Sent, *, approve: bool) -> None:
        server = self.server
        if server is None:
            return
        click = Click(link, approve, time.time())
        self.witness.clicks.append(click)
        self.tell(f"> {'approve' if approve else 'refuse'} {link}")
        tools = tools_of(server._settings, server.store, server.directories, server._keys)
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
        if getattr(person, kind).last is not value and self.server is not None:
            await self._changed(person, kind, value, outside=False)

    async def _changed(self, person: Person, kind: str, value: Any, *, outside: bool) -> None:
        server = self.server
        if server is None:
            return
        history: History[Any] = getattr(person, kind)
        change = history.begin(value, time.time())
        self.tell(f"> {person.name}: {kind} {value}{' by another process' if outside else ''}")
        step = self._step(person, kind, value)
        try:
            if outside:
                other = await asyncio.to_thread(Store.open, server._settings.database, self.folder)
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
            change.end = time.time() + (GRACE if outside or kind == "blocked" else 0.0)
            self.tell(f"  {person.name}: {kind} is {value}")

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

    async def reload(self, scene: Scene | None = None) -> None:
        change = self.rules.begin(scene or Scene.drawn(self.dice), time.time())
        self.tell(f"> reload: {change.value}")
        await self._server.reload(self._settings())
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
        request = self.ask(user, station, client, person.password.last)
        wrong = habits.wrong
        for _ in range(habits.patience):
            self.goes(self._decides(key, habits))
            if not await self.answered(request, self.scene.hold(client) + 1.0):
                self.tell(f"> again: {request}")
                self.wire.again(request)
                continue
            answer = request.answers[0]
            if answer.code == ACCEPT:
                self._once_more(request, habits)
                return True
            await asyncio.sleep(habits.slow)
            if self.dice.random() < habits.renewed:
                await self._changed(person, "password", self.dice.choice(PASSWORDS), outside=False)
            challenge = self.witness.challenge_to(request)
            factor = ("mailed" if "mailed:" in answer.text else "by-sms") if challenge is None else challenge.factor
            code = self._newest(key, factor) if factor in CODES else ""
            if code and wrong:
                wrong -= 1
                code = "00000000"
            if challenge is not None and self.dice.random() >= habits.restless:
                if self.dice.random() < habits.strange:
                    self.ask(*self._stranger(key), "", code, challenge)
                request = self.ask(user, station if habits.says_station else "", client, "", code, challenge)
            elif challenge is not None or "behind your password" in answer.text or "Waiting" in answer.text:
                code = code if "behind your password" in answer.text else ""
                request = self.ask(user, station, client, person.password.last, code)
            else:
                return False
        return False

    def _stranger(self, key: Key) -> tuple[str, str, str]:
        """Another user, or the same one at another client."""
        user, _station, client = self._someone()
        return (user, key.station, key.client) if self.dice.random() < 0.5 else (key.user, key.station, client)

    def _once_more(self, request: Request, habits: Habits) -> None:
        """Whether what led to an Accept does so again."""
        if self.dice.random() < habits.strange:
            for each in request.chain:
                self.ask(each.user, each.station, each.client, each.password, each.code, each.challenge)

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
        ("fresh", 6), ("answer", 9), ("forge", 0.5), ("again", 5), ("click", 6), ("signs_in", 30), ("change", 4),
        ("reload", 1), ("restart", 0.7), ("kill", 1), ("moods", 4), ("lock", 0.6),
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
        server = self._server
        await until(lambda: server.store.down_since() is None)
        await self.reload(self.scene.calm())
        for person in self.people.values():
            await self._changed(person, "enabled", True, outside=False)
            await self._changed(person, "blocked", False, outside=False)
            await self._changed(person, "password", PASSWORDS[0], outside=False)
        await asyncio.sleep(GRACE)  # until the server has read that nobody is blocked
        got_in = await asyncio.gather(
            *(self._signs_in(user, f"home-{user}", client, Habits()) for user in USERS for client in CLIENTS)
        )
        self.check()
        if not all(got_in):
            raise Unproved(f"somebody does not get in any more: {got_in}\n{self.story()}")
        try:
            await until(lambda: len(server._holds) == 0)
            self._check_recorded()
        except AssertionError as error:
            self.objects(error)

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
        if self.server is not None:
            self._look_for_bugs(self.server)
            await self.server.close()
        self.wire.close()


@asynccontextmanager
async def walking(seed: int, folder: Path) -> AsyncIterator[Walk]:
    one = Walk(seed, folder)
    moody.POSTS[str(id(one))] = one
    try:
        await one.start()
        yield one
    finally:
        await one.close()
        del moody.POSTS[str(id(one))]


async def walked(seed: int, people: Path, seconds: float) -> Counter[str]:
    """A walk from its beginning to its end; what was done. Raises Unproved."""
    folder = people.parent / f"walk{seed}"
    folder.mkdir()
    shutil.copy(people, folder / "radiusd.db")
    async with walking(seed, folder) as one:
        await one.goes_on(seconds)
        await one.ends()
    one.check()
    return one.witness.tally


def with_people(folder: Path) -> Path:
    """A database that has the users."""
    store = Store.open("sqlite:///people.db", folder)
    for name in USERS:
        mail, phone = ADDRESSES[name].values()
        new = NewUser(
            username=name, password_hash=hashed(PASSWORDS[0]), email=mail, phone=phone,
            sponsor_email="boss@example.com", sponsor_phone="+905550000009",
        )  # fmt: skip
        store.write_now(lambda connection, new=new: users.add(connection, new, time.time()))
    store.close_now()
    return folder / "people.db"


async def walks(seeds: list[int], folder: Path, seconds: float) -> Counter[str]:
    """Walks beside one another, each around a server of its own; what was done. Raises Unproved for the first that failed."""
    moody.declare()
    people = with_people(folder)
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: told.append(f"{context['message']}: {context.get('exception')!r}")
    )
    results = await asyncio.gather(*(walked(seed, people, seconds) for seed in seeds), return_exceptions=True)
    tally: Counter[str] = Counter()
    for result in results:
        if isinstance(result, BaseException):
            raise result
        tally += result
    if told:
        raise Unproved("; ".join(told))
    return tally
