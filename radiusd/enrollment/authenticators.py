"""Who has which authenticator apps, in memory, with what was seen of their clocks since."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from radiusd.enrollment.remembered import Remembered
from radiusd.model.entry import Entry
from radiusd.rules.sealing import Sealing
from radiusd.rules.time_steps import Clock, Parameters
from store import Store, authenticators
from store.enrolled import Authenticator, FewLeft

KEPT = 65_536  # clocks; beyond, all are asked of the database again
NONE, DISABLED = "the user has no authenticator app that is verified", "the user's authenticator app is disabled"


class App(Struct, frozen=True):
    """One app of a user that counts, with what is known of its clock."""

    row: Authenticator
    clock: Clock


class Authenticators:
    """Follows the table. A step that is used here is known at once; the database alone decides who was first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows: Remembered[Authenticator] = Remembered(store, authenticators.SUBJECT, authenticators.proved)
        self._few: Remembered[FewLeft] = Remembered(store, authenticators.SUBJECT, authenticators.few_left)
        self.followed = (self.rows, self._few)
        self._clocks: dict[str, Clock] = {}

    def lacks(self, entry: Entry) -> str:
        """Why the user can not sign in with an app, "" where they can."""
        rows = self.rows.of(entry)
        if not rows:
            return NONE
        return "" if any(row.status == "verified" for row in rows) else DISABLED

    def of(self, entry: Entry) -> list[App]:
        """Those of the user that count, as far as is known here."""
        clocks = self._clocks
        apps = []
        for row in self.rows.of(entry):
            if row.status == "verified":
                known = clocks.get(row.id)
                apps.append(App(row, _of(row) if known is None or known.step < row.step else known))
        return apps

    async def fresh(self, entry: Entry) -> list[App]:
        """The same as the database has them now: another node may know more. Raises store.Unavailable."""
        read = partial(authenticators.of_user, directory=entry.directory, unique_id=entry.unique_id)
        apps = [App(row, _of(row)) for row in await self._store.read(read) if row.status == "verified"]
        for app in apps:
            self._keep(app, app.clock)
        return apps

    def used(self, app: App, clock: Clock) -> None:
        """A code of that app is used by a sign-in that is to be committed. Where that fails, `fresh` tells."""
        self._keep(app, clock)

    def _keep(self, app: App, clock: Clock) -> None:
        """Steps only go on: what was read a moment ago takes nothing back."""
        known = self._clocks.get(app.row.id)
        if known is None or known.step < clock.step:
            if len(self._clocks) >= KEPT:
                self._clocks.clear()
            self._clocks[app.row.id] = clock

    def digits(self, entry: Entry) -> list[int]:
        """How long the codes of the user's apps are, the longest first."""
        return sorted({row.digits for row in self.rows.of(entry) if row.status == "verified"}, reverse=True)

    def few_left(self, entry: Entry) -> int | None:
        """How many recovery codes the user has left, where they have some and those are few."""
        of_them = self._few.of(entry)
        return of_them[0].left if of_them else None


def opened(row: Authenticator, sealing: Sealing) -> Parameters:
    """What codes are made of. Raises sealing.NotOpened."""
    secret = sealing.open(row.secret, authenticators.place_of(row.id)).decode()
    return Parameters(secret, row.algorithm, row.digits, row.period)


def _of(row: Authenticator) -> Clock:
    return Clock(row.step, row.drift, row.seen)
