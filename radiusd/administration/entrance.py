"""Who comes in to the pages: a sign-in that was accepted becomes a session, and a cookie is known again."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from hmac import compare_digest

from msgspec import Struct

from radiusd.administration import page_sessions
from radiusd.administration.changes import Administrator
from radiusd.administration.page_sessions import DOOR, WHOLE_SECONDS, NoSession
from radiusd.administration.roles import Role, Roles, is_proved_twice
from radiusd.model.entry import Entry
from store import Connection, Store, blocks
from store import page_sessions as stored
from store.page_sessions import PageSession

COOKIE_OCTETS = 32
SEEN_SECONDS = 30.0  # no sooner is it written down again that something was asked
LONGEST_BROWSER = 200  # characters of what a browser says of itself

Find = Callable[[str], Awaitable[Entry | None]]


class NotAdmitted(Enum):
    """Why somebody whose sign-in was accepted has no session."""

    NO_ROLE = "no role"
    ONE_FACTOR = "one factor"


class Gone(Exception):
    """The directory of somebody can not be asked at the moment."""


class SignedIn(Struct, frozen=True):
    """Who asks: the session, the person as they are now, and their role as it is now. `token` is of the forms."""

    session: PageSession
    entry: Entry
    role: Role
    token: str

    @property
    def by(self) -> Administrator:
        """As whom they act."""
        return Administrator(self.session.user_name, DOOR)

    def __repr__(self) -> str:
        return f"SignedIn({self.session!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Under the settings in use. `seconds` are the profiles that are a second factor, `idle` is `administration.session`.

    `find` looks a person up in the directories of the application, and raises Gone.
    """

    store: Store
    keys: Sequence[bytes] = field(repr=False)
    application: str
    roles: Roles
    seconds: Collection[str]
    idle: float
    find: Find
    clock: Callable[[], float]

    async def admit(
        self, name: str, proved: Collection[str], source: str, browser: str
    ) -> tuple[str, PageSession] | NotAdmitted:
        """A new session and its cookie, for who has signed in. Raises store.Unavailable, Gone."""
        if not is_proved_twice(proved, self.seconds):
            return NotAdmitted.ONE_FACTOR
        entry = await self.find(name)
        role = None if entry is None else self.roles.of(entry)
        if entry is None or role is None:
            return NotAdmitted.NO_ROLE
        cookie, now = secrets.token_urlsafe(COOKIE_OCTETS), self.clock()
        session = PageSession(
            _digest(self.keys[0], cookie), secrets.token_hex(6), entry.directory, entry.unique_id, entry.username,
            role.value, source, browser[:LONGEST_BROWSER], entry.credential, now, now, now + WHOLE_SECONDS,
        )  # fmt: skip
        await self.store.write(partial(page_sessions.begin, session=session))
        return cookie, session

    async def who(self, cookie: str) -> SignedIn | None:
        """Who has that cookie; None where its session is over, or the person is disabled, blocked or without a role by now.

        Raises store.Unavailable, Gone.
        """
        now = self.clock()
        digests = [_digest(key, cookie) for key in self.keys]
        session = await self.store.read(lambda c: self._unblocked(c, digests, now))
        entry = None if session is None else await self.find(session.user_name)
        if session is None or entry is None or not _may_be_here(entry, session, now):
            return None
        role = self.roles.of(entry)
        if role is None:
            return None
        if now - session.seen_at >= SEEN_SECONDS:
            await self.store.write(partial(stored.seen, digest=session.digest, now=now))
        return SignedIn(session, entry, role, _token(self.keys[0], cookie))

    async def leave(self, who: SignedIn) -> None:
        """They sign out."""
        try:
            await self.store.write(partial(page_sessions.end, by=who.by, number=who.session.id, now=self.clock()))
        except NoSession:
            return  # ended meanwhile

    def _unblocked(self, connection: Connection, digests: Sequence[str], now: float) -> PageSession | None:
        session = stored.find(connection, digests, now, self.idle)
        if session is None:
            return None
        person = (session.directory, session.unique_id)
        of_them = blocks.active_of(connection, [person], now).get(person, ())
        return None if any(each.scope == "user" or each.station == session.source for each in of_them) else session


def is_token_of(who: SignedIn, token: str) -> bool:
    """Whether a form came from a page of that session."""
    return compare_digest(who.token.encode(), token.encode("utf-8", "surrogatepass"))


def _may_be_here(entry: Entry, session: PageSession, now: float) -> bool:
    same = (entry.directory, entry.unique_id, entry.credential) == (
        session.directory,
        session.unique_id,
        session.credential,
    )
    return same and entry.enabled and (entry.expires_at is None or entry.expires_at > now)


def _digest(key: bytes, cookie: str) -> str:
    octets = cookie.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(octets, key=key, person=b"page session", digest_size=32).hexdigest()


def _token(key: bytes, cookie: str) -> str:
    return hashlib.blake2b(cookie.encode(), key=key, person=b"form", digest_size=16).hexdigest()
