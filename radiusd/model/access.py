"""A login's request and what comes of it, without a word of RADIUS octets or HTTP."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct


class Offered(Enum):
    """The credential that came with the request. Only PAP's password can be judged by every directory.

    What is offered beside a password counts before it: a request that asks for more than PAP is none of PAP.
    """

    PAP = "pap"
    CHAP = "chap"
    MS_CHAP = "ms-chap"
    DIGEST = "digest"
    EAP = "eap"
    AUTHORIZE_ONLY = "authorize-only"
    UNREADABLE = "unreadable"  # more than one of what may come once, or a User-Password of a wrong size
    EMPTY = "empty"  # a User-Password of no octets, which answers a Challenge, and no State
    NOTHING = "nothing"


ROOM = 4058
"""Octets of all attributes of an Access-Accept but Message-Authenticator (RFC 2865 section 3, RFC 2869 section 5.14)."""


class AccessRequest(Struct, frozen=True, gc=False):
    """One step of a login as its front door read it.

    `name` is as typed; octets that are no UTF-8 are escaped. `station` is the user's device, "" where unknown.
    `nas` is how the NAS calls itself. `deadline` is of the loop's clock, `at` of the world's (seconds, UTC).
    """

    client: str
    application: str
    name: str
    password: str
    offered: Offered
    state: bytes | None
    station: str
    nas: str
    source: str
    at: float
    deadline: float
    # Equal for requests that are the same word for word, password and all; None where nothing is ever repeated.
    fingerprint: Hashable = None
    code: str = ""  # that was typed behind the password
    octets: bytes = b""  # as they came: copies of a request are equal in every one
    room: int = ROOM  # of the answer's attributes, less what proxies want back in it

    def __repr__(self) -> str:
        return f"AccessRequest(client={self.client!r}, name={self.name!r})"


class Reply:
    """Attributes of an Access-Accept by name, each with its values; and `encoded`, as the door sends them.

    Kept as long as settings and user stay the same, so that they are encoded once.
    """

    __slots__ = ("attributes", "encoded")

    def __init__(self, attributes: tuple[tuple[str, tuple[str, ...]], ...] = (), encoded: bytes = b"") -> None:
        self.attributes = attributes
        self.encoded = encoded


class Accept(Struct, frozen=True):
    """Made in login/progress alone. `proved` are the factors by name; () where an earlier Accept is given once more."""

    reply: Reply
    proved: tuple[str, ...] = ()


class Reject(Struct, frozen=True):
    """`text` is for the user and carries the reference `ref`; the reason is in the audit."""

    text: str
    ref: str


class Challenge(Struct, frozen=True):
    """Something is asked: `prompt` for the user, `state` for the NAS to return. `echo`: what is typed is no secret."""

    prompt: str
    state: bytes
    echo: bool = False


class Waiter(Protocol):
    """Who waits for what comes of a held request."""

    def done(self, result: Any) -> None:
        """It is known."""


class Held(Protocol):
    """A request that is kept open."""

    @property
    def prompt(self) -> str:
        """What is told to the user meanwhile, where it can be."""

    def wait(self, waiter: Waiter) -> None:
        """Tells the waiter once something came of it."""

    def gave_up(self) -> None:
        """Who asked listens no longer: it is over for them before its deadline."""

    def undelivered(self) -> None:
        """The Accept that was the answer did not arrive; the door has seen proof of that. Called once."""


class Hold(Struct, frozen=True):
    """Kept open until somebody decides, or the NAS is about to give up."""

    held: Held


class Silence(Struct, frozen=True):
    """No answer, to copies of the request neither: a newer request of the same login gets it."""


class Discard(Struct, frozen=True):
    """Silence, so that the NAS asks again or asks its next server."""

    reason: str


Outcome = Accept | Reject | Challenge | Hold | Silence | Discard
