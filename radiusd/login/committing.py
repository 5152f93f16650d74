"""The only writer of logins: a change is written whole or not at all, and then its messages are sent.

It alone knows of a step that comes late, of too many messages, and of a write that lost. Whoever calls with a login holds
its lock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from radiusd.delivery.carriers import NotSent
from radiusd.login import told_rows
from radiusd.login.asked_rows import all_of, links_of, row_of
from radiusd.login.cases import Case, place_of
from radiusd.login.changes import Change
from radiusd.login.login_rows import UNWRITTEN
from radiusd.login.open_logins import Login, OpenLogins
from radiusd.login.sending import INFORMATION, Sending
from radiusd.login.standing import Counted, Standing
from radiusd.login.taken import Taken
from radiusd.model.approval import Approval
from radiusd.model.audit import told_further
from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.running.stages import TOGETHER
from store import Connection, Store, Unavailable, approvals, audit, logins, messages, revoking
from store.authenticators import Spent
from store.logins import Advance, Opening, Written
from store.records import MessageRow


class Overtaken(Exception):
    """Another step of the login was written first, by another node or at the same moment; what is known of it is fresh."""


class Done(NamedTuple):
    """What came of a change. `unsent` is why no carrier took any of its messages, None where one did or none was due."""

    written: Written
    unsent: NotSent | None = None


WRITTEN = Done(Written.DONE)


class Committing:
    """Writes changes. A failure that counts is the case's attempt's."""

    def __init__(
        self,
        store: Store,
        known: OpenLogins,
        sending: Sending,
        standing: Standing,
    ) -> None:
        self._store = store
        self._known = known
        self._sending = sending
        self._standing = standing

    async def commit(self, case: Case, login: Login, change: Change) -> Done:
        """Writes the next row of a login and what goes with it; then sends. Where it is late, the login is as it is now.

        Raises store.Unavailable.
        """
        await TOGETHER
        sending = self._sending
        rows = sending.written(case, change.messages, change.worth) if change.messages else ()
        limits = sending.limits(case, change.messages, shared=True) if change.messages and not change.informs else ()
        told: list[Counted] = []
        pending = self._write(case, login, change, rows, limits, told)
        written = self._written(case, change, told, await pending)
        if written is Written.TOO_MANY and await self._standing.knows(case.entry, place_of(case.request)):
            # Whoever has got hold of the password does not use up what the user's own stations may be sent.
            pending = self._write(case, login, change, rows, sending.limits(case, change.messages), told)
            written = self._written(case, change, told, await pending)
        if written is not Written.DONE:
            if written is Written.LATE and login.row.step != UNWRITTEN:
                await self._known.refresh(login)
            return Done(written)
        if change.row is not None:
            self._known.take(login, change.row)
        await TOGETHER
        if not rows:
            return WRITTEN
        made = [(row.id, message) for row, message in zip(rows, change.messages, strict=True)]
        if change.informs or change.apart:
            sending.inform(made, change.worth)
            return WRITTEN
        unsent = await sending.send(made, case.request.deadline)
        return WRITTEN if unsent is None else Done(Written.DONE, unsent)

    async def commit_unless_overtaken(self, case: Case, login: Login, change: Change) -> None:
        """The same of a change that no limit keeps back. Raises Overtaken where it is late."""
        done = await self.commit(case, login, change)
        if done.written is not Written.DONE:
            raise Overtaken

    async def leave_line(self, approval: str) -> None:
        """A request stands in line no more. What can not be written is forgotten: it is for a page to tell (D24)."""
        with suppress(Unavailable):
            await self._store.write(partial(approvals.leave_line, approval=approval))

    async def end(self, case: Case, change: Change) -> None:
        """Writes a change that has no login: the audit, what is counted or forgotten, and the methods' own.

        Raises store.Unavailable, and Overtaken where somebody else was first at one of those.
        """
        count = await self._store.write(partial(self._in_time, case, change))
        self._known_now(case, change, count)

    async def count(self, taken: Taken) -> None:
        """Counts an attempt as a failure and ends it, where its login goes on. Raises store.Unavailable."""
        taken.failed(await self._store.write(taken.fail))

    def _in_time(self, case: Case, change: Change, connection: Connection) -> Counted | None:
        if not all(write(connection) for write in change.writes):
            raise Overtaken
        return self._alone(case, change, connection)

    async def end_approvals(self, entry: Entry, now: float) -> None:
        """Ends what was approved for somebody who is refused: nothing revives it when they may sign in again (D2).

        Of users of LDAP nobody tells when they are disabled, and of nobody when they expire. Raises store.Unavailable.
        """
        directory, unique_id = entry.directory, entry.unique_id
        if await self._store.read(partial(revoking.is_any_given, directory=directory, unique_id=unique_id)):
            await self._store.write(partial(self._standing.end_approvals, entry=entry, now=now))

    async def tell(self, case: Case, message: Message | str, until: float, key: str = "") -> None:
        """Sends what somebody is told apart from an answer, or writes down why nobody is; `case.step` says of what.

        Not beyond what an hour has room for, and of one `key` once. It is worth sending until then. Raises store.Unavailable.
        """
        sent = () if isinstance(message, str) else (message,)
        rows, limits = self._sending.written(case, sent, until), self._sending.limits(case, sent)
        if key:
            rows = tuple(row._replace(id=key) for row in rows)
        why_not = message if isinstance(message, str) else ""
        if await self._store.write(partial(told_rows.told, case, why_not, rows, limits)):
            self._sending.inform([(row.id, each) for row, each in zip(rows, sent, strict=True)], until)

    async def again(self, case: Case, login: Login, change: Change, lost: MessageRow) -> bool:
        """Writes what is sent in the place of a message that may not have left, whatever limits say, and sends it.

        False where no carrier took it. Raises store.Unavailable.
        """
        rows = self._sending.written(case, change.messages, lost.until)
        limits = self._sending.limits(case, change.messages, whatever=True)
        told: list[Counted] = []
        pending = self._write(case, login, change, rows, limits, told)
        if self._written(case, change, told, await pending) is not Written.DONE:
            return True
        if change.row is not None:
            self._known.take(login, change.row)
        now = case.request.at
        self._store.write_later(messages.MARK, messages.Sent(lost.id, None, "", "made again after a restart", now))
        made = [(row.id, message) for row, message in zip(rows, change.messages, strict=True)]
        if lost.kind == INFORMATION or change.apart:
            self._sending.inform(made, lost.until)
            return True
        return await self._sending.send(made, case.request.deadline) is None

    def _write(
        self, case: Case, login: Login, change: Change, rows: Sequence[MessageRow], limits: tuple[logins.Limit, ...],
        told: list[Counted],
    ) -> Awaitable[Written]:  # fmt: skip
        """Begins to. `told` gets what is counted."""
        row = change.row
        assert row is not None  # noqa: S101 - what has no row is for `end`
        also, writes, audited = self._also(case, login, change), change.writes, change.audit
        if login.row.step == UNWRITTEN:
            asked, links = all_of(case, change) if change.asked else ((), ())
            opening = Opening(row, audited, tuple(rows), limits, also, writes, asked, links)
            return self._store.write_jointly(logins.OPEN, opening)
        if change.counted:
            audited, writes = (), (*writes, partial(self._counts, case, change, told))
        spent: tuple[tuple[Any, ...], ...] = ()
        if writes:
            spent = tuple([each.values for each in writes if isinstance(each, Spent)])
            writes = tuple([each for each in writes if not isinstance(each, Spent)])
        advance = Advance(row, audited, tuple(rows), limits, also, writes, spent)
        return self._store.write_jointly(logins.ADVANCE, advance)

    def _written(self, case: Case, change: Change, told: Sequence[Counted], written: Written) -> Written:
        if written is Written.DONE:
            self._known_now(case, change, told[-1] if told else None)
        return Written.LATE if written is Written.TAKEN else written

    def _known_now(self, case: Case, change: Change, count: Counted | None) -> None:
        if count is not None and case.attempt is not None:
            case.attempt.failed(count)
        if change.forgets:
            self._standing.succeeded(case.entry, place_of(case.request))

    def _counts(self, case: Case, change: Change, told: list[Counted], connection: Connection) -> bool:
        """`told` gets what was counted; where it is done again, the last is what counts."""
        count = self._alone(case, change, connection)
        if count is not None:
            told.append(count)
        return True

    def _alone(self, case: Case, change: Change, connection: Connection) -> Counted | None:
        """What is counted or forgotten, and the audit, which tells of it."""
        count = case.attempt.fail(connection) if change.counted and case.attempt is not None else None
        if change.forgets:
            self._standing.succeed(connection, case.entry, place_of(case.request))
        for row in change.audit:
            audit.insert(connection, row if count is None else told_further(row, count.told()))
        return count

    def _also(self, case: Case, login: Login, change: Change) -> Callable[[Connection], object] | None:
        """What is written beside rows that many steps have alike; None in the usual case.

        What a login asks with its first row is such rows, too.
        """
        row = change.row
        chosen = row is not None and row.profile != login.row.profile
        if change.held_until is None and not change.withdraws and not change.forgets and not chosen:
            return None
        further: list[Callable[[Connection], object]] = []
        if chosen and row is not None:
            further.append(partial(logins.choose, login=row.id, profile=row.profile))
        if change.asked:
            if login.row.step != UNWRITTEN:
                further += [partial(_ask, case, asked, change.held_until or 0.0) for asked in change.asked]
        elif change.held_until is not None and change.row is not None and change.row.approval is not None:
            further.append(partial(approvals.hold_until, approval=change.row.approval, at=change.held_until))
        if change.lines_up and change.row is not None and change.row.approval is not None:
            further.append(partial(approvals.stand_in_line, approval=change.row.approval, at=case.request.at))
        if change.withdraws and login.row.approval is not None:
            further.append(partial(approvals.withdraw, approval=login.row.approval, now=case.request.at))
        if change.forgets:
            further.append(lambda connection: self._standing.succeed(connection, case.entry, place_of(case.request)))
        return partial(_all, further) if further else None


def _all(steps: Sequence[Callable[[Connection], object]], connection: Connection) -> None:
    for step in steps:
        step(connection)


def _ask(case: Case, asked: Approval, held_until: float, connection: Connection) -> None:
    """Writes down what somebody is asked or told, or further links to it."""
    links = links_of(case, asked)
    if approvals.get(connection, asked.id) is not None:
        approvals.add_links(connection, links)
        approvals.hold_until(connection, asked.id, held_until)
        return
    approvals.insert(connection, row_of(case, asked, held_until), links)
