"""A random walk: users, approvers, administrators and accidents around servers, and a Witness of all they do (D18).

Every choice comes of the seed; what the machine's clock does to it does not, so that a walk is alike and not the same
each time. What was done and heard is told where the Witness objects.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from store import Store
from tests.servers import moody
from tests.servers.running import until
from tests.walks.desk import Desk
from tests.walks.habits import Habits
from tests.walks.heard import Unproved
from tests.walks.nases import Nases
from tests.walks.people import PASSWORDS, USERS, WORK, add_people
from tests.walks.scene import CLIENTS
from tests.walks.servers import Servers
from tests.walks.users import Users
from tests.walks.world import World

CALM = Habits(spells=0.5)
MOVES = {
    "fresh": 6, "answer": 9, "forge": 0.5, "again": 5, "borrow": 1, "burst": 1.5, "click": 6, "signs_in": 30, "change": 4,
    "reload": 1, "reorder": 1, "restart": 0.7, "kill": 1, "moods": 4, "lock": 0.6,
}  # fmt: skip
"""By how likely each is."""
ACCIDENTS = ("reload", "restart", "kill", "lock")


class Walk:
    """`without` are moves that are not made."""

    def __init__(self, world: World, without: Sequence[str] = ()) -> None:
        self.world = world
        self._servers = Servers(world)
        self._desk = Desk(world)
        self._nases = Nases(world)
        self._users = Users(world, self._nases, self._desk, self._servers)
        moves: dict[str, Callable[[], Awaitable[None]]] = {
            name: getattr(who, name)
            for who in (self._servers, self._desk, self._nases, self._users)
            for name in MOVES
            if hasattr(who, name) and name not in without
        }
        self._moves = list(moves.values())
        self._weights = [MOVES[name] for name in moves]

    async def start(self) -> None:
        for node in self.world.nodes.values():
            await self._servers.start(node)

    async def goes_on(self, seconds: float) -> None:
        """The moves, now and then some of them in one moment."""
        dice, end = self.world.dice, time.time() + seconds
        while time.time() < end:
            for move in dice.choices(self._moves, self._weights, k=dice.choice((1, 1, 1, 2, 3))):
                await move()
                self.world.witness.tally["moves"] += 1
            self.world.check()
            await asyncio.sleep(dice.choice((0.0, 0.02, 0.05, 0.1, 0.2)))

    async def ends(self) -> None:
        """Once all is well again, everybody gets in; and nothing is left behind."""
        world = self.world
        await world.stops()
        world.tell("> all is well again")
        world.mood = moody.TAKES
        await until(lambda: world.locked is None)
        servers = [world.server(node) for node in world.nodes.values()]
        for server in servers:
            await until(lambda server=server: server.store.down_since() is None)
        # Also one radius.yaml at all nodes: who begins at one and goes on at another is asked for other things else.
        calm = world.node().scene.calm()
        for node in world.nodes.values():
            await self._servers.reloads(node, calm)
        for person in world.people.values():
            await self._desk.changes(person, "enabled", True, outside=False)
            await self._desk.changes(person, "blocked", False, outside=False)
            await self._desk.changes(person, "password", PASSWORDS[0], outside=False)
            await self._desk.changes(person, "due", False, outside=False)
            for kind in ("app", *WORK):
                await self._desk.changes(person, kind, True, outside=False)
        await asyncio.sleep(world.HEARD)  # until the server has read that nobody is blocked
        await until(lambda: not any(len(server._holds) for server in servers))  # of one user only so many are held
        got_in = await asyncio.gather(
            *(self._users.sign_in(user, f"home-{user}", client, CALM) for user in USERS for client in CLIENTS)
        )
        world.check()
        if not all(got_in):
            raise Unproved(f"somebody does not get in any more: {got_in}\n{world.story()}")
        try:
            await until(lambda: not any(len(server._holds) for server in servers))
            world.check_recorded()
        except AssertionError as error:
            world.objects(error)
        for node in world.nodes.values():
            await self._servers.reloads(node, calm.limited())
        await self._nases.bursts(world.dice.choice(USERS), ("far",), world.dice.choice(tuple(CLIENTS)), 20)

    async def close(self) -> None:
        await self.world.stops()
        for node in self.world.nodes.values():
            if node.server is not None:
                self.world.look_for_bugs(node.server)
                await node.server.close()
        self.world.wire.close()


@asynccontextmanager
async def walking(one: Walk) -> AsyncIterator[Walk]:
    """Its nodes are started, and closed in the end."""
    moody.POSTS[str(id(one.world))] = one.world
    try:
        await one.start()
        yield one
    finally:
        await one.close()
        del moody.POSTS[str(id(one.world))]


async def walked(one: Walk, seconds: float) -> Counter[str]:
    """A walk from its beginning to its end; what was done. Raises Unproved."""
    async with walking(one):
        await one.goes_on(seconds)
        await one.ends()
    one.world.check()
    return one.world.witness.tally


def alone(seeds: list[int], folder: Path) -> list[Walk]:
    """Walks around a server of their own on SQLite, with the users in its database."""
    add_people(Store.open("sqlite:///people.db", folder))
    walks = []
    for seed in seeds:
        own = folder / f"walk{seed}"
        own.mkdir()
        shutil.copy(folder / "people.db", own / "radiusd.db")
        walks.append(Walk(World(seed, own)))
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
