"""A link by mail with which a local user sets another password: who may be sent one, and what is behind it.

What takes a connection is a step of the store, as in `users`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from config.models.methods import LinkOptions
from config.models.options import PASSWORD
from radiusd.administration import users
from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Conflict, Missing
from radiusd.rules import links, passwords
from radiusd.rules.codes import hidden_mail
from store import audit, password_resets
from store.password_resets import PasswordReset

if TYPE_CHECKING:
    from config.models.options import ProfileOptions
    from config.models.security import PasswordRules
    from config.settings import Settings
    from radiusd.delivery.carriers import NotSent, Sent
    from radiusd.directories import Directory
    from radiusd.enrollment.destinations import Destinations
    from radiusd.enrollment.password_letters import PasswordLetters
    from radiusd.login.applications import Application
    from radiusd.model.entry import Entry
    from radiusd.model.message import Message
    from radiusd.passwords.hash_queue import HashQueue
    from store import Connection, Store

log = structlog.get_logger()

VALID_SECONDS = 1800.0  # of a link
LOOK_UP_SECONDS = 5.0
HASH_SECONDS = 10.0
OFF = "is off; `reset_by_mail: true` of `security.passwords` in radius.yaml turns it on"


class MailboxAlone(Conflict):
    """Whoever reads the mailbox would sign in by it and the link alone."""

    def __init__(self, username: str, mailbox: str, application: str, profile: str) -> None:
        super().__init__(
            f"{username} can be sent no link: who reads {mailbox} would set a password by it, and sign in to {application} "
            f"by {profile} with nothing else; set one with `radiusd user password`"
        )


def require_allowed(settings: Settings, applications: Iterable[Application], entry: Entry, mail: Destinations) -> None:
    """Raises Conflict where resets are off, Missing without an address, MailboxAlone where every factor beside the password goes to that mailbox."""
    if not settings.security.passwords.reset_by_mail:
        raise Conflict(f"to set a password by a link in a mail {OFF}")
    if not entry.mail:
        raise Missing(f"{entry.username} has no mail address to send a link to")
    reached = mail.of(entry)
    mailboxes = {entry.mail.casefold()}
    codes_go_there = isinstance(reached, str) or any(each.recipient.casefold() in mailboxes for each in reached)
    first = settings.enrollment.first
    # By which they may add what they lack: nothing but the password, or a code to what they have.
    enrolls = first == "password" or (first == "directory" and codes_go_there and not isinstance(reached, str))
    for application in applications:
        if application.directory(entry.directory) is None:
            continue
        ways = dict(application.ways_of(entry))
        profile = application.enrolls(entry) if enrolls and not ways else ""
        if profile:
            ways[profile] = settings.profiles[profile].passed_first
        for profile, factors in ways.items():
            others = [settings.profiles[factor] for factor in factors if factor != PASSWORD]
            if not any(_is_apart(settings, options, codes_go_there=codes_go_there) for options in others):
                raise MailboxAlone(entry.username, entry.mail, application.name, profile)


def _is_apart(settings: Settings, options: ProfileOptions, *, codes_go_there: bool) -> bool:
    """Whether it is proved by something else than the mailbox, by whichever channel; who is merely informed proves nothing."""
    other = settings.profiles.get(options.sends_otherwise_by or "")
    if "mail" in (options.needs_of_a_user, "" if other is None else other.needs_of_a_user):
        return not codes_go_there
    return not isinstance(options, LinkOptions) or options.asks_somebody


def made(
    letters: PasswordLetters, entry: Entry, key: bytes, base: str, by: Administrator, now: float
) -> tuple[PasswordReset, Message]:
    """The link, not written yet, and the mail with it. `key` is of links' digests, `base` is `public_url`."""
    token = links.new_token()
    message = letters.reset(entry, entry.mail, links.reset_url(base, token), VALID_SECONDS, now)
    digest = links.digest(key, token)
    until = now + VALID_SECONDS
    return PasswordReset(digest, entry.unique_id, entry.username, entry.mail, now, until, by.name), message


def add(connection: Connection, by: Administrator, directory: str, reset: PasswordReset) -> None:
    """Writes it down, with its audit row; one before it of the same user is over by this."""
    password_resets.add(connection, reset)
    what = f"a link to set another password made for {hidden_mail(reset.recipient)}"
    audit.insert(connection, audit_row(reset.at, by, what, reset.user_name, person=(directory, reset.unique_id)))


def withdraw(connection: Connection, reset: PasswordReset, now: float) -> None:
    """It is over: its link was never sent."""
    password_resets.end(connection, reset.unique_id, now)


class State(Enum):
    """What the page has to say."""

    ASKS = "asks"
    DONE = "done"
    OVER = "over"  # used by another one, too late, or the user is another one by now, or may not sign in any more
    UNKNOWN = "unknown"


class Seen(NamedTuple):
    """What the page shows. `fault` is the key of a text that says why what was typed is not taken, with its number."""

    state: State
    language: str = ""
    username: str = ""
    display_name: str = ""
    min_length: int = 0  # that the password must have, in characters
    fault: tuple[str, int] | None = None


class Outage(Exception):
    """Nothing can be told, or hashed, at the moment."""


class Resets:
    """What is behind the links. Raises store.Unavailable and Outage. `background` runs what nobody waits for."""

    def __init__(
        self,
        store: Store,
        keys: Sequence[bytes],
        directories: Mapping[str, Directory],
        local: str,
        hashes: HashQueue,
        rules: PasswordRules,
        letters: PasswordLetters,
        how: Callable[[str], str],
        send: Callable[[Message, float], Awaitable[Sent | NotSent]],
        background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`keys` are of the links' digests, `local` names the directory of local users, `how` says by language what a link did."""
        self._store = store
        self._keys = keys
        self._directory = directories.get(local)
        self._local = local
        self._hashes = hashes
        self._rules = rules
        self._letters = letters
        self._how = how
        self._send = send
        self._background = background

    async def look(self, token: str, at: float) -> Seen:
        """What the page behind a link shows at that time. Changes nothing, however often it is opened (D12)."""
        found = await self._found(token, at)
        return found if isinstance(found, Seen) else self._asks(found[1])

    async def set(self, token: str, first: str, second: str, at: float, source: str) -> Seen:
        """Another password was typed, twice; it came from `source`."""
        found = await self._found(token, at)
        if isinstance(found, Seen):
            return found
        reset, entry = found
        fault = self._fault(entry, first, second)
        if fault is not None:
            return self._asks(entry)._replace(fault=fault)
        now = asyncio.get_running_loop().time()
        hashed = await self._hashes.make(first, user=entry.unique_id, station="page", queue_until=now + HASH_SECONDS)
        if hashed is None:
            raise Outage
        done = await self._store.write(partial(self._write, reset=reset, hashed=hashed, at=at, source=source))
        if done:
            for message in self._letters.changed_by_link(entry, self._how(entry.language), at):
                self._background(self._told(message))
        return await self.look(token, at)

    def _write(self, connection: Connection, reset: PasswordReset, hashed: str, at: float, source: str) -> bool:
        """Once, and with it ends whatever the old one had opened."""
        from config.secret import Secret

        if not password_resets.use(connection, reset.digest, at):
            return False
        link = f"the link that {reset.created_by} sent to {hidden_mail(reset.recipient)}"
        by = Administrator(link, f"page, from {source}")
        try:
            users.set_password(connection, by, self._local, reset.user_name, Secret(hashed), at)
        except users.NoUser:
            return False
        return True

    def _asks(self, entry: Entry) -> Seen:
        name = entry.display_name or entry.username
        return Seen(State.ASKS, entry.language, entry.username, name, self._rules.min_length)

    def _fault(self, entry: Entry, first: str, second: str) -> tuple[str, int] | None:
        if first != second:
            return "passwords_differ", 0
        words = (entry.username, entry.display_name, entry.mail)
        return passwords.weakness(first, self._rules.min_length, words if self._rules.common == "refuse" else None)

    async def _found(self, token: str, at: float) -> tuple[PasswordReset, Entry] | Seen:
        digests = links.digests(self._keys, token)
        reset = await self._store.read(partial(password_resets.find, digests=digests))
        if reset is None:
            return Seen(State.UNKNOWN)
        if reset.used_at is not None:
            return Seen(State.DONE)
        entry = await self._who(reset) if reset.until > at and self._rules.reset_by_mail else None
        if entry is None or not entry.enabled or (entry.expires_at is not None and entry.expires_at <= at):
            return Seen(State.OVER)
        return reset, entry

    async def _who(self, reset: PasswordReset) -> Entry | None:
        """The user as they are now; None where they are not there any more, or have another address."""
        from radiusd.directories import Down

        if self._directory is None:
            return None
        deadline = asyncio.get_running_loop().time() + LOOK_UP_SECONDS
        found = await self._directory.find(reset.user_name, deadline)
        if isinstance(found, Down):
            raise Outage
        same = found is not None and (found.unique_id, found.mail) == (reset.unique_id, reset.recipient)
        return found if same else None

    async def _told(self, message: Message) -> None:
        from radiusd.delivery.carriers import NotSent

        outcome = await self._send(message, asyncio.get_running_loop().time() + message.within)
        if isinstance(outcome, NotSent):
            log.warning("message not sent", kind=message.kind, component=outcome.component, cause=outcome.cause)
