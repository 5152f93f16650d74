"""The form in which a local user's password is kept and compared, whatever device it is typed on.

Source: RFC 8265 section 4.2, the profile OpaqueString: letters and their marks together (NFC), every space the plain one,
case as it is. Passwords for other servers are not put in it: those get the octets that were typed.
"""

from __future__ import annotations

import functools
from typing import Any


class NotAllowed(ValueError):
    """It has a character that the profile lets into no password: unseen, unassigned or a control character."""


def enforced(password: str) -> str:
    """The password in that form. Raises NotAllowed."""
    if password.isascii() and password.isprintable():
        return password
    try:
        return str(_profile().enforce(password))
    except UnicodeEncodeError:  # which has the password in it
        raise NotAllowed from None


@functools.cache
def _profile() -> Any:
    # Here, not above: most servers never see such a password.
    from precis_i18n import get_profile

    return get_profile("OpaqueString")
