"""Where codes of one kind can go: to what the directory has, where that counts, and to what was enrolled beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import attrgetter

from radiusd.enrollment.addresses import KEPT, Destination, mail_of, mobile_of
from radiusd.enrollment.remembered import Remembered
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Write
from radiusd.rules import mail_addresses
from radiusd.rules.conditions import Condition
from store import enrollments
from store.enrolled import Enrollment, Kind, New, Status

NOT_ENROLLED = {"mail": "the user has enrolled no mail address", "mobile": "the user has enrolled no mobile number"}
DIRECTORY = "directory"  # who enrolled what the directory has


class Destinations:
    """Those of one kind. Answers from memory alone; of a user without any row it is the directory's, and nothing more."""

    def __init__(
        self,
        kind: Kind,
        enrolled: Remembered[Enrollment],
        automatic: Sequence[Condition] | None,
        read: Callable[[str], Destination | str],
    ) -> None:
        """`automatic` says whose own address or number counts, None: everybody's. `read` takes one apart, or says why not."""
        self.kind = kind
        self._rows = enrolled.by_user
        self._text: Callable[[Entry], str] = attrgetter("mail" if kind == "mail" else "mobile")
        self._automatic = None if automatic is None else tuple(automatic)
        self._read = read
        self._alone = lru_cache(maxsize=KEPT)(self._own)  # of users without a row, which most are

    def of(self, entry: Entry) -> Sequence[Destination] | str:
        """All that a code can go to, the one used last first (D14), then the directory's own; or why there is none."""
        rows = self._rows.get((entry.directory, entry.unique_id)) if self._rows else None
        counts = self._automatic is None or any(condition.matches(entry) for condition in self._automatic)
        if rows is None:
            return self._alone(self._text(entry)) if counts else NOT_ENROLLED[self.kind]
        own = self._read(self._text(entry)) if counts else NOT_ENROLLED[self.kind]
        return self._with(own, [row for row in rows if row.kind == self.kind])

    def has_rows(self, entry: Entry) -> bool:
        """Whether anything is recorded of the user's addresses and numbers."""
        return bool(self._rows) and (entry.directory, entry.unique_id) in self._rows

    def used(self, turn: Turn, to: Destination) -> tuple[Write, ...]:
        """What is written where a code that was sent there was right: nothing of users who have the directory's alone."""
        entry = turn.entry
        if not self.has_rows(entry):
            return ()
        if to.row is not None:
            return (partial(enrollments.use, number=to.row.id, at=turn.at, station=turn.station, client=turn.client),)
        own = New(entry.directory, entry.unique_id, entry.username, self.kind, to.recipient, created_by=DIRECTORY)
        return (partial(enrollments.use_own, own=own, at=turn.at, station=turn.station, client=turn.client),)

    def _own(self, text: str) -> Sequence[Destination] | str:
        own = self._read(text)
        return own if isinstance(own, str) else (own,)

    def _with(self, own: Destination | str, rows: Sequence[Enrollment]) -> Sequence[Destination] | str:
        found: list[Destination] = []
        why = own if isinstance(own, str) else NOT_ENROLLED[self.kind]
        for row in rows:
            to = self._read(row.value)
            if isinstance(to, str):
                why = to  # its country is allowed no more
                continue
            is_own = not isinstance(own, str) and same(self.kind, own.recipient, to.recipient)
            if is_own:
                own = ""
            if row.status == "active" and (is_own or not row.automatic):
                found.append(Destination(to.recipient, to.hidden, row, is_own))
            elif row.status == "disabled":
                why = f"{to.hidden} is disabled, and there is no other"
        if not isinstance(own, str):
            found.append(own)
        found.sort(key=_order)
        return found or why


def own_row(entry: Entry, kind: Kind, value: str, status: Status) -> Enrollment:
    """What would be recorded of something that the directory has, if it stood so."""
    return Enrollment(
        0, entry.directory, entry.unique_id, entry.username, kind, value, "", status, automatic=True, created_at=0.0,
        created_by=DIRECTORY, verified_at=None, until=None, last_used_at=None, last_used_station="", last_used_client="",
    )  # fmt: skip


def same(kind: Kind, one: str, other: str) -> bool:
    """Whether two of them are one mailbox, or one number in E.164."""
    return one == other or (kind == "mail" and mail_addresses.compared(one) == mail_addresses.compared(other))


def of_mail(enrolled: Remembered[Enrollment], automatic: Sequence[Condition] | None) -> Destinations:
    """Of codes by mail."""
    return Destinations("mail", enrolled, automatic, mail_of)


def of_mobile(
    enrolled: Remembered[Enrollment], automatic: Sequence[Condition] | None, country: str, countries: tuple[str, ...]
) -> Destinations:
    """Of codes by SMS; `country` and `countries` as in `mobile_of`."""
    return Destinations("mobile", enrolled, automatic, partial(mobile_of, country=country, countries=countries))


def _order(to: Destination) -> tuple[float, bool, int]:
    used = None if to.row is None else to.row.last_used_at
    return (-(used or 0.0), not to.is_own, 0 if to.row is None else to.row.id)
