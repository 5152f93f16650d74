"""One sign-in, played as a NAS and its user do it, and written down as it happens."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from itertools import count
from typing import Any

from radiusd.nas.asking import ForgedReply, Nas, NasReply, NoReply
from radiusd.nas.habit import Copy, Habit
from radiusd.nas.simulate.people import Account, Decision, Pace, People
from radiusd.nas.simulate.profiles import PlayedNas
from radiusd.nas.simulate.results import Ending, Result
from radiusd.nas.simulate.tape import Tape
from radiusd.nas.simulate.transcript import DOTS, Lane, without_numbers
from radiusd.radius import packet
from radiusd.radius.attributes import walk

MOST_CHALLENGES = 40
AGAIN_AFTER = 1.0  # seconds until somebody who was refused signs in anew
LOOK_SECONDS = 0.25  # between two looks at whether a manager is asked
HEADER = 20  # octets before the attributes


class SignIn:
    """Plays one."""

    def __init__(self, played: PlayedNas, nas: Nas, account: Account, people: People, pace: Pace, station: str) -> None:
        self._played = played
        self._nas = nas
        self._account = account
        self._people = people
        self._pace = pace
        self._station = station
        self._tape = Tape(asyncio.get_running_loop().time)
        self._decision: Decision | None = None
        self._method = "password"
        self._reply = ""
        self._answered = False
        self._waits: list[tuple[float, float]] = []  # from when until when a request was under way
        self._asked = False  # a manager
        self._enters = 0
        self._choice = pace.choice

    async def plays(self) -> Result:
        """To its end, which may be a second try of the user. Raises AttributeFault."""
        decides = asyncio.create_task(self._decides())
        try:
            password, tries, first = self._account.password, 1, None
            ending = await self._tries(password)
            while tries < 2 and ending is not Ending.ACCEPTED:
                behind = await self._next_password(ending, decides)
                if behind is None:
                    break
                password, tries, first = password + behind, tries + 1, ending
                ending = await self._tries(password)
        finally:
            decides.cancel()
            with suppress(asyncio.CancelledError):
                await decides
        return self._result(ending, tries, first)

    def _result(self, ending: Ending, tries: int, first: Ending | None) -> Result:
        return Result(
            self._played,
            self._account.user,
            self._station,
            ending,
            self._method,
            self._tape.now,
            tries,
            self._answered,
            self._reply,
            self._tape.transcript(),
            first,
            self._enters,
        )

    async def _next_password(self, ending: Ending, decides: asyncio.Task[None]) -> str | None:
        """What comes behind the password where the user had better sign in anew; None where that is of no use."""
        if ending in {Ending.REFUSED, Ending.GAVE_UP} and not self._played.answers_challenges:
            sent = await self._people.code(self._station)
            if sent is not None:
                self._method = "code"
                self._tape.message(sent.way, DOTS)
                await asyncio.sleep(self._pace.types_after)
                return sent.code
        if not await self._is_asked() and not decides.done():
            return None
        await decides
        if self._decision is None:
            return None
        await asyncio.sleep(AGAIN_AFTER)
        return ""

    async def _decides(self) -> None:
        """The manager, in time or not."""
        while not await self._is_asked():  # noqa: ASYNC110 - the database rings no bell here
            await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(self._pace.decides_after)
        self._decision = await self._people.approve(self._station)
        if self._decision is None:
            return
        at = max(0.0, self._tape.now - self._decision.ago)
        waits = any(first <= at <= last for first, last in self._waits)
        self._tape.arrow(Lane.OTHER, Lane.SERVER, "approves", "good", at=at)
        if self._decision.late:
            self._tape.notes("nobody waits: kept for the next try")
        elif not waits:
            self._tape.notes("takes the NAS to be waiting: its Access-Accept reaches nobody")

    async def _is_asked(self) -> bool:
        """Whether a manager is asked at this moment, as far as is seen."""
        asked = await self._people.asked(self._station)
        if asked is None:
            return False
        if not self._asked:
            self._asked = True
            self._method = "approval"
            self._tape.asked(asked.ago)
        return True

    async def _tries(self, password: str) -> Ending:
        """One try of the user, with all Challenges."""
        behind = " with the code behind it" if password != self._account.password else ""
        self._tape.arrow(Lane.USER, Lane.NAS, f"name and password{behind}")
        answer, states = password, list[bytes]()
        for _ in range(MOST_CHALLENGES):
            try:
                async with asyncio.timeout(self._played.user_waits):
                    reply = await self._asks(answer, states)
            except TimeoutError:
                self._tape.gives_up(Lane.USER, f"the program gives up after {self._played.user_waits:g} s")
                return Ending.USER_LEFT
            except NoReply:
                self._tape.gives_up(Lane.NAS, f"gives up after {round(self._played.habit.gives_up, 1):g} s")
                self._tape.arrow(Lane.NAS, Lane.USER, "no sign-in", "bad")
                return Ending.GAVE_UP
            except ForgedReply:
                self._tape.gives_up(Lane.NAS, "the answer is made with another secret")
                return Ending.FORGED
            ending = self._judged(reply)
            if ending is not None:
                return ending
            states = [value for kind, value in walk(reply.octets[HEADER:]) if kind == packet.STATE]
            shown, window = self._tape.now, self._played.prompt_seconds
            typed = await self._types(" ".join(reply.all("Reply-Message")), shows=reply["Prompt"] == "Echo")
            if typed is None:
                return Ending.NOBODY_TYPED
            if window is not None and self._tape.now - shown > window:
                self._tape.gives_up(Lane.NAS, f"its window was open for {window:g} s")
                return Ending.WINDOW_CLOSED
            answer = typed
        return Ending.NOBODY_TYPED

    async def _asks(self, answer: str, states: list[bytes]) -> NasReply:
        """One request with its copies. Raises NoReply and ForgedReply."""
        habit = self._played.habit
        copies = count(1)

        def leaves(copy: Copy) -> None:
            if next(copies) == 1:
                self._tape.request(f"Access-Request, Id {copy.identifier}" + (", State" if states else ""))
            else:
                self._tape.request_again(f"Id {copy.identifier} again, {_what_is_new(habit)}", new=_is_new(habit))

        proofs: dict[str, dict[str, Any]] = {
            "PAP": {"User_Password": answer},
            "EAP": {"EAP_Message": _identity(self._account.user)},
            "Digest": {"Digest_Response": "0" * 32},  # what is in it nobody looks at
        }
        self._waits.append((self._tape.now, math.inf))
        try:
            reply = await self._nas.asks_by(
                habit,
                leaves,
                User_Name=self._account.user,
                NAS_Identifier=f"simulate-{self._played.key}",
                Calling_Station_Id=self._station,
                State=states,
                **proofs[self._played.speaks],
            )
        except (NoReply, asyncio.CancelledError):
            self._tape.unanswered()
            raise
        finally:
            self._waits[-1] = (self._waits[-1][0], self._tape.now)
        self._answered = True
        return reply

    def _judged(self, reply: NasReply) -> Ending | None:
        """How it ended; None where something is asked."""
        text = without_numbers(" ".join(reply.all("Reply-Message")))
        self._reply = text
        tape = self._tape
        if reply.code == "Access-Accept":
            tape.reply("Access-Accept", "good")
            tape.arrow(Lane.NAS, Lane.USER, "signed in", "good")
            return Ending.ACCEPTED
        if reply.code != "Access-Challenge":
            tape.reply(f"{reply.code}: {text}", "bad")
            tape.arrow(Lane.NAS, Lane.USER, "no sign-in", "bad")
            return Ending.REFUSED
        tape.reply(f"Access-Challenge: {text}", "plain")
        if not self._played.answers_challenges:
            tape.gives_up(Lane.NAS, "shows no challenge: takes it for a refusal")
            tape.arrow(Lane.NAS, Lane.USER, "no sign-in", "bad")
            return Ending.NO_CHALLENGE
        tape.arrow(Lane.NAS, Lane.USER, text)
        return None

    async def _types(self, prompt: str, *, shows: bool) -> str | None:
        """What the user answers to a Challenge. `shows`: what is typed is no secret, as at a menu."""
        pace, tape = self._pace, self._tape
        sent = await self._people.code(self._station)
        if sent is not None:
            self._method = "code"
            tape.message(sent.way, DOTS)
            await asyncio.sleep(pace.types_after)
            typed, shown = sent.code, DOTS
        elif await self._is_asked() or self._decision is not None:
            await asyncio.sleep(pace.enter_after)
            typed, shown = "", "Enter"
        elif shows and self._choice:
            typed = shown = self._choice
            self._choice = ""
        else:
            name = f"{self._played.name}, {self._played.setting}, {self._account.user}"
            person = await self._people.typed(name, without_numbers(prompt))
            if person is None and not shows:
                return None
            typed = person or ""
            shown = "Enter" if not typed else typed if shows else DOTS
            if not shows:
                self._method = "code" if typed else "approval"
        self._enters += not typed
        tape.arrow(Lane.USER, Lane.NAS, shown)
        return typed


def _is_new(habit: Habit) -> bool:
    """Whether a copy is another request to a server (RFC 5080 section 2.2.2)."""
    return not (habit.same_port and habit.same_identifier and habit.same_authenticator)


def _what_is_new(habit: Habit) -> str:
    parts = (
        ("Identifier", habit.same_identifier),
        ("Authenticator", habit.same_authenticator),
        ("port", habit.same_port),
    )
    new = [name for name, same in parts if not same]
    return f"new {' and '.join(new)}" if new else "the same octets"


def _identity(user: str) -> bytes:
    """EAP-Response/Identity, with which an EAP conversation begins (RFC 3748 section 5.1)."""
    name = user.encode("utf-8", "surrogateescape")[:248]
    return bytes((2, 0)) + (5 + len(name)).to_bytes(2, "big") + b"\x01" + name
