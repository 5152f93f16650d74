"""Messages of logins: written down unsent, sent, and written down as sent; what informs is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol

import structlog

from radiusd.delivery.carriers import NotSent, Sent
from radiusd.login.cases import Case
from radiusd.model.message import Message, PerHour
from radiusd.rules import chance
from store import Unavailable, messages
from store.messages import CLIENT, STATION, Limit
from store.records import MessageRow

log = structlog.get_logger()

INFORMATION = "information"
KEPT_SHARE = 3  # one in so many of an hour's codes is kept for the user's own stations
MOST = 1 << 30  # messages: no limit at all
PAUSES = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)  # between tries; the last one again and again


class Carriers(Protocol):
    """What sends a message. `deadline` is of the loop's clock."""

    async def send(self, message: Message, deadline: float) -> Sent | NotSent: ...


class Outcomes(Protocol):
    """Writes down what came of messages."""

    def mark(self, sent: messages.Sent) -> None:
        """Without being waited for: a message that is not marked is made again after a restart, and both are good."""

    def awaits(self, key: str, carrier: str, ids: Sequence[str], now: float) -> None:
        """The carrier will tell what became of the message: `ids` are what it calls its parts."""

    async def informed(self, key: str, cause: str, now: float) -> None:
        """Somebody was told, or will not be for that cause. Raises store.Unavailable."""


class Sending:
    """Sends the messages of logins by carriers."""

    def __init__(
        self,
        outcomes: Outcomes,
        carriers: Carriers,
        wall: Callable[[], float],
        background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._outcomes = outcomes
        self._carriers = carriers
        self._wall = wall
        self._background = background

    @staticmethod
    def written(case: Case, made: Sequence[Message], until: float) -> tuple[MessageRow, ...]:
        """The messages' rows, to be committed before `send`. They are worth sending `until` then."""
        request, entry = case.request, case.entry
        return tuple([
            MessageRow(
                f"{case.login}.{chance.hexadecimal(3)}", request.at, case.login, message.kind, message.profile,
                entry.directory, entry.unique_id, message.content.recipient, until,
            )
            for message in made
        ])  # fmt: skip

    @staticmethod
    def limits(
        case: Case, made: Sequence[Message], *, shared: bool = False, whatever: bool = False
    ) -> tuple[Limit, ...]:
        """What those messages may not exceed; `whatever`: they are sent all the same, and count for who comes later.

        `shared`: of codes, less the share that is kept for stations that the user has signed in from; of links, all that
        others use up as well.
        """
        entry = case.entry
        found = tuple(
            Limit(
                entry.directory, entry.unique_id, message.kind,
                message.content.recipient if message.per_recipient else "",
                MOST if whatever else _most(message, shared=shared), case.request.at,
            )
            for message in made
            if message.most_per_hour
        )  # fmt: skip
        for message in made:
            if message.per_hour is not None:
                found += tuple(_per_hour(case, message, message.per_hour, shared=shared, whatever=whatever))
        return found

    async def send(self, made: Sequence[tuple[str, Message]], deadline: float) -> NotSent | None:
        """Sends each; None where at least one was taken, else why the last was not. Raises nothing of the store's."""
        if len(made) == 1:
            outcomes = [await self._carriers.send(made[0][1], deadline)]
        else:
            outcomes = list(await asyncio.gather(*(self._carriers.send(message, deadline) for _key, message in made)))
        taken, failed, now = False, None, self._wall()
        for (key, _message), outcome in zip(made, outcomes, strict=True):
            if isinstance(outcome, Sent):
                taken = True
                self._outcomes.mark(messages.Sent(key, now, outcome.carrier, "", now))
                if outcome.ids:
                    self._outcomes.awaits(key, outcome.carrier, outcome.ids, now)
            else:
                failed = outcome
                self._outcomes.mark(messages.Sent(key, None, "", outcome.cause, now))
        return None if taken else failed

    def inform(self, made: Sequence[tuple[str, Message]], until: float) -> None:
        """Sends what informs, after the answer, and tries for as long as it is worth something (D18)."""
        for key, message in made:
            self._background(self._try(key, message, until))

    async def _try(self, key: str, message: Message, until: float) -> None:
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            outcome = await self._carriers.send(message, loop.time() + message.within)
            now = self._wall()
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            tries += 1
            if isinstance(outcome, Sent):
                self._outcomes.mark(messages.Sent(key, now, outcome.carrier, "", until))
                if outcome.ids:
                    self._outcomes.awaits(key, outcome.carrier, outcome.ids, now)
                await self._tell(key, "", now)
                return
            over = now + pause >= until
            self._outcomes.mark(messages.Sent(key, None, "", outcome.cause, now if over else until))
            log.warning(
                "message not sent", kind=message.kind, component=outcome.component, cause=outcome.cause, tries=tries
            )
            if over:
                await self._tell(key, outcome.cause, now)
                return
            await asyncio.sleep(pause)

    async def _tell(self, key: str, cause: str, now: float) -> None:
        """The audit, what came of informing somebody: `cause` is why it is given up, "" where it was sent."""
        try:
            await self._outcomes.informed(key, cause, now)
        except Unavailable as gone:
            log.warning("what came of a message was not recorded", cause=gone.cause)


def _per_hour(case: Case, message: Message, most: PerHour, *, shared: bool, whatever: bool) -> Iterator[Limit]:
    """Those of links that anybody can have sent who knows a name (D4). Each message counts for all of them.

    A station that the user has signed in from has a budget of its own, which only the NAS can tell from others.
    """
    request, kind, at = case.request, message.kind, case.request.at
    directory, unique_id, station = case.entry.directory, case.entry.unique_id, case.request.station
    shared = shared or not station
    yield Limit(directory, unique_id, kind, "", most.user if shared and not whatever else MOST, at)
    yield Limit("", "", kind, request.client, most.client if shared and not whatever else MOST, at, CLIENT)
    if station:
        yield Limit("", "", kind, station, most.station if shared and not whatever else MOST, at, STATION)
        yield Limit(directory, unique_id, kind, station, MOST if shared or whatever else most.station, at, STATION)


def _most(message: Message, *, shared: bool) -> int:
    most = message.most_per_hour
    return most - most // KEPT_SHARE if shared and message.kind == "code" else most
