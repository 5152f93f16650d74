"""How each kind is enrolled by whom somebody let in: one step object per kind, as methods prove a sign-in.

A step keeps nothing: what it must remember is `memory`, a text of its own. It writes nothing itself either: what it says goes
into one transaction, and its message is sent after that.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from msgspec import Struct

from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.model.verdict import Write


class Asks(Struct, frozen=True):
    """What is asked for now: `what` names it (mail, mobile: the value itself; code: what was sent to `hidden`).

    `told` is what came of the last answer, by name, "" for nothing; `values` are what that sentence names. `picture` is SVG
    to be shown with it, `text` what to type where it can not be read. `last`: nothing else can be chosen any more.
    """

    what: str
    hidden: str = ""
    told: str = ""
    values: dict[str, str] = {}
    again: bool = False  # another one can be sent, or another value be typed
    picture: str = ""
    text: str = ""
    last: bool = False


class Taken(NamedTuple):
    """What comes of an answer: what is remembered, sent and written. `enrolled` is what was enrolled, in words for others, ""
    where it is not yet. `unsent` is remembered in place of `memory` where no carrier takes the message, `too_many` where as
    many were sent as an hour allows. `value` is the address or number that was enrolled, which is not written to of itself.
    For `lasts` seconds more the link is good: 0.0: it is used; None: for as long as before.
    """

    memory: str
    message: Message | None = None
    writes: tuple[Write, ...] = ()
    enrolled: str = ""
    unsent: str = ""
    too_many: str = ""
    value: str = ""
    lasts: float | None = None


class Step(Protocol):
    """One kind of enrollment."""

    @property
    def kind(self) -> str:
        """Its name."""

    def is_possible(self) -> bool:
        """Whether radius.yaml has what it takes."""

    def asks(self, entry: Entry, memory: str, at: float) -> Asks:
        """What is shown. Changes nothing."""

    async def take(self, entry: Entry, memory: str, typed: str, at: float, by: str) -> Taken:
        """What was typed, "" for a wish to begin anew. `by` let the user in. Raises store.Unavailable."""

    async def again(self, entry: Entry, memory: str, at: float, by: str) -> Taken:
        """Another message, or picture, in place of the last one is wished for. Raises as `take`."""
