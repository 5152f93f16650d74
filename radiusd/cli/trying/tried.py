"""What came of trying one thing, and what to check where it failed."""

from __future__ import annotations

from typing import NamedTuple

LOOK_UP_SECONDS = 15.0  # that a directory has to answer

Advice = tuple[tuple[str, str], ...]  # what to check, by a part of the cause: the first that fits

_TRUST = (
    ("ca_file", "Is ca_file the name of a PEM file that the user of radiusd may read?"),
    ("certificate", "Has radius.yaml the name that the certificate has? Is its authority in ca_file, else among this machine's?"),
)  # fmt: skip
_NETWORK = (
    ("name is not known", "Is the name spelled right, and does the DNS of this machine know it?"),
    ("connection refused", "Is the port right, and does the server run?"),
    ("in time", "Does a firewall stand between? Is the port right? A port for TLS from the start says nothing to others."),
)  # fmt: skip
MAIL: Advice = (
    *_TRUST,
    ("STARTTLS", "The server offers no STARTTLS at this port. With `encryption: tls` the port is mostly 465."),
    ("TLS", "Do port and encryption fit? With `encryption: tls` the port is mostly 465, with starttls 587."),
    ("SMTP at this port", "Is this the port of a mail server? With port 465 encryption is tls."),
    ("authentication by", "PLAIN and LOGIN are safe behind TLS, which radiusd asks for before it sends a password."),
    ("authentication", "Does the server want a password at this port, and with this encryption?"),
    ("username and password", "Are they right? Many services want a password made for programs."),
    ("sender", "May this username send as from_address?"),
    ("recipient", "Is the address right? May radiusd send to other domains by this server (relaying)?"),
    ("message", "Its own words and its log say why: most often it is taken for spam."),
    *_NETWORK,
    ("answered", "What the server says above tells why: mostly it does not know this machine. May it send by this server?"),
)  # fmt: skip
SMS: Advice = (
    *_TRUST,
    ("TLS", "Does the gateway speak TLS at this port? Without it `url` begins with http:."),
    ("recipient", "Is the number right, with its country code?"),
    *_NETWORK,
    ("without the text", "Does success.body_contains fit what the gateway says?"),
    ("answered", "What the gateway says above tells what it misses in url, headers or body."),
)
SMPP: Advice = (
    *_TRUST,
    ("TLS", "Does the gateway speak TLS at this port? Without it `tls` is false."),
    ("SMPP at this port", "Is this the gateway's port for SMPP, and does `tls` fit it?"),
    ("already", "How many connections at once does the provider allow? A running radiusd has one, each node its own."),
    ("system_id and password", "Are they right, and does the provider let this machine's address in?"),
    ("system_type", "What does the provider want there?"),
    ("source_address", "Which senders has the provider registered? A name of letters mostly needs their consent."),
    ("source_", "What does the provider want there?"),
    ("destination_", "What does the provider want there?"),
    ("recipient", "Is the number right, with its country code? Does the provider want another `number_format`?"),
    ("per_second", "Is `per_second` less than what is sent?"),
    ("this speed", "How many a second does the provider take? Write it in `per_second`."),
    ("queue full", "The provider knows why it takes no more; or write fewer in `per_second`."),
    *_NETWORK,
    ("ended the connection", "Does the provider let this machine's address in? Is `tls` as that port wants it?"),
    ("answered", "The provider's manual says what this status means there."),
)
TAKEN = {
    "mail_servers": "It is for that server now to deliver it; the mail may also be found among the unwanted ones.",
    "sms_gateways": "It is for that gateway now to deliver it; its own log or page says what came of it.",
}


def advice_for(cause: str, among: Advice) -> str:
    """What to check then, "" where nothing fits."""
    return next((advice for part, advice in among if part in cause), "")


class Tried(NamedTuple):
    """One thing that was tried. `cause` says why it failed, "" where it did not; `advice` what to do then.

    `note` is more about what did not fail.
    """

    what: str
    cause: str = ""
    advice: str = ""
    note: str = ""
