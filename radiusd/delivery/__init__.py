"""How messages leave: one file per `type:` of radius.yaml's mail_servers and sms_gateways.

A kind is made with (name, options): a carrier.
"""

from __future__ import annotations

from typing import Protocol

from config.kinds import Kinds
from radiusd.model.message import Mail, Sms

MAIL_KINDS = Kinds("type")
SMS_KINDS = Kinds("type")


class NotTaken(Exception):
    """The carrier did not take the message. `cause` is for the administrator: no code, link, password or token in it.

    `certain` where it is sure that the message was not sent; else it may have been, and must not be sent by another
    carrier with the same content unless that does no harm. `final` where no other try of the same content can succeed
    with this carrier (the recipient is refused).
    """

    def __init__(self, cause: str, *, certain: bool = True, final: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.certain = certain
        self.final = final


class Carrier(Protocol):
    """One mail server or SMS gateway."""

    name: str

    async def send(self, content: Mail | Sms, deadline: float) -> None:
        """Returns once it took the message; `deadline` is of the loop's clock. Raises NotTaken, and nothing else."""

    def down(self) -> str | None:
        """Why its last message was not taken, None where it was."""

    async def close(self) -> None:
        """Ends its connections."""
