"""What goes over the wire and the other ways of a walk: requests, answers, messages and clicks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.walks.history import Change, Key

GRACE = 0.6  # seconds within which a server has read what a notice of another process tells of
ANSWERED_WITHIN = 8.0  # seconds after it left in which a copy of a request is answered, held or not
PATIENCE = 5.0  # seconds after it was sent in which a request is judged, at most, or its message made
OUTAGE = "not possible at the moment"
WAITS = "Press Enter to check"
APP = "authenticator app shows"
MENU = "How do you want to sign in?"
WHERE = "Where should the code go?"
FRESH = "earlier ones no longer work"
NEW, ONCE_MORE = "New password:", "The new password once more:"
CODES = ("mailed", "by-sms")
LINKS = ("approved", "linked")  # what somebody decides
ACCEPT, REJECT, CHALLENGE = "Access-Accept", "Access-Reject", "Access-Challenge"


class Answer(NamedTuple):
    """Of that node. `asked`: when the copy left that it is for, at the earliest. `same_port`: that of the first one, or one
    that an Accept went to: a copy from there may get it once more.
    """

    at: float
    code: str
    text: str
    node: str
    asked: float
    same_port: bool


@dataclass(eq=False)
class Request:
    """One Access-Request: `code` is what was typed behind the password, or as the answer to `challenge`.

    `user` is who is meant; how the name was spelled makes no difference (D21).
    """

    user: str
    client: str
    station: str
    password: str
    code: str
    challenge: Challenge | None
    state: bytes | None
    number: int = 0
    typed: str = ""
    octets: bytes = b""
    sent: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    makes: list[Change[Any]] = field(default_factory=list)  # what it changes, if it is taken
    accepted: list[float] = field(default_factory=list)  # when, each time that something was proved for it
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def chain(self) -> Iterator[Request]:
        """This request, the one that got the Challenge that it answers, and so on."""
        each: Request | None = self
        while each is not None:
            yield each
            each = None if each.challenge is None else each.challenge.to

    @property
    def new_password(self) -> str:
        """That it asks for, typed twice; "" for none."""
        asked = self.challenge
        is_second = asked is not None and asked.is_once_more and asked.to.code == self.code
        return self.code if is_second else ""

    @property
    def before_the_new(self) -> Request:
        """The one with which all was proved, where a new password came after it; else itself."""
        each = self
        while each.challenge is not None and each.challenge.factor == "new-password":
            each = each.challenge.to
        return each

    @property
    def root(self) -> Request:
        return list(self.chain)[-1]

    @property
    def key(self) -> Key:
        """Of the login that it is about: not every NAS repeats the station with an answer."""
        return Key(self.root.user, self.root.client, self.root.station)

    def was_open(self, at: float) -> bool:
        """Whether a copy of it may have been under way in the server then."""
        copies = [sent for sent in self.sent if sent <= at < sent + PATIENCE]
        return len(copies) > sum(bool(copies) and copies[0] <= answer.at < at - 0.05 for answer in self.answers)

    def __str__(self) -> str:
        what = f"password {self.password}{self.code}" if self.state is None else f"answer {self.code!r}"
        return f"#{self.number} {self.typed or self.user} from {self.station or '-'} at {self.client}: {what}"


@dataclass(eq=False)
class Challenge:
    """An Access-Challenge. `factor` is what it asks for."""

    state: bytes
    to: Request
    at: float
    text: str

    @property
    def factor(self) -> str:
        if NEW in self.text or ONCE_MORE in self.text:
            return "new-password"
        if MENU in self.text:
            return "menu"
        if WHERE in self.text:
            return "where"
        if APP in self.text:
            return "app"
        for factor in CODES:
            if f"{factor}:" in self.text:
                return factor
        if WAITS in self.text or self.to.challenge is None:
            return "approved"
        return self.to.challenge.factor

    @property
    def offered(self) -> list[str]:
        """The profiles of a menu, in the order of their numbers."""
        return re.findall(r"\d: ([\w-]+)", self.text) if MENU in self.text else []

    @property
    def is_once_more(self) -> bool:
        """Whether a new password is asked for a second time."""
        return ONCE_MORE in self.text

    @property
    def waits(self) -> bool:
        """Whether somebody else must decide."""
        return WAITS in self.text and not any(f"{factor}:" in self.text for factor in CODES)


@dataclass(eq=False)
class Sent:
    """A message: `secret` is its code, or the token of its link. `passwords` are those of the requests it was sent for."""

    factor: str
    key: Key
    recipient: str
    secret: str
    at: float
    passwords: set[str] = field(default_factory=set)
    outcome: str = ""  # taken, failed, or not known
    used: Request | None = None

    def __str__(self) -> str:
        return f"{self.factor} {self.secret[:8]} for {'/'.join(self.key)}"


@dataclass(eq=False)
class Shown:
    """A code of an app that was typed and let in: that of a user's `step`; or a `recovery` code in its place."""

    user: str
    step: int
    typed: float
    recovery: str = ""
    used: Request | None = None


@dataclass(eq=False)
class Click:
    """A decision; `counted` None where it is not known whether it was taken."""

    link: Sent
    approve: bool
    begin: float
    end: float = 0.0
    counted: bool | None = None
    used: Request | None = None


class Unproved(AssertionError):
    """The server did what it must not do."""
