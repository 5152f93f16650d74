"""A mail as octets (RFC 5322, 2045, 2046, 2047, 6532).

It is written here: up to Python 3.12 the `email` package loses blanks between encoded words when it folds a line, takes
what looks like an encoded word in a text for one, and needs ten times as long.
"""

from __future__ import annotations

import re
import time
from base64 import encodebytes
from email.header import Header
from email.utils import formatdate, make_msgid, quote

from radiusd.model.message import Mail
from radiusd.rules import chance

LINE = 76  # characters of a line with an encoded word (RFC 2047 section 2)
LONGEST_LINE = 998  # octets (RFC 5322 section 2.1.1)
ENDS = re.compile(r"\r\n?|\n")
# What no text has: UTF-8 can not say a half of a pair, and control characters but for lines and tabs mean nothing.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def composed(mail: Mail, *, to: str, sender: str, sender_name: str, eight_bit: bool) -> bytes:
    """The mail, from and to mailboxes. Its lines are ASCII unless `eight_bit`, or an address in it is not.

    With HTML the text comes first: the last part that a program can show is the one that it shows (RFC 2046 section 5.1.4).
    """
    headers = (
        ("From", _named(sender_name, sender)),
        ("To", to),
        ("Subject", _words(mail.subject, len("Subject: "))),
        ("Date", formatdate(time.time(), localtime=True)),
        ("Message-ID", make_msgid(domain=sender.partition("@")[2])),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: nobody's absence is told in answer
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),  # the same for Exchange; but bounces are wanted
        ("MIME-Version", "1.0"),
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode()
    text = _part("plain", mail.text, eight_bit=eight_bit)
    if mail.html is None:
        return head + text
    boundary = b"=_" + chance.hexadecimal(16).encode()  # which no part has: neither does any text of base64
    html = _part("html", mail.html, eight_bit=eight_bit)
    head += b'Content-Type: multipart/alternative;\r\n boundary="%s"\r\n\r\n' % boundary
    return head + b"--%s\r\n%s\r\n--%s\r\n%s\r\n--%s--\r\n" % (boundary, text, boundary, html, boundary)


def _part(kind: str, text: str, *, eight_bit: bool) -> bytes:
    """Content and its headers (RFC 2045 section 6)."""
    said = ENDS.sub("\r\n", CONTROLS.sub("", text))
    octets = (said if said.endswith("\r\n") else f"{said}\r\n").encode("utf-8", "replace")
    if max(map(len, octets.split(b"\r\n"))) > LONGEST_LINE or not (eight_bit or octets.isascii()):
        encoding, octets = b"base64", encodebytes(octets).replace(b"\n", b"\r\n")
    else:
        encoding = b"7bit" if octets.isascii() else b"8bit"
    kinds = b'Content-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: %s\r\n\r\n'
    return kinds % (kind.encode(), encoding) + octets


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
