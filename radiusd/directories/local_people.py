"""The local users in memory, as far as they were asked for, and names that nobody has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import TypeVar

from config.secret import Secret
from radiusd.model.entry import Entry, Limits
from radiusd.rules import hours
from store.records import LocalUser

PEOPLE_KEPT = 50_000  # beyond, the oldest are read again
NOBODY_KEPT = 10_000  # names that nobody has: bounded, since anybody can make them up
NOBODY_SECONDS = 5.0

T = TypeVar("T")


class Person:
    """A user in memory. `right` is the digest of the password that was last verified, worth nothing after `until`.

    There is one right password for a stored hash, so one digest is the whole password cache of a user, and it goes
    when the user does.
    """

    __slots__ = ("entry", "right", "stored", "until")

    def __init__(self, entry: Entry, stored: Secret | None) -> None:
        self.entry = entry
        self.stored = stored
        self.right = b""
        self.until = 0.0


class People:
    """By their names in normal form. `changes` counts the notices: what was read before one may be of before it."""

    def __init__(self, directory: str, clock: Callable[[], float]) -> None:
        """`clock` is the loop's."""
        self.changes = 0
        self._directory = directory
        self._clock = clock
        self._people: dict[str, Person] = {}
        self._nobody: dict[str, float] = {}
        self._rehashed: dict[str, Person] = {}

    def get(self, name: str) -> Person | None:
        """Who is known by that name."""
        return self._people.get(name)

    def has_nobody(self, name: str) -> bool:
        """Whether nobody had that name a moment ago."""
        return self._nobody.get(name, 0.0) > self._clock()

    def met(self, name: str, record: LocalUser | None, *, keep: bool) -> Person | None:
        """Who was read of the table; the one in memory where nothing has changed. `keep`: it may be remembered."""
        if record is None:
            if keep:
                self._people.pop(name, None)
                _put(self._nobody, name, self._clock() + NOBODY_SECONDS, NOBODY_KEPT)
            return None
        person = Person(entry_of(self._directory, record), record.password_hash)
        for known in (self._people.get(name), self._rehashed.pop(name, None)):
            if known is not None and known.entry == person.entry and known.stored == person.stored:
                person = known
        if keep:
            self._nobody.pop(name, None)
            _put(self._people, name, person, PEOPLE_KEPT)
        return person

    def rehashed(self, person: Person) -> None:
        """Whoever reads the changed row of that user meets this one."""
        _put(self._rehashed, person.entry.username, person, NOBODY_KEPT)

    def not_rehashed(self, name: str) -> None:
        """The row was not changed after all."""
        self._rehashed.pop(name, None)

    def changed(self, name: str) -> None:
        """A notice: that user changed, or any where the name is ""."""
        self.changes += 1
        if name:
            self._people.pop(name, None)
            self._nobody.pop(name, None)
        else:
            self._people.clear()
            self._nobody.clear()


def entry_of(directory: str, user: LocalUser) -> Entry:
    """The user as the engine and the policies see them: attributes by the names of features.md D20."""
    attributes = {
        "username": user.username,
        "email": user.email,
        "mobile": user.phone,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "description": user.description,
        "sponsor_name": user.sponsor_name,
        "sponsor_email": user.sponsor_email,
        "sponsor_phone": user.sponsor_phone,
    }
    return Entry(
        directory=directory,
        unique_id=user.unique_id,
        username=user.username,
        display_name=f"{user.first_name} {user.last_name}".strip() or user.spelled,
        mail=user.email,
        mobile=user.phone,
        language=user.language,
        framed_ip_address=IPv4Address(user.framed_ip_address) if user.framed_ip_address else None,
        enabled=user.enabled,
        expires_at=user.expires_at,
        reply=attributes_of(user.reply),
        limits=_limits(user),
        spelled=user.shown_name,
        must_change=user.must_change_password,
        credential="" if user.password_changed_at is None else repr(user.password_changed_at),
        attributes={name: (value,) for name, value in attributes.items() if value} | {"group_name": user.groups},
    )


def attributes_of(reply: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names and values of what the table has as `Name=value`, in its order."""
    found: dict[str, tuple[str, ...]] = {}
    for each in reply:
        name, _equals, value = each.partition("=")
        found[name] = (*found.get(name, ()), value)
    return tuple(found.items())


def _limits(user: LocalUser) -> Limits | None:
    if not (user.hours or user.clients or user.applications):
        return None
    return Limits(hours.week(user.hours), frozenset(user.clients), frozenset(user.applications))


def _put(kept: dict[str, T], name: str, value: T, most: int) -> None:
    if len(kept) >= most and name not in kept:
        del kept[next(iter(kept))]
    kept[name] = value
