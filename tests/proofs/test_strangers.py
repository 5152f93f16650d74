"""Somebody who knows a name and nothing else: neither when an answer comes nor what it says tells whether a user has it.

200 names of users and 200 that nobody has, one request each, in turn and by chance; then as many bursts, each of one name.
"""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from radiusd.nas.asking import Nas, NasReply
from radiusd.process import key_file
from radiusd.rules.sealing import Sealing
from store import Store, authenticators, users
from store.enrolled import Authenticator
from store.records import NewUser
from tests.proofs.samples import RARE, chance, told
from tests.servers.daemon import ROOT, Daemon, Folder, daemon, free_ports
from tests.servers.running import DICTIONARY, SECRET, hashed
from tests.servers.slapd import free_port

pytestmark = pytest.mark.proof

NAMES, BURSTS, OF_A_BURST = 200, 40, 12
AT_ONCE, BURSTS_AT_ONCE = 16, 3
REF = re.compile(r"[0-9A-Z]{8}$")
OTHER = {True: "user", False: "uxer"}

YAML = """
listen: {{authentication: [127.0.0.1:{authentication}], accounting: [], web: [127.0.0.1:{web}], internal: []}}
public_url: http://127.0.0.1:{web}
phone_country: TR
clients:
  nas: {{address: 127.0.0.0/8, secret: "{secret}", application: vpn, {client}}}
directories: {{local: {{type: local}}}}
mail_servers: {{post: {{host: 127.0.0.1, port: {post}, encryption: none, from_address: mfa@example.com}}}}
profiles:
{profiles}
applications: {{vpn: {{{application}}}}}
"""
MAILED = "  mailed: {method: mail_otp, directories: [local], mail_servers: [post]}\n"
PLAIN = "  plain: {method: password, directories: [local]}\n"
APP = "  app: {method: soft_otp, directories: [local]}\n"
LINK = "  link: {method: mail_auth, directories: [local], mail_servers: [post]%s}\n"
APPROVED = "  approved: {method: approved_otp, directories: [local], mail_servers: [post]}\n"


@dataclass(frozen=True)
class Kind:
    """A way to sign in, and what a stranger sends: `typed` of the number of the request."""

    profiles: str
    application: str
    client: str = "hold: 10s"
    typed: Callable[[int], str | None] = lambda number: f"guess {number}"
    at_once: int = AT_ONCE
    user: dict[str, Any] = field(default_factory=dict)
    has_app: bool = False


HELD = "hold: 3s, challenge: false"


def nothing(_number: int) -> None:
    """No password is asked for."""


KINDS = {
    "password": Kind(PLAIN, "profiles: [plain]"),
    "a code by mail": Kind(MAILED, "profiles: [mailed]"),
    "a code behind the password": Kind(
        MAILED, "profiles: [mailed]", "hold: 10s, challenge: false", typed=lambda number: f"guess{number:06d}"
    ),
    "an approval": Kind(APPROVED, "profiles: [approved]"),
    "an app": Kind(APP, "profiles: [app]", has_app=True),
    "an app's code behind the password": Kind(
        APP, "profiles: [app]", "hold: 10s, challenge: false", typed=lambda number: f"guess{number:06d}", has_app=True
    ),
    "a link, held": Kind(LINK % "", "profiles: [link]", HELD, typed=nothing, at_once=24),
    "a link, and a NAS that shows it": Kind(LINK % "", "profiles: [link]", "hold: 3s", typed=nothing, at_once=24),
    "a link, refused": Kind(LINK % "", "profiles: [link]", HELD, typed=nothing, at_once=24, user={"enabled": False}),
    "a link, limit reached": Kind(
        LINK % ", links_per_hour: {client: 1}", "profiles: [link]", HELD, typed=nothing, at_once=24
    ),
    "a menu": Kind(MAILED + APPROVED + PLAIN, "profiles: [mailed, approved, plain], choose: ask"),
}


@contextmanager
def post() -> Iterator[int]:
    """The port of a mail server that takes everything, a process of its own."""
    port = free_port()
    sink = subprocess.Popen([sys.executable, str(ROOT / "bench" / "mail_sink.py"), str(port)])
    try:
        yield port
    finally:
        sink.terminate()
        sink.wait()


@contextmanager
def running(folder: Path, kind: Kind) -> Iterator[Daemon]:
    ports = free_ports()
    with post() as mail:
        text = YAML.format(
            **ports,
            post=mail,
            secret=SECRET,
            client=kind.client,
            profiles=kind.profiles.rstrip(),
            application=kind.application,
        )
        place = Folder(folder, ports)
        place.yaml.write_text(text)
        store = Store.open(f"sqlite:///{folder}/radiusd.db")
        key_file.made(folder / "radiusd.key")
        sealing = key_file.sealing(key_file.keys(folder / "radiusd.key"))
        store.write_now(lambda connection: add(connection, kind, sealing))
        store.close_now()
        with daemon(place) as one:
            yield one


def add(connection: Any, kind: Kind, sealing: Sealing) -> None:
    for number in range(NAMES + BURSTS):
        name = f"{OTHER[True]}{number:04d}"
        given = {"email": f"{name}@example.com", "sponsor_email": "boss@example.com"} | kind.user
        user = users.add(connection, NewUser(username=name, password_hash=hashed("tulip"), **given), time.time())
        if kind.has_app:
            secret = sealing.seal(b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", authenticators.place_of(name))
            app = Authenticator(
                id=name, directory="local", unique_id=user.id, user_name=name, label="", secret=secret, algorithm="sha1",
                digits=6, period=30, status="verified", created_at=0.0, created_by="", verified_at=0.0,
            )  # fmt: skip
            authenticators.add(connection, app)


class Stranger:
    def __init__(self, port: int, kind: Kind, dice: random.Random) -> None:
        self._nas = Nas(("127.0.0.1", port), SECRET.encode(), dictionary=DICTIONARY, timeout=5.0, tries=4)
        self._kind = kind
        self._dice = dice
        self._asked = 0
        self.seen: dict[bool, set[str]] = {True: set(), False: set()}

    async def asks(self, name: str, *, known: bool) -> float:
        """How long the answer takes, in seconds."""
        self._asked += 1
        typed = self._kind.typed(self._asked)
        more = {} if typed is None else {"User_Password": typed}
        began = time.perf_counter()
        reply = await self._nas.asks(User_Name=name, Calling_Station_Id=f"s{self._asked:06d}", **more)
        took = time.perf_counter() - began
        self.seen[known].add(shown(reply))
        return took

    async def one_by_one(self) -> tuple[list[float], list[float]]:
        """Each name once; so many at once as are for one kind of sign-in, whichever they are."""
        todo = [(number, known) for number in range(NAMES) for known in (True, False)]
        self._dice.shuffle(todo)
        took: dict[bool, list[float]] = {True: [], False: []}

        async def lane() -> None:
            while todo:
                number, known = todo.pop()
                took[known].append(await self.asks(f"{OTHER[known]}{number:04d}", known=known))

        await asyncio.gather(*(lane() for _ in range(self._kind.at_once)))
        return took[True], took[False]

    async def in_bursts(self) -> tuple[list[float], list[float]]:
        """The median of each burst: what comes at once is not by chance of itself."""
        todo = [(NAMES + number, known) for number in range(BURSTS) for known in (True, False)]
        self._dice.shuffle(todo)
        took: dict[bool, list[float]] = {True: [], False: []}

        async def lane() -> None:
            while todo:
                number, known = todo.pop()
                name = f"{OTHER[known]}{number:04d}"
                each = await asyncio.gather(*(self.asks(name, known=known) for _ in range(OF_A_BURST)))
                took[known].append(median(each))

        await asyncio.gather(*(lane() for _ in range(BURSTS_AT_ONCE)))
        return took[True], took[False]


def shown(reply: NasReply) -> str:
    """All of an answer but what is by chance."""
    attributes = [
        (name, REF.sub("REF", value))
        for name, value in reply.attributes
        if name not in {"State", "Message-Authenticator"}
    ]
    return f"{reply.code} {len(reply.octets)} {attributes}"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_name_tells_nothing(tmp_path, kind):
    dice = random.Random()
    with running(tmp_path, KINDS[kind]) as server:
        stranger = Stranger(server.ports["authentication"], KINDS[kind], dice)
        alone, bursts = await stranger.one_by_one(), await stranger.in_bursts()
    assert stranger.seen[True] == stranger.seen[False]
    for took in (alone, bursts):
        by_chance = chance(*took, dice)
        print(f"{kind}: {told(*took)}; by chance: {by_chance:.3f}")  # noqa: T201 - for whoever asks with -s
        assert by_chance > RARE, told(*took)


async def test_what_tells_is_found(tmp_path):
    """The opposite: an empty password is never hashed, and without a delay that can be seen."""
    dice = random.Random()
    with running(tmp_path, KINDS["password"]) as server:
        text = server.yaml.read_text()
        server.yaml.write_text(f"{text}security: {{reject_delay: 0s}}\n")
        assert server.radiusd("reload").code == 0
        nas = Nas(("127.0.0.1", server.ports["authentication"]), SECRET.encode(), dictionary=DICTIONARY, timeout=20.0)
        took: dict[str, list[float]] = {"guess": [], "": []}
        for number in range(60):
            for typed, of in took.items():
                began = time.perf_counter()
                await nas.asks(
                    User_Name=f"user{number:04d}", User_Password=typed, Calling_Station_Id=f"s{number}{typed}"
                )
                of.append(time.perf_counter() - began)
    assert chance(took["guess"], took[""], dice) < RARE
