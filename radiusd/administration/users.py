"""Users of the database: looked up, added, changed, removed; each change with its audit row.

What takes a connection is a step of the store: a command runs it with `store.write_now`, a server with `await
store.write`. A step that raises leaves nothing behind.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Literal

from radiusd.administration import fields
from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Conflict, Invalid, Missing
from radiusd.rules.moments import iso
from store import audit, authenticators, ending, enrollments, revoking, users

if TYPE_CHECKING:
    from config.secret import Secret
    from config.settings import Settings
    from store import Connection
    from store.records import LocalUser, NewUser

Status = Literal["enabled", "disabled", "expired"]
PAGE = 1000  # users read at once
PASSWORD_SET = ("password set", "password set, to be changed at the next sign-in")  # as it need not be changed, or must
PASSWORD = frozenset({"password_hash"})
ACCOUNT = frozenset({"enabled", "expires_at"})  # the fields that say whether anybody may sign in at all


class NoUser(Missing):
    """There is no user of that name. `near` is the one that may be meant, "" where none is like it."""

    def __init__(self, username: str, near: str) -> None:
        super().__init__(f"there is no user {username}" + (f"; did you mean {near}?" if near else ""))
        self.near = near


class NameTaken(Conflict):
    """There is a user `username` already."""

    def __init__(self, username: str) -> None:
        super().__init__(f"there is a user {username} already")
        self.username = username


class AddressTaken(Conflict):
    """The Framed-IP-Address is another user's."""

    def __init__(self, address: str, owner: str) -> None:
        super().__init__(f"{address} is {owner}'s already")


def directory_of(settings: Settings) -> str:
    """The name of the directory that users of the database belong to. Raises Invalid where there is none."""
    for name, options in settings.directories.items():
        if options.type == "local":
            return name
    raise Invalid("radius.yaml has no directory of type local: users of the database could not sign in")


def typed(
    settings: Settings,
    username: str,
    given: Mapping[str, Any],
    label: Callable[[str], str],
    attributes: Callable[[], fields.Attributes],
) -> tuple[str, dict[str, Any]]:
    """The username in normal form, and the given fields as the store has them, all of it judged at once.

    `given` are by the names in fields.Reader, which reads them; `label` is what whoever typed them calls a field,
    `attributes` reads the dictionaries. Raises Invalid with a sentence for each that cannot be.
    """
    reader = fields.Reader(settings, attributes)
    sentences: list[str] = []
    values: dict[str, Any] = {}
    name = ""
    try:
        name = fields.username(username)
    except fields.FieldError as error:
        sentences.append(str(error))
    for field, text in given.items():
        try:
            column, value = reader.read(field, text, label(field))
        except fields.FieldError as error:
            sentences.append(str(error))
        else:
            values[column] = value
    if sentences:
        raise Invalid(*sentences)
    return name, values


def everyone(connection: Connection) -> list[LocalUser]:
    """All users, by username."""
    found: list[LocalUser] = []
    while page := users.listed(connection, after=found[-1].username if found else "", limit=PAGE):
        found += page
    return found


def find(connection: Connection, username: str) -> LocalUser:
    """The user of that name, which is in normal form. Raises NoUser."""
    user = users.find(connection, username)
    if user is None:
        raise _unknown(connection, username)
    return user


def require_free(connection: Connection, username: str) -> None:
    """Raises NameTaken."""
    if users.find(connection, username) is not None:
        raise NameTaken(username)


def status(user: LocalUser, now: float) -> Status:
    """Of the account, whatever blocks there are."""
    if not user.enabled:
        return "disabled"
    return "expired" if user.expires_at is not None and user.expires_at <= now else "enabled"


def plain(user: LocalUser, now: float, zone: tzinfo | None) -> dict[str, Any]:
    """A user as programs read it: everything but the password, times as RFC 3339 has them.

    `expires` is the day that people read, in that zone, where the account ends with one; `expires_at` is the moment.
    """
    return {
        "username": user.username,
        "shown_as": user.spelled,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "groups": list(user.groups),
        "framed_ip_address": user.framed_ip_address or None,
        "sponsor_name": user.sponsor_name,
        "sponsor_email": user.sponsor_email,
        "sponsor_phone": user.sponsor_phone,
        "expires": None if user.expires_at is None else fields.expires_exactly(user.expires_at, zone),
        "expires_at": iso(user.expires_at),
        "description": user.description,
        "language": user.language,
        "reply": list(user.reply),
        "hours": list(user.hours),
        "clients": list(user.clients),
        "applications": list(user.applications),
        "must_change_password": user.must_change_password,
        "enabled": user.enabled,
        "status": status(user, now),
        "created_at": iso(user.created_at),
        "changed_at": iso(user.updated_at),
    }


def holders(connection: Connection, addresses: Iterable[str]) -> dict[str, str]:
    """The usernames of those who have one of these Framed-IP-Addresses, by address."""
    return users.holders(connection, addresses)


def add(connection: Connection, by: Administrator, directory: str, new: NewUser, now: float) -> LocalUser:
    """Raises NameTaken, AddressTaken."""
    try:
        user = users.add(connection, new, now)
    except users.NameTaken:
        raise NameTaken(new.username) from None
    except users.AddressTaken as taken:
        raise AddressTaken(new.framed_ip_address or "", taken.username) from None
    audit.insert(connection, audit_row(now, by, "user added", new.username, person=(directory, user.unique_id)))
    return user


def edit(
    connection: Connection, by: Administrator, directory: str, username: str, values: Mapping[str, Any], now: float
) -> LocalUser:
    """Sets the named fields of store.records.NewUser, groups as a whole. Raises NoUser, AddressTaken."""
    return _change(connection, by, directory, username, values, f"user changed: {', '.join(values)}", now)


def set_password(
    connection: Connection,
    by: Administrator,
    directory: str,
    username: str,
    password_hash: Secret,
    now: float,
    *,
    must_change: bool = False,
) -> LocalUser:
    """`must_change`: at the next sign-in, which it lets nobody end before. Raises NoUser."""
    values = {"password_hash": password_hash, "must_change_password": must_change}
    return _change(connection, by, directory, username, values, PASSWORD_SET[must_change], now)


def set_enabled(
    connection: Connection, by: Administrator, directory: str, username: str, now: float, *, enabled: bool
) -> LocalUser:
    """Lets the user sign in again, or no more. Raises NoUser."""
    what = "user enabled" if enabled else "user disabled"
    return _change(connection, by, directory, username, {"enabled": enabled}, what, now)


def rename(
    connection: Connection,
    by: Administrator,
    directory: str,
    username: str,
    new: str,
    now: float,
    *,
    shown_name: str = "",
) -> LocalUser:
    """The user under another name: blocks, stations and enrollments stay theirs. Raises NoUser, NameTaken.

    `shown_name` is how it is spelled for people. Where nothing else changes, the audit says that.

    The audit has a row for either name, so that whoever looks for one of them finds the other; by the new name it finds
    what they did by the old one too.
    """
    try:
        user = users.rename(connection, username, new, now, shown_name=shown_name)
    except users.NameTaken:
        raise NameTaken(new) from None
    if user is None:
        raise _unknown(connection, username)
    person = (directory, user.unique_id)
    if new == username:
        audit.insert(connection, audit_row(now, by, f"user shown as {user.spelled}", new, person=person))
        return user
    for name, what in ((username, f"user renamed to {new}"), (new, f"{audit.RENAMED_FROM}{username}")):
        audit.insert(connection, audit_row(now, by, what, name, person=person))
    return user


def remove(connection: Connection, by: Administrator, directory: str, username: str, now: float) -> LocalUser:
    """The user that is there no more; the audit keeps what they did. Raises NoUser."""
    user = find(connection, username)
    users.remove(connection, username)
    authenticators.remove_all_of(connection, directory, [user.unique_id])
    enrollments.forget(connection, directory, [user.unique_id])
    audit.insert(connection, audit_row(now, by, "user removed", username, person=(directory, user.unique_id)))
    return user


def _change(
    connection: Connection,
    by: Administrator,
    directory: str,
    username: str,
    values: Mapping[str, Any],
    what: str,
    now: float,
) -> LocalUser:
    if (ACCOUNT | PASSWORD) & values.keys() and (before := users.find(connection, username)) is not None:
        end_sign_ins(connection, directory, [(before, values)], now)
    try:
        user = users.change(connection, username, values, now)
    except users.AddressTaken as taken:
        raise AddressTaken(values["framed_ip_address"], taken.username) from None
    if user is None:
        raise _unknown(connection, username)
    audit.insert(connection, audit_row(now, by, what, username, person=(directory, user.unique_id)))
    return user


def end_sign_ins(
    connection: Connection, directory: str, changes: Iterable[tuple[LocalUser, Mapping[str, Any]]], now: float
) -> None:
    """Ends what was approved for users who may not sign in before the change or after it: letting them in revives none.

    And all that a password has opened which is another one now.
    """
    found: dict[Status, list[str]] = {"enabled": [], "disabled": [], "expired": []}
    for user, values in changes:
        account = {name: values[name] for name in ACCOUNT & values.keys()}
        for each in (user, dataclasses.replace(user, **account)) if account else ():
            found[status(each, now)].append(user.unique_id)
        if PASSWORD & values.keys():
            ending.after_new_password(connection, directory, user.unique_id, "", now)
    revoking.by_account(connection, directory, found["disabled"], "disabled", now)
    revoking.by_account(connection, directory, found["expired"], "expired", now)


def _unknown(connection: Connection, username: str) -> NoUser:
    from config.faults import nearest

    return NoUser(username, nearest(username, (user.username for user in everyone(connection))) or "")
