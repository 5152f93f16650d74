"""What a server says where it refuses a bind: that the password is wrong, or something else, which it names.

Source: RFC 4511 section 4.2.2 and appendix A; the Windows error codes that Active Directory and Samba give as `data`.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from radiusd.directories import Down, Wrong
from radiusd.directories.ldap_messages import Answer

NO_SUCH_OBJECT, INVALID_DN, INSUFFICIENT_ACCESS = 32, 34, 50
INVALID_CREDENTIALS = 49
NOT_WITHOUT_TLS = frozenset({8, 13})  # strongerAuthRequired of Active Directory, confidentialityRequired of slapd
PASSWORD_WRONG = "52e"  # noqa: S105 - a code
WRONG = Wrong("password wrong")
_DATA = re.compile(r"\bdata ([0-9a-f]{3,8})\b")
# All of these come after a right password, or without judging it.
BY_DATA = MappingProxyType({
    "525": "the account is gone",
    "530": "the account may not sign in at this time",
    "531": "the account may not sign in from here",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password must be changed first",
    "775": "the account is locked",
})  # fmt: skip
# Of the account and not of the password; what other codes say is the server's or the settings' fault.
BY_CODE = MappingProxyType({
    19: "the directory refuses further attempts",
    NO_SUCH_OBJECT: "the account is gone",
    INVALID_DN: "the account is gone",
    48: "the account has no password",
    INSUFFICIENT_ACCESS: "the account may not sign in",
    53: "the directory refuses the account",
})  # fmt: skip


def of_user(answer: Answer) -> Wrong | None:
    """What a refused bind says of a user; None where it says nothing of them.

    Only what means "wrong password" is one: whatever else there is, known or not, is told in the server's words.
    """
    if answer.code == INVALID_CREDENTIALS:
        data = data_of(answer)
        if data in {"", PASSWORD_WRONG}:
            return WRONG
        return Wrong(BY_DATA.get(data) or f"the directory refuses the account: {answer.told}", counted=False)
    known = BY_CODE.get(answer.code)
    if known is None:
        return None
    return Wrong(f"{known}: {answer.words}" if answer.words else known, counted=False)


def of_service_account(answer: Answer) -> str:
    """Why `bind_dn` was refused."""
    data = data_of(answer) if answer.code == INVALID_CREDENTIALS else ""
    if data == PASSWORD_WRONG:
        return f"password wrong, or no such account (data {data})"
    return f"{BY_DATA[data]} (data {data})" if data in BY_DATA else told(answer)


def told(answer: Answer) -> str:
    """What the server answers, in its own words, and what to do where every bind needs it."""
    if answer.code in NOT_WITHOUT_TLS:
        return f"{answer.told}; it takes no password without TLS: write ldaps:// in `urls`, or `start_tls: true`"
    return answer.told


def down(directory: str, answer: Answer) -> Down:
    """An answer that settings or the server are to blame for, whoever the user is."""
    return Down(directory, f"the server answers {told(answer)}")


def is_wrong_password(answer: Answer) -> bool:
    """Whether trying the same again counts against the account."""
    return answer.code == INVALID_CREDENTIALS and data_of(answer) not in BY_DATA


def data_of(answer: Answer) -> str:
    """The code behind `data`, "" where there is none."""
    found = _DATA.search(answer.text)
    return found[1] if found else ""
