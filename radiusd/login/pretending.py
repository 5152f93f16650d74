"""A name that nobody has, where nothing is proved before somebody is asked: it waits as that of a user does (D4).

The same parts of the engine drive it, with a memory of its own and without a row in the database, so that neither what a
NAS is answered nor when tells the two apart. Nobody is asked, and at the end it is refused. So is whoever may not sign in:
blocked, disabled, expired or without a way in.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from radiusd.directories import Directory
from radiusd.login import login_rows
from radiusd.login.applications import Application
from radiusd.login.behaviours import GONE, Behaviour
from radiusd.login.cases import Case, Step
from radiusd.login.changes import Change
from radiusd.login.committing import WRITTEN, Committing, Done
from radiusd.login.course import Course
from radiusd.login.identities import Identities, Outage, Unknown
from radiusd.login.login_rows import Answered, Proofs
from radiusd.login.open_logins import Login, OpenLogins, joins_of
from radiusd.login.progress import begun
from radiusd.login.states import Keys
from radiusd.model.access import AccessRequest
from radiusd.model.entry import Entry
from store import Store

KEPT = 10_000  # logins of names that nobody has; beyond, the oldest is known by its State alone
TIME, MARK = 6, 6  # octets of a login's id: milliseconds, and what is by chance in those of users


class LoginsOfNobody(OpenLogins):
    """Open logins that no database has: memory is the truth."""

    def __init__(self) -> None:
        super().__init__(Store.of_nothing())

    def add(self, login: Login) -> None:
        if len(self) >= KEPT:
            free = (each for each in self._by_id.values() if not each.held)
            self.drop(next(free, next(iter(self._by_id.values()))))
        super().add(login)

    async def find(self, login: str) -> Login | None:
        return self._by_id.get(login)

    async def find_joinable(self, joins: str) -> Login | None:
        return self.joinable(joins)

    async def refresh(self, login: Login) -> None:
        """There is nothing that could be read."""


class Unwritten(Committing):
    """Writes the audit alone."""

    async def commit(self, case: Case, login: Login, change: Change) -> Done:
        await self.end(case, change)
        if change.row is not None:
            self._known.take(login, change.row)
        return WRITTEN

    async def leave_line(self, approval: str) -> None:
        """Nobody stands in line where nobody is asked."""


class Unnamed(Identities):
    """Finds nobody, after the time that it takes to find somebody."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def find(self, directories: Sequence[Directory], typed: str, deadline: float) -> Entry | Unknown | Outage:
        found = await self._identities.find(directories, typed, deadline)
        return found if isinstance(found, Outage) else nobody(directories, typed)


def nobody(directories: Sequence[Directory], typed: str) -> Entry:
    """Stands for whoever would have that name in one of them; no directory has it."""
    names = [directory.normal(typed) for directory in directories]
    name = next(filter(None, names), typed)
    # Of one size, however long the name is.
    return Entry("", hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(), "")


class Pretending:
    """Begins such logins, and takes them up again: also those of another node, or of before a restart, by their State."""

    def __init__(
        self,
        course: Course,
        applications: Mapping[str, Application],
        behaviours: Mapping[str, Behaviour],
        keys: Keys,
    ) -> None:
        self._course = course
        self._last = 0  # when the last one began, in milliseconds
        self._applications = applications
        self._behaviours = behaviours
        self._keys = keys

    async def begin(
        self, request: AccessRequest, profile: str, reason: str, trail: tuple[str, ...] = ()
    ) -> Step:  # fmt: skip
        """Waits as that profile has it; `reason` and `trail` are for the audit. Raises store.Unavailable."""
        application = self._applications[request.application]
        plan = application.pretended(profile, reason, trail)
        behaviour = self._behaviours.get(request.client, GONE)
        case = Case(request, nobody(application.directories, request.name), plan, behaviour, login=self._new(request))
        return await self._course.factors.drive(case, begun(plan.factors, plan.reply), None)

    async def answer(self, request: AccessRequest, login: str, challenge: str) -> Step | None:
        """What comes of a request with that State; None where it is of no such login. Raises store.Unavailable."""
        known = self._course.known
        if await known.find(login) is None:
            revived = self._revived(request, login, challenge)
            if revived is None:
                return None
            known.add(revived)
        return await self._course.resuming.answer(request)

    def _new(self, request: AccessRequest) -> str:
        """The id of a login, which tells whose it is to who has the key, and to nobody else that it is one of these."""
        # No two in one millisecond: of one name they would be one login.
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        at = f"{self._last:0{2 * TIME}x}"
        return f"{at}{_mark(self._keys.records[0], at, request)}"

    def _revived(self, request: AccessRequest, login: str, challenge: str) -> Login | None:
        """The login of an id that another process made, or this one before it forgot it."""
        application = self._applications[request.application]
        profile = application.of_nobody
        at, mark = login[: 2 * TIME], login[2 * TIME :]
        if not profile or all(mark != _mark(key, at, request) for key in self._keys.records):
            return None
        entry, began = nobody(application.directories, request.name), int(at, 16) / 1000
        case = Case(request, entry, application.plan(entry, request.client, request.at), GONE, login=login)
        waiting = application.pretended_by[profile].since(case.turn(profile, "", "", None), began)
        row = login_rows.new(request, entry, profile, login, "", Proofs(), self._keys.records)
        row = replace(
            row, at=began, until=waiting.until, step=1, factor=profile, memory=waiting.memory, states=challenge, packet="",
            joins=joins_of(entry, request, profile) if request.station else login, approval=login,
            outcome=Answered(login_rows.HOLD, waiting.prompt).json(),
        )  # fmt: skip
        return Login(row, entry)


def _mark(key: bytes, at: str, request: AccessRequest) -> str:
    text = ascii((at, request.name, request.client, request.application)).encode()
    return hashlib.blake2b(text, key=key, person=b"nobody", digest_size=MARK).hexdigest()
