"""Which users of the database are meant: looked for in a list, or chosen for one change of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from radiusd.administration.faults import Invalid
from radiusd.administration.users import Status, everyone, status

if TYPE_CHECKING:
    from store import Connection
    from store.records import LocalUser

CONTRADICTION = "groups, a list of names, and all users: each is another choice; give one of them alone"


class Choice(NamedTuple):
    """Whom a change is for. `groups`, `named` and `every` each choose users, and exclude each other.

    `missing_from` and `without_password` leave fewer of them, or of all. `missing_from` are the usernames of a list, in
    which those who are chosen are not; None: there is no such list.
    """

    groups: Sequence[str] = ()
    named: Sequence[str] = ()
    every: bool = False
    missing_from: Sequence[str] | None = None
    without_password: bool = False


class Sought(NamedTuple):
    """Whom a list is to show: everybody for whom all holds that is given. `text` is part of a name, address or number.

    `ending`: enabled users whose account ends within so many seconds; they come in the order of their ends.
    """

    text: str = ""
    group: str = ""
    status: Status | None = None
    missing_from: Sequence[str] | None = None
    without_password: bool = False
    ending: float | None = None


def found(connection: Connection, sought: Sought, now: float) -> list[LocalUser]:
    """By username, or by the end of the account. Raises Invalid where nobody is in that group."""
    users = everyone(connection)
    if sought.group:
        _require(users, groups=[sought.group])
    text = sought.text.strip().casefold()
    listed = [
        user
        for user in _left(users, sought.missing_from, without_password=sought.without_password)
        if (not text or any(text in field.casefold() for field in _searched(user)))
        and (not sought.group or sought.group in user.groups)
        and (sought.status is None or status(user, now) == sought.status)
        and (sought.ending is None or _ends(user, now, now + sought.ending))
    ]
    return listed if sought.ending is None else sorted(listed, key=lambda user: user.expires_at or 0.0)


def chosen(connection: Connection, choice: Choice) -> list[LocalUser]:
    """By username. Raises Invalid where a name or the group is nobody's, or the choice contradicts itself."""
    if sum(map(bool, (choice.groups, choice.named, choice.every))) > 1:
        raise Invalid(CONTRADICTION)
    users = everyone(connection)
    _require(users, groups=choice.groups, names=choice.named)
    wanted = set(choice.named)
    meant = [
        user
        for user in users
        if (not choice.groups or not set(choice.groups).isdisjoint(user.groups))
        and (not wanted or user.username in wanted)
    ]
    return _left(meant, choice.missing_from, without_password=choice.without_password)


def _left(users: Sequence[LocalUser], missing_from: Sequence[str] | None, *, without_password: bool) -> list[LocalUser]:
    if missing_from is not None and users and not {user.username for user in users} & set(missing_from):
        raise Invalid("the list has none of these users: every one of them would be missing; is it the right file?")
    there = set(missing_from or ())
    return [
        user for user in users if user.username not in there and (not without_password or user.password_hash is None)
    ]


def _ends(user: LocalUser, now: float, until: float) -> bool:
    return user.enabled and user.expires_at is not None and now < user.expires_at <= until


def _searched(user: LocalUser) -> tuple[str, ...]:
    name = f"{user.first_name} {user.last_name}"
    return (user.username, user.shown_name, name, user.email, user.phone, user.description)


def _require(users: Sequence[LocalUser], *, groups: Sequence[str] = (), names: Sequence[str] = ()) -> None:
    """Raises Invalid for each group and name that nobody has."""
    from config.faults import nearest

    known = {name for user in users for name in user.groups}
    there = {user.username for user in users}
    sentences = []
    for kind, given, real in (("group", groups, known), ("user", names, there)):
        for name in given:
            if name not in real:
                near = nearest(name, real)
                sentences.append(f"there is no {kind} {name}" + (f"; did you mean {near}?" if near else ""))
    if sentences:
        raise Invalid(*sentences)
