"""Those who sign in from the beginning to the end, as far as their habits let them."""

from __future__ import annotations

import asyncio
import time

from tests.walks.desk import Desk
from tests.walks.habits import Habits
from tests.walks.heard import ACCEPT, CODES, LINKS, OUTAGE, Answer, Challenge, Request, Sent
from tests.walks.history import Key, Person
from tests.walks.nases import Nases
from tests.walks.people import PASSWORDS, PERIOD, RECOVERY, WORK, shown, step_at
from tests.walks.servers import Servers
from tests.walks.world import World

SLIPS = 0.25  # of new passwords that are typed for the second time


class Users:
    def __init__(self, world: World, nases: Nases, desk: Desk, servers: Servers) -> None:
        self._world = world
        self._dice = world.dice
        self._nases = nases
        self._desk = desk
        self._servers = servers
        self._steps: dict[str, int] = {}  # the last that each typed

    async def signs_in(self) -> None:
        self._world.goes(self.sign_in(*self._nases.someone(), Habits.drawn(self._dice)))

    async def sign_in(self, user: str, station: str, client: str, habits: Habits) -> bool:
        """Somebody signs in from the beginning, as far as their habits let them; whether it led to an Accept."""
        key, person = Key(user, client, station), self._world.people[user]
        if self._dice.random() < habits.due:
            await self._desk.changes(person, "due", True, outside=False)
        code = await self._next_step(user) if self._appends_an_app(client) else ""
        request = self._world.ask(user, station, client, person.password.last, code, spells=habits.spells)
        wrong = habits.wrong
        for _ in range(habits.patience):
            self._world.goes(self._decides(key, habits))
            if not await self._world.answered(request, self._holds(client) + 1.0):
                self._world.tell(f"> again: {request}")
                self._world.wire.again(request)
                continue
            answer = request.answers[0]
            if answer.code == ACCEPT:
                await self._once_more(request, habits)
                return True
            await asyncio.sleep(habits.slow)
            challenge = self._world.witness.challenge_to(request)
            await self._meanwhile(person, habits, "" if challenge is None else challenge.factor)
            code = await self._typed(key, answer, challenge, habits)
            if code and wrong and (challenge is None or not challenge.offered):
                wrong -= 1
                code = "00000000"
            if challenge is not None and self._dice.random() >= habits.restless:
                if self._dice.random() < habits.strange:
                    self._world.ask(*self._stranger(key), "", code, challenge)
                at = station if habits.says_station else ""
                request = self._world.ask(user, at, client, "", code, challenge, spells=habits.spells)
            elif challenge is not None or "behind your password" in answer.text or "Waiting" in answer.text:
                code = code if "behind your password" in answer.text else ""
                request = self._world.ask(user, station, client, person.password.last, code, spells=habits.spells)
            elif OUTAGE in answer.text:
                await asyncio.sleep(0.5)
                request = self._world.ask(user, station, client, person.password.last, spells=habits.spells)
            else:
                return False
        return False

    def _new(self, person: Person, request: Request, challenge: Challenge, habits: Habits) -> str:
        """A new password, and then most often the same."""
        if challenge.is_once_more and self._dice.random() >= max(habits.restless, SLIPS):
            return request.code
        return self._dice.choice([each for each in PASSWORDS if each != person.password.last])

    def _stranger(self, key: Key) -> tuple[str, str, str]:
        """Another user, or the same one at another client."""
        user, _station, client = self._nases.someone()
        return (user, key.station, key.client) if self._dice.random() < 0.5 else (key.user, key.station, client)

    def _holds(self, client: str) -> float:
        return max(node.scene.hold(client) for node in self._world.nodes.values())

    async def _meanwhile(self, person: Person, habits: Habits, factor: str = "") -> None:
        """What is changed while somebody signs in."""
        if self._dice.random() < habits.renewed:
            await self._desk.changes(person, "password", self._dice.choice(PASSWORDS), outside=False)
        if self._dice.random() < habits.reordered:
            await self._servers.reorder()
        kind = next((kind for kind, of in {"app": "app", **WORK}.items() if of == factor), "")
        if kind and self._dice.random() < habits.stolen:
            await self._desk.changes(person, kind, False, outside=False)
            await asyncio.sleep(self._world.HEARD)
            self._world.goes(self._desk.soon(self._dice.choice((0.5, 1.0, 3.0)), person, kind, True))

    async def _once_more(self, request: Request, habits: Habits) -> None:
        """Whether what led to an Accept does so again: for the NAS that did not hear it, and for nobody else."""
        if self._dice.random() < habits.strange:
            for each in request.chain:
                self._world.ask(each.user, each.station, each.client, each.password, each.code, each.challenge)
        if self._dice.random() < habits.let_go:
            kind = self._dice.choice(("enabled", "blocked"))
            person = self._world.people[request.user]
            await self._desk.changes(person, kind, kind == "blocked", outside=False)
            await asyncio.sleep(self._world.HEARD)
            self._world.tell(f"> again: {request}")
            self._world.wire.again(request, elsewhere=True)
            await self._desk.soon(0.2, person, kind, kind != "blocked")

    async def _typed(self, key: Key, answer: Answer, challenge: Challenge | None, habits: Habits) -> str:
        """What is typed for what was asked; "" for Enter."""
        if challenge is not None and challenge.offered:
            return str(self._dice.randrange(len(challenge.offered)) + 1)
        factor = ("mailed" if "mailed:" in answer.text else "by-sms") if challenge is None else challenge.factor
        if factor == "app" and self._dice.random() < habits.lost:
            return self._dice.choice(RECOVERY[key.user])
        if factor == "app":
            return await self._next_step(key.user)
        if factor == "where":
            return self._dice.choice(("1", "2"))
        if factor in CODES and self._dice.random() < habits.elsewhere:
            return self._dice.choice(("resend", "resend 1", "resend 2", "2"))
        return self._newest(key, factor) if factor in CODES else ""

    def _appends_an_app(self, client: str) -> bool:
        """Whether the code of an app is typed behind the password there: nobody is told to."""
        scenes = [node.scene for node in self._world.nodes.values()]
        return any(one.appends(client) and "app" in factors for one in scenes for factors in one.ways(client).values())

    async def _next_step(self, user: str) -> str:
        """What the app shows, of a step that they did not type before."""
        self._steps[user] = step = max(self._steps.get(user, 0) + 1, step_at(time.time()))
        await asyncio.sleep(max(0.0, step * PERIOD - time.time()))
        return shown(user, step)

    def _newest(self, key: Key, factor: str) -> str:
        return next((s.secret for s in reversed(self._world.witness.sent) if s.key == key and s.factor == factor), "1")

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
            await self._meanwhile(self._world.people[key.user], habits)
            if not any(click.link is link for click in self._world.witness.clicks):
                await self._desk.clicks(link, approve=self._dice.random() < habits.approved)

    def _links(self, key: Key) -> list[Sent]:
        return [sent for sent in self._world.witness.sent if sent.key == key and sent.factor in LINKS]
