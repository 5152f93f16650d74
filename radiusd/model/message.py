"""What is sent to somebody: a mail or an SMS, and how it is to be sent."""

from __future__ import annotations

from msgspec import Struct


class Mail(Struct, frozen=True):
    """`html` is sent beside the text, None for text alone."""

    recipient: str
    subject: str
    text: str
    html: str | None = None

    def __repr__(self) -> str:
        return "Mail(...)"


class Sms(Struct, frozen=True):
    """`recipient` is a number in E.164."""

    recipient: str
    text: str

    def __repr__(self) -> str:
        return "Sms(...)"


class PerHour(Struct, frozen=True):
    """How many links an hour go out because somebody named a user: to that user, and for one station and client (D4).

    From a station that the user has signed in from before, as many as `station` says, whatever else was sent.
    """

    user: int
    station: int
    client: int


class Message(Struct, frozen=True):
    """One message of a login. Its row is committed before it is sent; its content, which has a code or a link, never is.

    `kind` is code, approval, link, failure or information. `carriers` are names under mail_servers (for a Mail) or sms_gateways (for
    an Sms), in order of failover; one of them must have taken it `within` seconds. At most `most_per_hour` messages of
    its kind go to the user, or where `per_recipient` to one recipient about the user; 0: any number. `per_hour` limits those
    that anybody can have sent who knows a name.
    """

    kind: str
    profile: str
    carriers: tuple[str, ...]
    content: Mail | Sms
    within: float
    most_per_hour: int = 0
    per_recipient: bool = False
    per_hour: PerHour | None = None

    def __repr__(self) -> str:
        return f"Message(kind={self.kind!r}, profile={self.profile!r})"
