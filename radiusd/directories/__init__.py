"""Where users are looked up and passwords judged: one file per `type:` of radius.yaml's directories."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from config.kinds import Kind, Kinds
from config.models.options import DirectoryOptions
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Lock

KINDS = Kinds("type")


class Right(NamedTuple):
    """The password is the user's. `cached` where it was not hashed again; it is remembered `until` (the loop's clock)."""

    cached: bool = False
    until: float = 0.0


class Wrong(NamedTuple):
    """The password is not the user's, or the directory refuses the user. `counted`: it is an attempt that blocking counts."""

    reason: str
    counted: bool = True


class MustChange(NamedTuple):
    """The password is the user's, for sure, and lets them in no more: another one is to be set now. `reason` says why.

    `grace`: where they can not be asked for one, it lets them in all the same for now.
    """

    reason: str
    grace: bool = False


class Changed(NamedTuple):
    """The user has the new password."""


class Unfit(NamedTuple):
    """The directory does not take the new password. `rules` are what it asks of one, each the key of a text and its number.

    `told` are the server's own words, for the audit.
    """

    rules: tuple[tuple[str, int], ...]
    told: str


class Down(NamedTuple):
    """The directory could not be asked. `cause` carries no secret. `overload`: no time was left to judge."""

    component: str
    cause: str
    overload: bool = False


class Missing(NamedTuple):
    """Somebody is named whom this directory will never show, however often it is asked. `reason` says why."""

    reason: str


class Directory(Protocol):
    """A source of users. `find` and `check` do not suspend where memory has the answer.

    What is called may ask for the current task (time-outs do), unless the directory declares itself `immediate`: then it
    may run outside of any until it first waits.
    """

    name: str
    immediate: bool
    remembers: bool  # `find` answers from memory, which follows every change at once
    locks_out: bool  # it has a rule by which wrong passwords lock an account
    wants_old: bool  # `change` needs the old password as it was typed

    def normal(self, typed: str) -> str | None:
        """The user name in normal form (D21), None where it cannot be one of this directory's."""

    async def find(self, typed: str, deadline: float) -> Entry | Down | None:
        """The entry of a name as it was typed; None where there is none. `deadline` is of the loop's clock."""

    async def check(
        self, entry: Entry, password: str, station: str, deadline: float
    ) -> Right | Wrong | Down | MustChange:
        """Judges the password. Enabled and expiry are judged by the engine, before.

        MustChange where it can be changed here; Wrong where it must be changed elsewhere.
        """

    async def change(self, entry: Entry, old: str, new: str, deadline: float) -> Changed | Unfit | Wrong | Down:
        """Gives the user another password in the place of the old one, which was right a moment ago.

        Wrong where that is the user's no more, or the directory lets nobody change it.
        """

    async def refusal(self, entry: Entry, at: float, deadline: float) -> str | MustChange | Down:
        """Why a right password would not do at that time (seconds since the epoch), as far as it shows; "" where it would.

        MustChange as `check` says it.
        """

    async def lock(self, entry: Entry, deadline: float, *, fresh: bool) -> Lock | None:
        """That rule, and what was counted of the user by when the entry was found; `fresh`: by now. None: none applies."""

    def recalls(self, entry: Entry, password: str) -> Right | None:
        """Where memory has it that the password is right, what `check` would say; None: `check` must be asked."""

    async def manager(self, entry: Entry, deadline: float) -> Entry | Missing | Down | None:
        """Who answers for the user: the manager, or the sponsor of a local user; None where nobody is named."""

    async def pretend(self, name: str, password: str, station: str, deadline: float) -> Down | None:
        """Takes the course that `check` takes, for a name that no directory has; Down where `check` would be overloaded."""

    def everyone(self, page: int) -> AsyncIterator[Sequence[Entry] | Down]:
        """All users, so many at once, in no order; Down where it could not go on. For administrators: it may take minutes."""

    def holds(self, entry: Entry) -> bool:
        """Whether memory has this very entry still, and may be trusted: nothing of the user changed since `find` gave it."""

    def down(self) -> Down | None:
        """Why it can not be asked at the moment, None where it can."""

    def down_since(self) -> float | None:
        """Since when (the loop's clock) it can not be asked."""

    async def start(self) -> None:
        """Begins to keep connections and to watch its servers. Does not fail where they are down."""

    async def close(self) -> None:
        """Ends connections and watching."""


Made = TypeVar("Made", bound=type)


def directory(name: str, options: type[DirectoryOptions]) -> Callable[[Made], Made]:
    """Class decorator: declares a `type:` of directories with the model of its options.

    The class is made with (name, options, wanted): the attributes that rules ask for. That of the database's users alone
    has more.
    """

    def add(cls: Made) -> Made:
        KINDS.add(Kind(name, options, cls))
        return cls

    return add
