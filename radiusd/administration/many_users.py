"""Many users of the database added, changed or removed at once, all of them or none; each with its audit row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Conflict
from radiusd.administration.users import end_sign_ins
from store import audit, authenticators, enrollments, many_users

if TYPE_CHECKING:
    from store import Connection
    from store.records import LocalUser, NewUser


class ChangedMeanwhile(Conflict):
    """Somebody else changed some of the users after they were read: `usernames`."""

    def __init__(self, usernames: Sequence[str]) -> None:
        super().__init__(f"somebody else changed {', '.join(usernames)} meanwhile")
        self.usernames = usernames


def edit(
    connection: Connection,
    by: Administrator,
    directory: str,
    changes: Sequence[tuple[LocalUser, Mapping[str, Any]]],
    what: str,
    now: float,
) -> None:
    """One change of many users, all of them or none. Raises ChangedMeanwhile."""
    end_sign_ins(connection, directory, changes, now)
    people = _apply(connection, [], [many_users.Change(*each) for each in changes], now)
    why = f"one of {len(people)} changed at once"
    rows = [audit_row(now, by, what, name, person=(directory, user_id), why=why) for name, user_id in people]
    audit.ROWS.insert_all(connection, rows)


def remove(connection: Connection, by: Administrator, directory: str, gone: Sequence[LocalUser], now: float) -> None:
    """They are there no more, all of them or none; the audit keeps what they did. Raises ChangedMeanwhile."""
    try:
        many_users.remove(connection, gone)
    except many_users.Raced as raced:
        raise ChangedMeanwhile(raced.usernames) from None
    authenticators.remove_all_of(connection, directory, [user.id for user in gone])
    enrollments.forget(connection, directory, [user.id for user in gone])
    why = f"one of {len(gone)} removed at once"
    rows = [audit_row(now, by, "user removed", user.username, person=(directory, user.id), why=why) for user in gone]
    audit.ROWS.insert_all(connection, rows)


def take_in(
    connection: Connection,
    by: Administrator,
    directory: str,
    added: Sequence[NewUser],
    changed: Sequence[tuple[LocalUser, Mapping[str, Any]]],
    source: str,
    now: float,
) -> None:
    """Users of a file, all of them or none; `source` is its name. Raises ChangedMeanwhile."""
    names = {user.username: ", ".join(values).replace("password_hash", "password") for user, values in changed}
    rows = []
    end_sign_ins(connection, directory, changed, now)
    for username, user_id in _apply(connection, added, [many_users.Change(*each) for each in changed], now):
        what = f"user changed: {names[username]}" if username in names else "user added"
        person = (directory, user_id)
        rows.append(audit_row(now, by, what, username, person=person, why=f"imported from {source}"))
    audit.ROWS.insert_all(connection, rows)


def _apply(
    connection: Connection, added: Sequence[NewUser], changed: Sequence[many_users.Change], now: float
) -> list[tuple[str, str]]:
    try:
        return many_users.apply(connection, added, changed, now)
    except many_users.Raced as raced:
        raise ChangedMeanwhile(raced.usernames) from None
