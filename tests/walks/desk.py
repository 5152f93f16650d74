"""What administrators and approvers of a walk do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from radiusd.approval.desk import Desk as Decisions
from radiusd.process.server import Server
from radiusd.process.tools import tools_of
from store import Store, StoreError, Unavailable, blocks, users
from tests.servers.running import hashed, until
from tests.walks.heard import CODES, Click, Sent, Unproved
from tests.walks.history import History, Person
from tests.walks.node import Node
from tests.walks.people import PASSWORDS, USERS, WORK, address_counts, app_counts
from tests.walks.world import World

WELL = {"enabled": True, "app": True, "blocked": False, "due": False} | dict.fromkeys(
    WORK, True
)  # what it soon is again


class Desk:
    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.dice
        self._changing = {name: asyncio.Lock() for name in USERS}

    async def change(self) -> None:
        """An administrator does something, here or in another process."""
        user = self._dice.choice(USERS)
        person = self._world.people[user]
        kind = self._dice.choice(("password", "enabled", "blocked", "due", "due", "app", *WORK))
        history: History[Any] = getattr(person, kind)
        value = self._dice.choice(PASSWORDS) if kind == "password" else not history.last
        await self.changes(person, kind, value, outside=self._dice.random() < 0.3)
        if kind in WELL and value is not WELL[kind]:
            self._world.goes(self.soon(self._dice.choice((0.3, 1.0)), person, kind, not value))

    async def soon(self, seconds: float, person: Person, kind: str, value: Any) -> None:
        await asyncio.sleep(seconds)
        if getattr(person, kind).last is not value:
            await self.changes(person, kind, value, outside=False)

    async def changes(self, person: Person, kind: str, value: Any, *, outside: bool) -> None:
        async with self._changing[person.name]:
            node = self._world.node()
            if node.server is not None:
                await self._change(node, node.server, person, kind, value, outside=outside)

    async def _change(
        self, node: Node, server: Server, person: Person, kind: str, value: Any, *, outside: bool
    ) -> None:
        history: History[Any] = getattr(person, kind)
        change = history.begin(value, time.time())
        self._world.tell(f"> {person.name}: {kind} {value}{' by another process' if outside else ''}")
        step = self._step(person, kind, value)
        try:
            if outside:
                other = await asyncio.to_thread(Store.open, node.database, self._world.folder)
                try:
                    await asyncio.to_thread(other.write_now, step)
                finally:
                    other.close_now()
            else:
                await server.store.write(step)
        except (Unavailable, StoreError) as gone:
            self._world.tell(f"  {person.name}: {kind} is not changed: {gone}")
        else:
            if not self._world.lives(server):
                return
            # Blocks, apps and addresses are read once the notice has come, also by the process that made them.
            heard = outside or kind in {"blocked", "app", *WORK} or len(self._world.nodes) > 1
            if heard:
                await self._all_are_told()
            change.end = time.time() + (self._world.HEARD if heard else 0.0)
            self._world.tell(f"  {person.name}: {kind} is {value}")

    async def _all_are_told(self) -> None:
        """Until every node that runs was told of what is committed by now; one that is starved of time is told later."""
        moment = time.monotonic()
        running = [node.server for node in self._world.nodes.values() if node.server is not None]
        await until(
            lambda: not any(self._world.lives(each) and not each.store.heard_since(moment) for each in running),
            seconds=30.0,
        )

    def _step(self, person: Person, kind: str, value: Any) -> Callable[[Any], Any]:
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
        if kind == "app":
            remains = self._dice.random() < 0.7
            used = max((each.step for each in self._world.witness.shown if each.user == person.name), default=-1)
            return lambda connection: app_counts(connection, person.name, used, counts=value, remains=remains)
        if kind in WORK:
            remains = self._dice.random() < 0.5
            return lambda connection: address_counts(connection, person.name, WORK[kind], counts=value, remains=remains)
        field = {"password": "password_hash", "enabled": "enabled", "due": "must_change_password"}[kind]
        changes = {field: hashed(value) if kind == "password" else value}
        return lambda connection: users.change(connection, person.name, changes, time.time())

    async def click(self) -> None:
        links = [sent for sent in self._world.witness.sent if sent.factor not in CODES]
        if links:
            link = links[-1 - int(abs(self._dice.gauss(0, 1.5))) % len(links)]
            approve = self._dice.random() < 0.75
            await asyncio.gather(*(self.clicks(link, approve=approve) for _ in range(self._dice.choice((1, 1, 2)))))

    async def clicks(self, link: Sent, *, approve: bool) -> None:
        server = self._world.node().server
        if server is None:
            return
        click = Click(link, approve, time.time())
        self._world.witness.clicks.append(click)
        self._world.tell(f"> {'approve' if approve else 'refuse'} {link}")
        tools = tools_of(server._settings, server.store, server.directories, server._keys, server._memories.enrolled)
        try:
            shown = await Decisions(server.store, tools.keys).decide(
                link.secret, approve=approve, at=click.begin, source="127.0.0.9"
            )
        except Unavailable as gone:
            self._world.tell(f"  click: {gone.cause}")
        else:
            # What a server that was killed meanwhile wrote is not known.
            click.counted = shown.counted if self._world.lives(server) else None
            self._world.tell(f"  click: {shown.state.value}, counted: {click.counted}")
        click.end = time.time()
        try:
            self._world.witness.has_clicked(click)
        except Unproved as error:
            self._world.objects(error)
