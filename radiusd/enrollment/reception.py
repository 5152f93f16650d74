"""Behind the link of an invitation: what it shows, and what comes of an answer. The web page stands before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

import structlog
from msgspec.structs import replace

from radiusd.delivery.carriers import Sent
from radiusd.directories import Directory, Down
from radiusd.enrollment.post import Post, Send
from radiusd.enrollment.steps import Asks, Step, Taken
from radiusd.model.audit import row_about
from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.model.verdict import Write
from radiusd.rules import chance, links
from store import Connection, Store, Unavailable, audit, invitations, messages
from store.apart import APART, Apart
from store.invitations import Invitation
from store.messages import Limit
from store.records import MessageRow

log = structlog.get_logger()

LOOK_UP_SECONDS = 5.0
TRIES = 3  # where another answer came first


class State(Enum):
    """What the page has to say."""

    CHOOSE = "choose"
    STEP = "step"
    DONE = "done"
    OVER = "over"  # its time is over, another one came after it, or the user may not sign in any more
    UNKNOWN = "unknown"


class Seen(NamedTuple):
    """What the page shows. `kinds` are what can be chosen."""

    state: State
    language: str = ""
    display_name: str = ""
    kinds: tuple[str, ...] = ()
    kind: str = ""
    asks: Asks | None = None
    until: float = 0.0


UNKNOWN = Seen(State.UNKNOWN)


class Outage(Exception):
    """Who the user is can not be told at the moment."""


class Reception:
    """`keys` are those of the links' digests. Raises store.Unavailable, and Outage where a directory does not answer.

    `background` runs what nobody waits for.
    """

    def __init__(
        self,
        store: Store,
        keys: Sequence[bytes],
        directories: Mapping[str, Directory],
        steps: Sequence[Step],
        post: Post,
        send: Send,
        background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._store = store
        self._keys = keys
        self._directories = directories
        self._steps = {step.kind: step for step in steps}
        self._post = post
        self._send = send
        self._background = background

    async def look(self, token: str, at: float) -> Seen:
        """What the page behind a link shows at that time. Changes nothing, however often it is opened (D12)."""
        found = await self._found(token, at)
        return found if isinstance(found, Seen) else self._seen(*found, at)

    async def choose(self, token: str, kind: str, at: float) -> Seen:
        """One of the kinds was chosen, "" for another one than before."""
        found = await self._found(token, at)
        if isinstance(found, Seen):
            return found
        asks = self._seen(*found, at).asks
        if kind in ("", *self._kinds(found[0])) and not (asks is not None and asks.last):
            go_on = partial(invitations.go_on, invitation=found[0], now=at, kind=kind, memory="")
            await self._store.write_jointly(APART, Apart((go_on,)))
        return await self.look(token, at)

    async def answer(self, token: str, typed: str, at: float, source: str) -> Seen:
        """Something was typed; it came from `source`."""
        return await self._taken(token, at, source, lambda step, entry, invitation: step.take(entry, invitation.memory, typed, at, _by(invitation)))  # fmt: skip

    async def again(self, token: str, at: float, source: str) -> Seen:
        """Another code is wished for."""
        return await self._taken(
            token, at, source, lambda step, entry, invitation: step.again(entry, invitation.memory, at, _by(invitation))
        )

    async def _taken(
        self, token: str, at: float, source: str, take: Callable[[Step, Entry, Invitation], Coroutine[Any, Any, Taken]]
    ) -> Seen:
        for _ in range(TRIES):
            found = await self._found(token, at)
            if isinstance(found, Seen):
                return found
            invitation, entry = found
            step = self._step(invitation)
            if step is None:
                return self._seen(invitation, entry, at)
            taken = await take(step, entry, invitation)
            outcome = await self._written(invitation, entry, taken, at, source)
            if outcome == "too many":
                outcome = await self._written(invitation, entry, Taken(taken.too_many), at, source)
            elif outcome == "done" and taken.enrolled:
                self._tell(entry, step.kind, taken, at)
            if outcome == "done":
                break
        return await self.look(token, at)

    async def _written(self, invitation: Invitation, entry: Entry, taken: Taken, at: float, source: str) -> str:
        """What came of writing it; its message is sent."""
        kind = self._step_kind(invitation)
        go_on = partial(
            invitations.go_on, invitation=invitation, now=at, kind=kind, memory=taken.memory, lasts=taken.lasts
        )
        writes: list[Write] = [go_on, *taken.writes]
        if taken.enrolled:
            writes.append(
                partial(_audit, entry=entry, invitation=invitation, what=taken.enrolled, at=at, source=source)
            )
        rows: tuple[MessageRow, ...] = ()
        limits: tuple[Limit, ...] = ()
        if taken.message is not None:
            rows = (_row(entry, taken.message, at),)
            limits = (Limit(entry.directory, entry.unique_id, taken.message.kind, "", taken.message.most_per_hour, at),)
        outcome = await self._store.write_jointly(APART, Apart(tuple(writes), rows, limits))
        if outcome == "done" and taken.message is not None and not await self._sent(rows[0], taken.message, at):
            later = replace(invitation, step=invitation.step + 1)
            undo = partial(invitations.go_on, invitation=later, now=at, kind=kind, memory=taken.unsent)
            await self._store.write_jointly(APART, Apart((undo,)))
        return outcome

    async def _sent(self, row: MessageRow, message: Message, at: float) -> bool:
        outcome = await self._send(message, asyncio.get_running_loop().time() + message.within)
        if isinstance(outcome, Sent):
            self._store.write_later(messages.MARK, messages.Sent(row.id, at, outcome.carrier, "", row.until))
            return True
        log.warning("message not sent", kind=message.kind, component=outcome.component, cause=outcome.cause)
        self._store.write_later(messages.MARK, messages.Sent(row.id, None, "", outcome.cause, row.until))
        return False

    def _tell(self, entry: Entry, kind: str, taken: Taken, at: float) -> None:
        """Whatever the user had before is written to: who added something in their place is found out."""
        for message in self._post.added(entry, kind, taken.enrolled, taken.value, at):
            self._background(self._told(entry, message, at))

    async def _told(self, entry: Entry, message: Message, at: float) -> None:
        row = _row(entry, message, at)
        try:
            await self._store.write_jointly(APART, Apart((), (row,)))
        except Unavailable as gone:
            log.warning("message not recorded", cause=gone.cause)
        await self._sent(row, message, at)

    async def _found(self, token: str, at: float) -> tuple[Invitation, Entry] | Seen:
        digests = links.digests(self._keys, token)
        invitation = await self._store.read(lambda connection: invitations.find(connection, digests))
        if invitation is None:
            return UNKNOWN
        if invitation.used_at is not None:
            return Seen(State.DONE, invitation.language, kind=invitation.kind)
        entry = await self._who(invitation) if invitation.until > at else None
        if entry is None or not entry.enabled or (entry.expires_at is not None and entry.expires_at <= at):
            return Seen(State.OVER, invitation.language)
        return invitation, entry

    async def _who(self, invitation: Invitation) -> Entry | None:
        """The user, as they are now; None where they are not there any more, or are somebody else."""
        directory = self._directories.get(invitation.directory)
        if directory is None:
            return None
        found = await directory.find(invitation.user_name, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
        if isinstance(found, Down):
            log.warning("invitation not shown", component=found.component, cause=found.cause)
            raise Outage
        return found if found is not None and found.unique_id == invitation.unique_id else None

    def _kinds(self, invitation: Invitation) -> tuple[str, ...]:
        return tuple(
            kind for kind in invitation.kinds.split() if (step := self._steps.get(kind)) and step.is_possible()
        )

    def _step_kind(self, invitation: Invitation) -> str:
        kinds = self._kinds(invitation)
        return invitation.kind if invitation.kind in kinds else kinds[0] if len(kinds) == 1 else ""

    def _step(self, invitation: Invitation) -> Step | None:
        return self._steps.get(self._step_kind(invitation))

    def _seen(self, invitation: Invitation, entry: Entry, at: float) -> Seen:
        step, kinds = self._step(invitation), self._kinds(invitation)
        name = entry.display_name or entry.username
        seen = Seen(State.CHOOSE, invitation.language, name, kinds, until=invitation.until)
        if step is None:
            return seen if kinds else Seen(State.OVER, invitation.language)
        asks = step.asks(entry, invitation.memory, at)
        return seen._replace(state=State.STEP, kind=step.kind, asks=asks)


def _by(invitation: Invitation) -> str:
    return f"invited by {invitation.created_by}"


def _row(entry: Entry, message: Message, at: float) -> MessageRow:
    """Not worth sending after this process: nobody makes it again."""
    number = f"enrollment.{chance.hexadecimal(12)}"
    return MessageRow(
        number, at, "", message.kind, message.profile, entry.directory, entry.unique_id, message.content.recipient, at
    )


def _audit(connection: Connection, entry: Entry, invitation: Invitation, what: str, at: float, source: str) -> bool:
    reason = f"{what} enrolled by the link that {invitation.created_by} sent to {invitation.recipient}, from {source}"
    person = (entry.directory, entry.unique_id)
    audit.insert(connection, row_about(at, "enrolled", reason, entry.username, person))
    return True
