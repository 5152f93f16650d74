"""The users of the database. `username` is in normal form everywhere."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, or_, select, update

from config.secret import Secret
from store import notices
from store.inserting import inserting
from store.records import LocalUser, NewUser
from store.tables import USER_GROUPS, USERS

COLUMNS = tuple(USERS.columns.keys())
# A row for each group of a user, one at least. Made once: that takes longer than to execute it.
JOINED = (
    select(*USERS.columns, USER_GROUPS.c.group_name)
    .select_from(USERS.outerjoin(USER_GROUPS, USERS.c.id == USER_GROUPS.c.user_id))
    .order_by(USERS.c.username, USER_GROUPS.c.group_name)
)
BY_NAME = JOINED.where(USERS.c.username == bindparam("wanted"))
BY_ID = JOINED.where(USERS.c.id == bindparam("wanted"))
CHANGEABLE = frozenset(field.name for field in dataclasses.fields(NewUser)) - {"username"}


class NameTaken(Exception):
    """There is a user of that name."""

    def __init__(self, username: str) -> None:
        super().__init__(f"there is a user {username} already")
        self.username = username


class AddressTaken(Exception):
    """The Framed-IP-Address is another user's: `username`."""

    def __init__(self, username: str) -> None:
        super().__init__(f"the framed IP address is {username}'s already")
        self.username = username


def find(connection: Connection, username: str) -> LocalUser | None:
    return _one(connection, BY_NAME, username)


def by_id(connection: Connection, user_id: str) -> LocalUser | None:
    return _one(connection, BY_ID, user_id)


def add(connection: Connection, new: NewUser, now: float) -> LocalUser:
    """Raises NameTaken, AddressTaken."""
    values = {name: getattr(new, name) for name in CHANGEABLE - {"groups", "password_hash"}}
    user_id = uuid.uuid4().hex
    if new.framed_ip_address is not None:
        _lock_addresses(connection)
    added = inserting(connection, USERS).values(
        **values,
        id=user_id,
        username=new.username,
        password_hash=_revealed(new.password_hash),
        created_at=now,
        updated_at=now,
        password_changed_at=None if new.password_hash is None else now,
        noticed_until=now,
    )
    # Not a caught IntegrityError: in PostgreSQL that ends the transaction for whatever else is in it.
    if connection.execute(added.on_conflict_do_nothing().returning(USERS.c.id)).one_or_none() is None:
        _refuse_address_of_another(connection, new.framed_ip_address, user_id)
        raise NameTaken(new.username)
    _set_groups(connection, user_id, new.groups)
    return _changed(connection, new.username, user_id)


def change(connection: Connection, username: str, changes: Mapping[str, Any], now: float) -> LocalUser | None:
    """Sets the named fields of NewUser, groups as a whole. None where there is no such user. Raises AddressTaken."""
    if unknown := changes.keys() - CHANGEABLE:
        raise ValueError(f"no fields of a user: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {name: value for name, value in changes.items() if name != "groups"}
    if "password_hash" in values:
        values |= {"password_hash": _revealed(values["password_hash"]), "password_changed_at": now}
    if "expires_at" in values:
        values["noticed_until"] = now
    # The row is locked before the address is looked up: two who want the same address wait for one another.
    statement = update(USERS).where(USERS.c.username == username).values(updated_at=now).returning(USERS.c.id)
    user_id = connection.execute(statement).scalar_one_or_none()
    if user_id is None:
        return None
    address = values.get("framed_ip_address")
    if address is not None:
        _lock_addresses(connection)
        _refuse_address_of_another(connection, address, user_id)
    if values:
        connection.execute(update(USERS).where(USERS.c.id == user_id).values(**values))
    if "groups" in changes:
        connection.execute(delete(USER_GROUPS).where(USER_GROUPS.c.user_id == user_id))
        _set_groups(connection, user_id, changes["groups"])
    return _changed(connection, username, user_id)


def rename(connection: Connection, username: str, new: str, now: float, *, shown_name: str = "") -> LocalUser | None:
    """The user under another name, or another spelling of it, else as they were.

    None where there is no such user. Raises NameTaken.
    """
    if (
        new != username
        and connection.execute(select(USERS.c.id).where(USERS.c.username == new)).one_or_none() is not None
    ):
        raise NameTaken(new)
    renamed = (
        update(USERS).where(USERS.c.username == username).values(username=new, shown_name=shown_name, updated_at=now)
    )
    user_id = connection.execute(renamed.returning(USERS.c.id)).scalar_one_or_none()
    if user_id is None:
        return None
    notices.tell(connection, "users", username)
    return _changed(connection, new, user_id)


def rehash(connection: Connection, user_id: str, old: Secret, new: Secret) -> bool:
    """Puts a hash of the same password in the place of another; False where the password was changed meanwhile."""
    statement = update(USERS).where(USERS.c.id == user_id, USERS.c.password_hash == old.reveal())
    statement = statement.values(password_hash=new.reveal())
    username = connection.execute(statement.returning(USERS.c.username)).scalar_one_or_none()
    if username is None:
        return False
    notices.tell(connection, "users", username)
    return True


def change_own(connection: Connection, user_id: str, old: Secret, new: Secret, now: float) -> bool:
    """Puts the hash of another password in the place of that one; False where the password was changed meanwhile."""
    statement = update(USERS).where(USERS.c.id == user_id, USERS.c.password_hash == old.reveal())
    values = {"password_hash": new.reveal(), "password_changed_at": now, "updated_at": now}
    changed = statement.values(**values, must_change_password=False).returning(USERS.c.username)
    username = connection.execute(changed).scalar_one_or_none()
    if username is None:
        return False
    notices.tell(connection, "users", username)
    return True


def remove(connection: Connection, username: str) -> bool:
    """False where there is no such user."""
    removed = delete(USERS).where(USERS.c.username == username).returning(USERS.c.id)
    if connection.execute(removed).one_or_none() is None:
        return False
    notices.tell(connection, "users", username)
    return True


def remove_demo(connection: Connection) -> int:
    """Removes the accounts of the demonstration; how many there were."""
    removed = connection.execute(delete(USERS).where(USERS.c.demo).returning(USERS.c.username)).scalars().all()
    for username in removed:
        notices.tell(connection, "users", username)
    return len(removed)


def listed(
    connection: Connection,
    *,
    search: str = "",
    group: str = "",
    enabled: bool | None = None,
    after: str = "",
    limit: int = 100,
) -> list[LocalUser]:
    """By username. `search` is looked for in names, e-mail and phone; `after` is the last username of the page before."""
    page = select(USERS.c.id).order_by(USERS.c.username).limit(limit)
    if search:
        columns = (USERS.c.username, USERS.c.first_name, USERS.c.last_name, USERS.c.email, USERS.c.phone)
        page = page.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))
    if group:
        page = page.where(USERS.c.id.in_(select(USER_GROUPS.c.user_id).where(USER_GROUPS.c.group_name == group)))
    if enabled is not None:
        page = page.where(USERS.c.enabled == enabled)
    if after:
        page = page.where(USERS.c.username > after)
    return _all(connection, JOINED.where(USERS.c.id.in_(page.scalar_subquery())))


def holders(connection: Connection, addresses: Iterable[str]) -> dict[str, str]:
    """The user names of those who have one of these Framed-IP-Addresses, by address."""
    rows = select(USERS.c.framed_ip_address, USERS.c.username).where(USERS.c.framed_ip_address.in_([*addresses]))
    return {row.framed_ip_address: row.username for row in connection.execute(rows)}


def count(connection: Connection, demo: bool | None = None) -> int:
    """How many users there are; with `demo`, how many of the demonstration or how many others."""
    statement = select(func.count()).select_from(USERS)
    if demo is not None:
        statement = statement.where(USERS.c.demo == demo)
    return connection.execute(statement).scalar_one()


def _one(connection: Connection, statement: Select[Any], wanted: str) -> LocalUser | None:
    return next(iter(_all(connection, statement, {"wanted": wanted})), None)


def _all(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, str] = MappingProxyType({})
) -> list[LocalUser]:
    found: dict[str, tuple[Row[Any], list[str]]] = {}
    for row in connection.execute(statement, parameters):
        groups = found.setdefault(row[0], (row, []))[1]
        if row[-1] is not None:
            groups.append(row[-1])
    users = []
    for row, groups in found.values():
        values = dict(zip(COLUMNS, row, strict=False))
        values["password_hash"] = _secret(values["password_hash"])
        users.append(LocalUser(**values, groups=tuple(groups)))
    return users


def _changed(connection: Connection, username: str, user_id: str) -> LocalUser:
    notices.tell(connection, "users", username)
    user = by_id(connection, user_id)
    assert user is not None  # noqa: S101 - written in this transaction
    return user


def _set_groups(connection: Connection, user_id: str, groups: Iterable[str]) -> None:
    rows = [{"user_id": user_id, "group_name": group} for group in dict.fromkeys(groups)]
    if rows:
        connection.execute(insert(USER_GROUPS), rows)


def _lock_addresses(connection: Connection) -> None:
    """Until the end of the transaction nobody else gives an address to a user."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('users.framed_ip_address'))")


def _refuse_address_of_another(connection: Connection, address: str | None, user_id: str) -> None:
    if address is None:
        return
    another = select(USERS.c.username).where(USERS.c.framed_ip_address == address, USERS.c.id != user_id)
    owner = connection.execute(another).scalar_one_or_none()
    if owner is not None:
        raise AddressTaken(owner)


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)
