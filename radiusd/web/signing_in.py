"""The engine's door for those who come over HTTP: people at our pages, and programs.

Each step is an AccessRequest, as one of RADIUS is; what comes of it is committed before it is told. A State never leaves
as such: what the other side keeps is sealed, for one client, and any node opens it. A request that is held waits here, in
this process, for as long as somebody looks.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import assert_never

import structlog
from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import decode, encode
from msgspec.structs import replace

from radiusd.login.answering import Answering
from radiusd.model.access import (
    Accept,
    AccessRequest,
    Challenge,
    Discard,
    Held,
    Hold,
    Offered,
    Outcome,
    Reject,
    Silence,
)
from radiusd.rules.sealing import NotOpened, Sealing

log = structlog.get_logger()

PATIENCE_SECONDS = 3600.0  # of a request that is held: longer than anybody has to decide
UNWATCHED_SECONDS = 60.0  # after which whoever waited has gone away


class Visitor(Struct, frozen=True):
    """Who comes. `client` and `application` are as a NAS's; `source` is the address, and `station` what is counted by."""

    client: str
    application: str
    source: str
    station: str


class Accepted(Struct, frozen=True):
    """`name` as typed; `proved` are the factors by name, () where an earlier Accept is told once more."""

    name: str
    proved: tuple[str, ...]


class Rejected(Struct, frozen=True):
    """`text` is for the user and carries the reference `ref`."""

    text: str
    ref: str


class Asks(Struct, frozen=True):
    """Something is asked: `handle` belongs to the answer. `echo`: what is typed is no secret."""

    handle: str
    prompt: str
    echo: bool


class Waits(Struct, frozen=True):
    """Somebody else decides: `handle` is to be watched."""

    handle: str
    prompt: str


class Elsewhere(Struct, frozen=True):
    """A newer request of the same person and station gets the answer."""


class NotNow(Struct, frozen=True):
    """Nothing was judged: overload, an outage, a bug."""


Answer = Accepted | Rejected | Asks | Waits | Elsewhere | NotNow


class _Handle(Struct, frozen=True, array_like=True):
    """What the other side keeps, sealed. `held` is the key of a held request, "" where `state` is to be answered."""

    name: str
    held: str
    state: str
    prompt: str
    echo: bool

    def __repr__(self) -> str:
        return f"_Handle(name={self.name!r})"


class _Asked:
    """A request, its outcome once there is one, and its Hold while it waits."""

    __slots__ = ("held", "key", "outcome", "request", "unwatched", "watchers")

    def __init__(self, request: AccessRequest) -> None:
        self.request = request
        self.key = ""
        self.held: Held | None = None
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.watchers = 0
        self.unwatched: asyncio.TimerHandle | None = None


class SigningIn:
    """Begins sign-ins, answers what they ask, watches those that wait. Of one process."""

    def __init__(
        self,
        answering: Answering,
        sealing: Sealing,
        *,
        wall: Callable[[], float],
        reject_delay: Callable[[], float],
        unwatched: float = UNWATCHED_SECONDS,
    ) -> None:
        self._answering = answering
        self._sealing = sealing
        self._wall = wall
        self._reject_delay = reject_delay
        self._unwatched = unwatched
        self._waiting: dict[str, _Asked] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def begin(self, visitor: Visitor, name: str, password: str) -> Answer:
        """The first step: a name and a password, "" where the application may ask for none."""
        return await self._step(visitor, name, password, None)

    async def go_on(self, visitor: Visitor, handle: str, typed: str) -> Answer | None:
        """The next step of a sign-in that asks; None where the handle is none, or another client's."""
        opened = self._open(visitor, handle)
        if opened is None or not opened.state:
            return None
        return await self._step(visitor, opened.name, typed, opened.state.encode())

    async def watch(self, visitor: Visitor, handle: str, seconds: float) -> Answer | None:
        """What came of a sign-in that waits, or that it still does after so many seconds. Told once.

        None where it waits here no more: it was told, nobody looked for too long, or it began in another process.
        """
        opened = self._open(visitor, handle)
        asked = None if opened is None else self._waiting.get(opened.held)
        if asked is None or opened is None:
            return None
        asked.watchers += 1
        try:
            await asyncio.wait((asked.outcome,), timeout=seconds)
        finally:
            asked.watchers -= 1
            self._look_again(asked)
        if not asked.outcome.done():
            return Waits(handle, opened.prompt)
        if self._waiting.pop(asked.key, None) is None:
            return None  # another window was told
        self._stop_looking(asked)
        return await self._told(visitor, asked, asked.outcome.result())

    def asked(self, visitor: Visitor, handle: str) -> Asks | Waits | None:
        """What a handle's sign-in asks, or that it waits, without a step; None where it is none."""
        opened = self._open(visitor, handle)
        if opened is None:
            return None
        return Asks(handle, opened.prompt, opened.echo) if opened.state else Waits(handle, opened.prompt)

    def leave(self, visitor: Visitor, handle: str) -> None:
        """Whoever waits goes away: the request is held no longer, and what was asked of others stays."""
        opened = self._open(visitor, handle)
        asked = None if opened is None else self._waiting.get(opened.held)
        if asked is not None:
            self._gone(asked)

    async def _step(self, visitor: Visitor, name: str, typed: str, state: bytes | None) -> Answer:
        asked = _Asked(self._request(visitor, name, typed, state))
        self._answering.take(self, ((asked.request, asked),))
        return await self._told(visitor, asked, await asked.outcome)

    def _request(self, visitor: Visitor, name: str, typed: str, state: bytes | None) -> AccessRequest:
        offered = Offered.PAP if typed or state is not None else Offered.EMPTY
        return AccessRequest(
            visitor.client, visitor.application, name, typed, offered, state, visitor.station, "", visitor.source,
            self._wall(), asyncio.get_running_loop().time() + PATIENCE_SECONDS,
            octets=secrets.token_bytes(16),  # nothing is ever sent twice: each is a request of its own
        )  # fmt: skip

    async def _told(self, visitor: Visitor, asked: _Asked, outcome: Outcome) -> Answer:
        name = asked.request.name
        match outcome:
            case Accept():
                return Accepted(name, outcome.proved)
            case Reject():
                await asyncio.sleep(self._reject_delay())
                return Rejected(outcome.text, outcome.ref)
            case Challenge():
                handle = _Handle(name, "", outcome.state.decode("ascii"), outcome.prompt, outcome.echo)
                return Asks(self._seal(visitor, handle), outcome.prompt, outcome.echo)
            case Hold():
                prompt = outcome.held.prompt
                return Waits(self._seal(visitor, _Handle(name, asked.key, "", prompt, echo=False)), prompt)
            case Silence():
                return Elsewhere()
            case Discard():
                return NotNow()
            case _:
                assert_never(outcome)

    # What login/answering calls

    def answer(self, asked: _Asked, outcome: Outcome) -> None:
        """The outcome, which is recorded."""
        if not asked.outcome.done():
            asked.outcome.set_result(outcome)

    def hold(self, asked: _Asked, held: Held) -> None:
        """It waits from now on: told at once, and once more when something came of it."""
        first, asked.outcome = asked.outcome, asyncio.get_running_loop().create_future()
        if first.done():  # whoever asked is gone already
            held.gave_up()
            return
        asked.held, asked.key = held, secrets.token_urlsafe(16)
        asked.request = replace(asked.request, password="")
        self._waiting[asked.key] = asked
        self._look_again(asked)
        first.set_result(Hold(held))

    def failed(self, asked: _Asked, bug: Exception) -> None:
        """The engine met a bug: no outcome can be trusted then."""
        log.error("bug", exc_info=bug, client=asked.request.client)
        self.answer(asked, Discard("bug"))

    def request_of(self, asked: _Asked) -> AccessRequest:
        """The request once more, without its password."""
        return replace(asked.request, password="")

    # Who looks

    def _look_again(self, asked: _Asked) -> None:
        self._stop_looking(asked)
        if not asked.watchers and asked.key in self._waiting:
            loop = asyncio.get_running_loop()
            asked.unwatched = loop.call_later(self._unwatched, self._gone, asked)

    @staticmethod
    def _stop_looking(asked: _Asked) -> None:
        if asked.unwatched is not None:
            asked.unwatched.cancel()
            asked.unwatched = None

    def _gone(self, asked: _Asked) -> None:
        """Nobody looks any more. An Accept that nobody saw has not arrived (D23)."""
        self._stop_looking(asked)
        if self._waiting.pop(asked.key, None) is None or asked.held is None:
            return
        if not asked.outcome.done():
            asked.held.gave_up()
        elif isinstance(asked.outcome.result(), Accept):
            asked.held.undelivered()

    def _seal(self, visitor: Visitor, handle: _Handle) -> str:
        return self._sealing.seal(encode(handle), _owner(visitor))

    def _open(self, visitor: Visitor, handle: str) -> _Handle | None:
        try:
            return decode(self._sealing.open(handle, _owner(visitor)), type=_Handle)
        except (NotOpened, DecodeError, ValidationError):
            return None


def _owner(visitor: Visitor) -> str:
    return f"sign-in of {visitor.client} to {visitor.application}"
