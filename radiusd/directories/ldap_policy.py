"""What a server tells of a password beside whether it is right: slapd's ppolicy, 389DS, OpenDJ.

Without it the right password of an account whose password has expired is refused as a wrong one, and one that an
administrator has set is taken although the server lets its owner do nothing but change it.
Source: draft-behera-ldap-password-policy section 6.2.
"""

from __future__ import annotations

from typing import NamedTuple

EXPIRED, LOCKED, CHANGE_AFTER_RESET, NOT_ALLOWED, OLD_NEEDED, POOR, TOO_SHORT, TOO_YOUNG, IN_HISTORY = range(9)
_SEQUENCE, _WARNING, _ERROR, _GRACE = 0x30, 0xA0, 0x81, 0x81


class Policy(NamedTuple):
    """`error` is one of the above, None for none. `grace`: how many more times the expired password is taken."""

    error: int | None = None
    grace: int | None = None


SILENT = Policy()


def read(value: bytes) -> Policy:
    """What the control's value says; nothing where it can not be read."""
    try:
        parts = dict(_elements(_only(value, _SEQUENCE)))
        warned = dict(_elements(parts.get(_WARNING, b"")))
        error, grace = parts.get(_ERROR), warned.get(_GRACE)
    except (IndexError, ValueError):
        return SILENT
    return Policy(*(None if each is None else int.from_bytes(each, "big") for each in (error, grace)))


def _only(octets: bytes, tag: int) -> bytes:
    ((found, content),) = _elements(octets)
    if found != tag:
        raise ValueError
    return content


def _elements(octets: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents. Raises IndexError and ValueError where they are none; nothing here is longer than 127 octets."""
    found = []
    while octets:
        end = 2 + octets[1]
        if octets[1] > 0x7F or len(octets) < end:
            raise ValueError
        found.append((octets[0], octets[2:end]))
        octets = octets[end:]
    return found
