"""Many users added and changed in one transaction, in few statements: SQLite's one writer is not kept waiting."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from config.secret import Secret
from store import notices
from store.records import LocalUser, NewUser
from store.tables import USER_GROUPS, USERS
from store.users import CHANGEABLE

TOLD_APART = 500  # users; beyond, others are told once that anything may have changed
AT_ONCE = 500  # ids in one statement


class Raced(Exception):
    """Somebody else changed what this was about. `usernames` are of whom; nothing was done."""

    def __init__(self, usernames: Iterable[str]) -> None:
        self.usernames = tuple(sorted(usernames))
        super().__init__(f"changed meanwhile: {', '.join(self.usernames)}")


class Change(NamedTuple):
    """Fields of NewUser that a user is to get, groups as a whole; `user` is as it was read."""

    user: LocalUser
    values: Mapping[str, Any]


def apply(
    connection: Connection, added: Sequence[NewUser], changed: Sequence[Change], now: float
) -> list[tuple[str, str]]:
    """Does all of it; username and id of each user, the added ones first.

    Raises Raced where the users are not as they were read, or a name or an address has an owner by now.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")  # others read on
    _refuse_what_changed(connection, added, changed)
    ids = [uuid.uuid4().hex for _ in added]
    _free_addresses(connection, changed)
    if added:
        connection.execute(insert(USERS), [_row(new, made, now) for new, made in zip(added, ids, strict=True)])
    _update(connection, changed, now)
    groups = [(made, new.groups) for new, made in zip(added, ids, strict=True)]
    regrouped = [(change.user.id, change.values["groups"]) for change in changed if "groups" in change.values]
    for some in _chunks([user_id for user_id, _groups in regrouped]):
        connection.execute(delete(USER_GROUPS).where(USER_GROUPS.c.user_id.in_(some)))
    rows = [
        {"user_id": user_id, "group_name": name}
        for user_id, names in (*groups, *regrouped)
        for name in dict.fromkeys(names)
    ]
    if rows:
        connection.execute(insert(USER_GROUPS), rows)
    people = [(new.username, made) for new, made in zip(added, ids, strict=True)]
    people += [(change.user.username, change.user.id) for change in changed]
    _tell(connection, [name for name, _user_id in people])
    return people


def remove(connection: Connection, users: Sequence[LocalUser]) -> None:
    """Removes all of them. Raises Raced where some are not as they were read."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
    _refuse_what_changed(connection, (), [Change(user, {}) for user in users])
    for some in _chunks([user.id for user in users]):
        connection.execute(delete(USERS).where(USERS.c.id.in_(some)))
    _tell(connection, [user.username for user in users])


def _tell(connection: Connection, usernames: Sequence[str]) -> None:
    for username in usernames if len(usernames) <= TOLD_APART else [""]:
        notices.tell(connection, "users", username)


def _refuse_what_changed(connection: Connection, added: Sequence[NewUser], changed: Sequence[Change]) -> None:
    columns = (USERS.c.username, USERS.c.id, USERS.c.updated_at, USERS.c.framed_ip_address)
    there = {row.username: row for row in connection.execute(select(*columns))}
    raced = {new.username for new in added if new.username in there}
    for user, _values in changed:
        row = there.get(user.username)
        if row is None or (row.id, row.updated_at) != (user.id, user.updated_at):
            raced.add(user.username)
    addresses = {name: row.framed_ip_address for name, row in there.items()}
    addresses |= {new.username: new.framed_ip_address for new in added}
    addresses |= {
        change.user.username: change.values["framed_ip_address"]
        for change in changed
        if "framed_ip_address" in change.values
    }
    owners: dict[str, str] = {}
    for name, address in addresses.items():
        if address is not None and owners.setdefault(address, name) != name:
            raced |= {owners[address], name}
    if raced:
        raise Raced(raced)


def _free_addresses(connection: Connection, changed: Sequence[Change]) -> None:
    """Two users may exchange theirs."""
    moving = [change.user.id for change in changed if "framed_ip_address" in change.values]
    for some in _chunks(moving):
        connection.execute(update(USERS).where(USERS.c.id.in_(some)).values(framed_ip_address=None))


def _update(connection: Connection, changed: Sequence[Change], now: float) -> None:
    """One statement for all who get the same fields."""
    rows = []
    for user, values in changed:
        if unknown := values.keys() - CHANGEABLE:
            raise ValueError(f"no fields of a user: {', '.join(sorted(unknown))}")
        row = {name: _plain(value) for name, value in values.items() if name != "groups"} | {"updated_at": now}
        if "password_hash" in row:
            row["password_changed_at"] = now
        if "expires_at" in row:
            row["noticed_until"] = now
        rows.append((tuple(sorted(row)), {f"new_{name}": value for name, value in row.items()} | {"wanted": user.id}))
    rows.sort(key=lambda each: (each[0], each[1]["wanted"]))
    for names, same in groupby(rows, key=lambda each: each[0]):
        statement = update(USERS).where(USERS.c.id == bindparam("wanted"))
        connection.execute(
            statement.values({USERS.c[name]: bindparam(f"new_{name}") for name in names}), [row for _names, row in same]
        )


def _row(new: NewUser, user_id: str, now: float) -> dict[str, Any]:
    values = {name: _plain(getattr(new, name)) for name in CHANGEABLE - {"groups"}}
    password_at = None if new.password_hash is None else now
    return values | {
        "id": user_id,
        "username": new.username,
        "created_at": now,
        "updated_at": now,
        "password_changed_at": password_at,
        "noticed_until": now,
    }


def _plain(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value


def _chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
