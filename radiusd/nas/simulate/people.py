"""Who sits before the NAS and beside it: whoever reads the messages, types and decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code that reached somebody by `way`, mail or SMS."""

    way: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A manager was asked so many seconds ago, and has not decided."""

    ago: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A manager approved so many seconds `ago`; `late` where the server knew of nobody who waits any more."""

    late: bool
    ago: float


class People(Protocol):
    """What people do about the sign-ins that are played, told apart by their station."""

    async def code(self, station: str) -> SentCode | None:
        """A code that was sent to this sign-in and was not given before; None where none is seen."""

    async def asked(self, station: str) -> Asked | None:
        """Whether somebody is asked about this sign-in, as far as can be seen."""

    async def approve(self, station: str) -> Decision | None:
        """Approves it in the manager's place; None where nothing is to be decided."""

    async def typed(self, nas: str, prompt: str) -> str | None:
        """What a person types; None where nobody sits there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: until a code is typed, until Enter is pressed where one need only wait, until a manager decides.

    `choice` is what is typed at the first menu, "" where somebody is asked.
    """

    types_after: float = 25.0
    enter_after: float = 2.0
    decides_after: float = 40.0
    choice: str = ""
