"""What may have been true at some time between two moments, and of whom and what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

Value = TypeVar("Value")


class Key(NamedTuple):
    """What makes requests one login (D3)."""

    user: str
    client: str
    station: str


class Rules(Protocol):
    """A configuration, as far as it says what is to be proved."""

    def ways(self, client: str) -> dict[str, tuple[str, ...]]: ...

    def is_asked(self, client: str) -> bool: ...

    def limit(self, factor: str, name: str) -> float: ...

    def hold(self, client: str) -> float: ...

    @property
    def passwords_judged(self) -> int | None: ...

    @property
    def blocked_for(self) -> float: ...


@dataclass(eq=False)
class Change(Generic[Value]):
    """Of something that others change. It may be seen from `begin` on and is by everybody from `end` on."""

    value: Value
    begin: float
    end: float | None = None  # None as long as it is not known whether it was made


class History(Generic[Value]):
    """What something was, and when."""

    def __init__(self, value: Value, at: float) -> None:
        self._changes = [Change(value, at, at)]

    @property
    def last(self) -> Value:
        return self._changes[-1].value

    def changes(self, since: float, until: float) -> int:
        """How often it may have been changed between."""
        return sum(
            change.begin <= until and (change.end is None or change.end >= since) for change in self._changes[1:]
        )

    def begin(self, value: Value, at: float) -> Change[Value]:
        self._changes.append(Change(value, at))
        return self._changes[-1]

    def undo(self, change: Change[Value]) -> None:
        """It was not made, for sure."""
        self._changes.remove(change)

    def possible(self, since: float, until: float) -> list[Value]:
        """Everything that it may have been at some time between."""
        found = []
        over = False
        for change in reversed(self._changes):
            if change.begin <= until and not over:
                found.append(change.value)
                over = change.end is not None and change.end <= since
        return found


@dataclass
class Person:
    """A user, and what is known of them."""

    name: str
    addresses: Mapping[str, str]  # by factor
    password: History[str]
    enabled: History[bool]
    blocked: History[bool]
    due: History[bool]  # whether the password must be changed
    app: History[bool]  # whether their authenticator app counts
    work_mail: History[bool]  # whether that address, enrolled beside the directory's, is theirs
    work_phone: History[bool]
