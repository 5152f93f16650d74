"""The methods: one file per `method:` of radius.yaml, its options in it; nothing else is edited to add one.

One with enrollment is a folder: `options`, `signing_in`, `enrolling`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol, TypeVar, runtime_checkable

from config.kinds import Kind, Kinds
from config.models.options import ProfileOptions
from config.models.security import PasswordRules
from radiusd.approval.failures import Failures
from radiusd.approval.late import LateNotice
from radiusd.directories import Directory
from radiusd.enrollment.authenticators import Authenticators
from radiusd.enrollment.destinations import Destinations
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Passed, Verdict, Waiting
from radiusd.rules.sealing import Sealing
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Store

KINDS = Kinds("method")
STEPS: dict[str, Callable[[Tools], Method]] = {}


@dataclass(frozen=True, slots=True)
class Tools:
    """What a method may call, and what it must know beside its own options.

    `keys` are for keyed digests of codes and links, the first for new ones; `sealing` is for what must be read back;
    `countries` are those that SMS may go to, empty for all.
    `mail` and `mobile` say where codes of a user can go, `authenticators` who has an app that makes them. `passwords` are the
    rules for new ones; `mail_servers` are all that there are, in order, for what is no profile's.
    """

    directories: Mapping[str, Directory]
    store: Store
    keys: tuple[bytes, ...]
    sealing: Sealing
    texts: Texts
    public_url: str
    phone_country: str
    countries: tuple[str, ...]
    time_zone: tzinfo
    titles: Titles
    mail: Destinations
    mobile: Destinations
    authenticators: Authenticators
    passwords: PasswordRules = field(default_factory=PasswordRules)
    mail_servers: tuple[str, ...] = ()


class Method(Protocol):
    """One way to prove who somebody is. Keeps nothing: the next packet may reach another node.

    What is called may ask for the current task (time-outs do): there is one, unless the method declares itself
    `immediate`. Then it may run outside of any until it first waits, which spares each sign-in a turn of the loop.

    `placement` says how an answer comes: `challenge`, `appended` to the password, `auto` for appended where the client
    can show no Challenge; `none` where the user is asked nothing. `code_length` is that of what is appended. `judges` is
    the kind of failure that a wrong answer is ("password", "code"), which limits count; "" where none is ever wrong.
    `judges_at_once`: what is typed is judged without a wait, so that no other answer is judged in between. `unasked`: the
    user has the code without being sent one, so that it may come behind the password at once; then `answer` judges it
    without anything in `memory`.
    """

    immediate: bool
    placement: str
    code_length: int
    judges: str
    judges_at_once: bool
    unasked: bool

    def recall(self, turn: Turn) -> Passed | None:
        """What `begin`, or `answer` of an `unasked` one, would say where memory has it that the answer is right; None: it must
        be judged. Nothing is waited for.
        """

    def lacks(self, entry: Entry) -> str:
        """What the user lacks for this method (an address, a number), "" where nothing (D7)."""

    async def begin(self, turn: Turn) -> Verdict:
        """The first step; `turn.answer` is the password that came with the request."""

    async def answer(self, turn: Turn) -> Verdict:
        """A further step: `turn.memory` is what the last verdict left, `turn.answer` what the user typed, or "".

        Of a login that waits it is asked again whenever something may have been decided.
        """

    async def remind(self, turn: Turn) -> Verdict:
        """What the user was asked for last, to whom signs in anew meanwhile, and what was decided by then.

        Nothing that was typed is judged. Whom the question went to may be reminded of it, once; `otherwise` is
        the same without the reminder.
        """

    async def again(self, turn: Turn) -> Verdict:
        """A message that the last verdict asked for was committed, and may not have left: another one in its place.

        The earlier one stays good, since it may have arrived.
        """

    async def refused(self, turn: Turn, cause: str) -> Verdict:
        """The last verdict's message was refused for good, its recipient or itself: somebody else in their place, or none."""


@runtime_checkable
class AsksUnproved(Protocol):
    """A method that has somebody asked before anything was proved, and shows no difference for a name that nobody has."""

    def of_nobody(self) -> Pretended | None:
        """What takes its place for such a name; None where something is proved before (D4)."""


@runtime_checkable
class TellsOfFailures(Protocol):
    """A method that has somebody told of sign-ins that failed."""

    failures: Failures | None
    """None: nobody is."""


@runtime_checkable
class TellsOfLate(Protocol):
    """A method whose users are told of an approval that came when nobody waited any more."""

    late: LateNotice | None
    """None: nobody is."""


class Pretended(Method, Protocol):
    """Does what the method does whose place it takes, as far as it can be seen, and never passes."""

    def because(self, reason: str) -> Method:
        """The same; the audit tells that reason."""

    def since(self, turn: Turn, began: float) -> Waiting:
        """The wait that began then, seconds since the epoch."""


class Unasked(Method, Protocol):
    """A method whose user has the code without being sent one."""

    def behind(self, entry: Entry, password: str) -> tuple[str, str] | None:
        """Password and code of what was typed as one; None where there is no code behind it."""


Made = TypeVar("Made", bound=type)


def method(name: str, options: type[ProfileOptions]) -> Callable[[Made], Made]:
    """Class decorator: declares a `method:` with the model of its options; the class is made with (options, tools)."""

    def add(cls: Made) -> Made:
        KINDS.add(Kind(name, options, cls))
        return cls

    return add


def step(name: str) -> Callable[[Made], Made]:
    """Class decorator: declares a step that is no profile of radius.yaml, and that a verdict may add to a login by that
    name (`Passed.then`). The class is a Method, made with the tools alone; it is in the plan of every user.
    """

    def add(cls: Made) -> Made:
        KINDS.reserved.add(name)
        STEPS[name] = cls
        return cls

    return add


def planned(name: str, options: type[ProfileOptions]) -> None:
    """Declares a `method:` that radius.yaml may name but that is not active yet: its profiles let nobody in."""
    KINDS.add(Kind(name, options))
