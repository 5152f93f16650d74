"""What a directory shows of an account that keeps a right password from letting in: told before anybody types one.

Source: MS-ADTS 3.1.1.4.5.17 (msDS-User-Account-Control-Computed), MS-ADA1 (accountExpires, logonHours), MS-ADA3
(pwdLastSet, userWorkstations); draft-behera-ldap-password-policy section 5.3.3 (pwdAccountLockedTime).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

COMPUTED, HOURS, WORKSTATIONS, CHANGED = (
    "msDS-User-Account-Control-Computed", "logonHours", "userWorkstations", "pwdLastSet"
)  # fmt: skip
LOCKED_AT = "pwdAccountLockedTime"
REQUESTED = (COMPUTED, HOURS, WORKSTATIONS, CHANGED, LOCKED_AT)
LOCKED, PASSWORD_EXPIRED = 0x10, 0x800000
HOURS_OF_A_WEEK = 168

Raw = Mapping[str, Sequence[bytes]]


def refusal(raw: Raw, at: float) -> str:
    """Why the account may not sign in at that time (seconds since the epoch), as a refused bind would say; "" if it may.

    `raw` are the attributes of REQUESTED, named in lower case. In the order of Active Directory's own checks.
    """
    state = _number(raw, COMPUTED)
    if state & LOCKED or raw.get(LOCKED_AT.lower()):
        return "the account is locked"
    if not _is_open(_first(raw, HOURS), at):
        return "the account may not sign in at this time"
    if _first(raw, WORKSTATIONS).strip():
        return "the account may not sign in from here"
    if state & PASSWORD_EXPIRED:
        must_change = _first(raw, CHANGED) == b"0"
        return "the password must be changed first" if must_change else "the password has expired"
    return ""


def _is_open(hours: bytes, at: float) -> bool:
    """logonHours: a bit for each hour of the week from Sunday, 0:00 UTC; all are open where it is not set."""
    if len(hours) * 8 != HOURS_OF_A_WEEK:
        return True
    moment = datetime.fromtimestamp(at, UTC)
    hour = moment.isoweekday() % 7 * 24 + moment.hour
    return bool(hours[hour // 8] >> hour % 8 & 1)


def _number(raw: Raw, name: str) -> int:
    text = _first(raw, name)
    return int(text) if text.isdigit() else 0


def _first(raw: Raw, name: str) -> bytes:
    values = raw.get(name.lower())
    return values[0] if values else b""
