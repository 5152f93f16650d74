"""How messages leave: one file per `type:` of radius.yaml's mail_servers and sms_gateways.

A kind is made with (name, options, outbox): a carrier. `outbox` is the process's one `outbox.Outbox`, for the kinds
that keep messages instead of sending them; the others leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol, runtime_checkable

from msgspec import Struct

from config.kinds import Kinds
from radiusd.model.message import Mail, Sms

MAIL_KINDS = Kinds("type")
SMS_KINDS = Kinds("type")


class Fault(Enum):
    """Whose fault it is that a message was not taken."""

    CARRIER = "carrier"  # it can not be reached, or refuses whatever it is given
    RECIPIENT = "recipient"  # this address or number is refused for good: somebody else may be written to
    MESSAGE = "message"  # this message is refused for good


class NotTaken(Exception):
    """The carrier did not take the message. `cause` is for the administrator: no code, link, password or token in it.

    `certain` where it is sure that the message was not sent; else it may have been. Another carrier may be given the
    same content even then: both copies carry the same code or link, so that a second one does no harm, while a user
    who waits for a first one cannot sign in.

    `said` is what the server answered, shortened. It may repeat the recipient or the message: it is for `radiusd
    send-test`, which sends nothing secret, and goes into no log, audit or cause.
    """

    def __init__(self, cause: str, *, certain: bool = True, fault: Fault = Fault.CARRIER, said: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.certain = certain
        self.fault = fault
        self.said = said[:500]

    @property
    def final(self) -> bool:
        """Whether no other try of the same content can succeed with this carrier: it says nothing against the carrier."""
        return self.fault is not Fault.CARRIER


class Taken(Struct, frozen=True):
    """What a carrier that tells later what became of a message calls it: a name for each of its parts."""

    ids: tuple[str, ...]


class Receipt(Struct, frozen=True):
    """What became of a part of a message. `ids` are what Taken may have called it, likeliest first.

    `recipient` is the number as the carrier writes it. `state`: delivered, expired, deleted, undeliverable, rejected,
    skipped or unknown; `error` is the network's own code, "" for none.
    """

    ids: tuple[str, ...]
    recipient: str
    state: str
    error: str = ""


class Carrier(Protocol):
    """One mail server or SMS gateway.

    `send` may ask for the current task (time-outs do), unless the carrier declares itself `immediate`: then it may run
    outside of any until it first waits.
    """

    name: str
    immediate: bool

    async def send(self, content: Mail | Sms, deadline: float) -> Taken | None:
        """Returns once it took the message; `deadline` is of the loop's clock. Raises NotTaken, and nothing else.

        Where it does not wait, nothing is paid for waiting.
        """

    async def close(self) -> None:
        """Ends its connections, once what is being sent has left or failed. Nothing is sent any more then."""


@runtime_checkable
class Listening(Protocol):
    """A carrier that is told by its server what became of messages, and so stays connected."""

    def listen(self, told: Callable[[Receipt], None], connected: Callable[[str], None]) -> None:
        """From now on it hands on what it is told, in the loop. `connected` gets "" once it is, and else why it is not."""
