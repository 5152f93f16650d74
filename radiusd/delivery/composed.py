"""A mail as octets (RFC 5322, 2045, 2047, 6532).

The headers with somebody's words in them are written here: up to Python 3.12 the `email` package loses blanks between
encoded words when it folds a line, and takes what looks like an encoded word in a text for one.
"""

from __future__ import annotations

import time
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, quote

from radiusd.model.message import Mail

LINE = 76  # characters of a line with an encoded word (RFC 2047 section 2)
EIGHT_BIT = SMTP.clone(cte_type="8bit")
SEVEN_BIT = SMTP.clone(cte_type="7bit")


def composed(mail: Mail, *, to: str, sender: str, sender_name: str, eight_bit: bool) -> bytes:
    """The mail, from and to mailboxes. Its lines are ASCII unless `eight_bit`, or an address in it is not."""
    body = EmailMessage(policy=EIGHT_BIT if eight_bit else SEVEN_BIT)
    body.set_content(_text(mail.text))
    if mail.html is not None:
        body.add_alternative(_text(mail.html), subtype="html")
    headers = (
        ("From", _named(sender_name, sender)),
        ("To", to),
        ("Subject", _words(mail.subject, len("Subject: "))),
        ("Date", formatdate(time.time(), localtime=True)),
        ("Message-ID", make_msgid(domain=sender.partition("@")[2])),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: nobody's absence is told in answer
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),  # the same for Exchange; but bounces are wanted
    )
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + body.as_bytes()


def _named(name: str, address: str) -> str:
    shown = _words(name, len("From: ") + 2)
    if not shown:
        return address
    phrase = f'"{quote(shown)}"' if shown == _line(name) else shown
    return (
        f"{phrase}\r\n <{address}>" if len(phrase) + len(address) > LINE - len("From:  <>") else f"{phrase} <{address}>"
    )


def _words(text: str, before: int) -> str:
    """The text for a header in whose line so many characters stand before it: as it is, or as encoded words."""
    text = _line(text)
    if text.isascii() and before + len(text) <= LINE and "=?" not in text:
        return text
    return Header(text, "utf-8", maxlinelen=LINE, header_name=" " * (before - 2)).encode(linesep="\r\n")


def _line(text: str) -> str:
    """One line, without control characters: nothing that is put in can add a header."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _text(text: str) -> str:
    """What UTF-8 can say, without control characters but for lines and tabs."""
    text = "".join(letter for letter in text if letter >= " " or letter in "\t\r\n")
    return text.encode("utf-8", "replace").decode("utf-8")
