"""What NASes of a walk send, each packet by itself: as users mean it, and as nobody should."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from tests.walks.heard import ANSWERED_WITHIN, CODES, Request, Unproved
from tests.walks.history import Key
from tests.walks.people import PASSWORDS, RECOVERY, USERS, shown, step_at
from tests.walks.scene import CLIENTS, DIGITS
from tests.walks.world import World

STATIONS = ("pc", "phone", "")


class Nases:
    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.dice
        self._borrowed: dict[bytes, Request] = {}

    def someone(self) -> tuple[str, str, str]:
        return self._dice.choice(USERS), self._dice.choice(STATIONS), self._dice.choice(tuple(CLIENTS))

    def _password(self, user: str) -> str:
        return (
            self._world.people[user].password.last
            if self._dice.random() < 0.85
            else self._dice.choice((*PASSWORDS, "x"))
        )

    def _code(self, key: Key, factor: str) -> str:
        """What somebody types: most often the newest code, and now and then any other."""
        if factor == "menu":
            return self._dice.choice(("1", "1", "2", "2", "3", "", "mailed", "9", "00000000"))
        if factor == "where":
            return self._dice.choice(("1", "2", "2", "", "9", "resend 2"))
        if factor == "new-password":
            return self._dice.choice((*PASSWORDS, "", "x"))
        if factor == "app" and self._dice.random() < 0.3:
            return self._dice.choice(RECOVERY[key.user] if self._dice.random() < 0.8 else RECOVERY[USERS[0]])
        if factor == "app" and self._dice.random() < 0.8:
            return shown(key.user, step_at(time.time()) + self._dice.choice((-8, -1, 0, 0, 0, 0, 1, 8)))
        here = [sent.secret for sent in self._world.witness.sent if sent.key == key and sent.factor == factor]
        every = [sent.secret for sent in self._world.witness.sent if sent.factor in CODES]
        roll = self._dice.random()
        if roll < 0.5 and here:
            return here[-1]
        if roll < 0.65 and here:
            return self._dice.choice(here)
        if roll < 0.75 and every:
            return self._dice.choice(every[-6:])
        return self._dice.choice(("", "", "resend", "resend 2", "00000000", str(self._dice.randrange(10**DIGITS)), "1"))

    async def fresh(self) -> None:
        user, station, client = self.someone()
        code = ""
        if self._dice.random() < (0.6 if self._world.node().scene.appends(client) else 0.1):
            code = self._code(Key(user, client, station), self._dice.choice((*CODES, "app")))
        user = "nobody" if self._dice.random() < 0.02 else user
        password = self._password(user) if user in self._world.people else PASSWORDS[0]
        for _ in range(self._dice.choice((1, 1, 1, 2, 3))):
            self._world.ask(user, station, client, password, code)

    async def answer(self) -> None:
        known = list(self._world.witness.challenges.values())
        if not known:
            return await self.fresh()
        challenge = known[-1 - int(abs(self._dice.gauss(0, 2))) % len(known)]
        key = challenge.to.key
        code = self._code(key, challenge.factor)
        if challenge.is_once_more and self._dice.random() < 0.7:
            code = challenge.to.code
        user = self._dice.choice(USERS) if self._dice.random() < 0.1 else key.user
        client = self._dice.choice(tuple(CLIENTS)) if self._dice.random() < 0.05 else key.client
        station = self._dice.choice(STATIONS) if self._dice.random() < 0.15 else key.station
        for _ in range(self._dice.choice((1, 1, 1, 1, 2, 4))):
            self._world.ask(user, station, client, "", code, challenge)
        return None

    async def forge(self) -> None:
        """A State that was never given."""
        known = list(self._world.witness.challenges) or [bytes(24)]
        state = bytearray(self._dice.choice(known))
        state[self._dice.randrange(len(state))] ^= 1 << self._dice.randrange(8)
        self._world.ask(*self.someone(), "", self._code(Key(*self.someone()), "mailed"), state=bytes(state))

    def _recent(self, spread: float) -> Request:
        """One of the last requests."""
        count = len(self._world.witness.requests)
        return self._world.witness.requests[-1 - int(abs(self._dice.gauss(0, spread))) % count]

    async def again(self) -> None:
        """The same octets once more, at once or some time later; also of what let somebody in long ago."""
        accepted = [request for request in self._world.witness.requests if request.accepted]
        if accepted and self._dice.random() < 0.4:
            request = self._dice.choice(accepted)
            self._world.tell(f"> again, from elsewhere: {request}")
            self._world.wire.again(request, elsewhere=True)
        elif self._world.witness.requests:
            request = self._recent(4)
            self._world.tell(f"> again: {request}")
            for _ in range(self._dice.choice((1, 2))):
                node = self._world.node().name if self._dice.random() < 0.3 else None
                self._world.wire.again(request, elsewhere=self._dice.random() < 0.3, node=node)

    async def borrow(self) -> None:
        """The octets of one client's request come from the other's address."""
        if not self._world.witness.requests:
            return
        of = self._recent(8)
        request = self._borrowed.get(of.octets)
        if of in self._borrowed.values():
            return
        if request is None:
            client = next(each for each in CLIENTS if each != of.client)
            request = Request(of.user, client, of.station, of.password, of.code, of.challenge, of.state,
                              len(self._world.witness.requests), of.typed)  # fmt: skip
            self._borrowed[of.octets] = request
            self._world.witness.requests.append(request)
        self._world.tell(f"> {request}, which are the octets of #{of.number}")
        self._world.wire.borrow(request, of, self._world.node().name)

    async def burst(self) -> None:
        """Many passwords of one user at once, from one station or from several; one of them may be right."""
        user, station, client = self.someone()
        stations = (station,) if self._dice.random() < 0.6 else STATIONS
        count = self._dice.choice((8, 16, 24))
        right = self._dice.choice((None, None, None, count // 2, count - 1))
        self._world.goes(self.bursts(user, stations, client, count, right))

    async def bursts(
        self, user: str, stations: tuple[str, ...], client: str, count: int, right: int | None = None
    ) -> None:
        begin, wrong = time.time(), []
        for number in range(count):
            at = self._dice.choice(stations)
            if number == right:
                self._world.ask(user, at, client, self._world.people[user].password.last)
            else:
                wrong.append(self._world.ask(user, at, client, f"guess{len(self._world.witness.requests)}"))
        await asyncio.gather(*(self._world.answered(request, ANSWERED_WITHIN) for request in wrong))
        end = time.time()
        judged = Counter(row[0] for row in self._world.rows(
            "select case station when '' then client else station end from audit where reason = 'password wrong'"
            f" and lower(user_name) = '{user}' and at >= {begin} and at <= {end}"
        ))  # fmt: skip
        self._world.tell(f"  {count} passwords at once: {dict(judged)} judged")
        try:
            self._world.witness.limits.has_judged(user, judged, begin, end)
        except Unproved as error:
            self._world.objects(error)
