"""What users have enrolled, as values."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["mail", "mobile"]
Status = Literal["pending", "active", "disabled"]
AppStatus = Literal["pending", "verified", "disabled"]


class Enrollment(Struct, frozen=True, gc=False):
    """One address or number of a user. `value` is in normal form: an address as it is written, a number in E.164.

    One that is pending was not proved yet, and never after `until`. One that is `automatic` tells of what the directory
    itself has, and counts no longer than it has it. `created_by` is whoever added it.
    """

    id: int
    directory: str
    unique_id: str
    user_name: str
    kind: Kind
    value: str
    label: str
    status: Status
    automatic: bool
    created_at: float
    created_by: str
    verified_at: float | None
    until: float | None
    last_used_at: float | None
    last_used_station: str
    last_used_client: str

    def __repr__(self) -> str:
        return f"Enrollment(id={self.id}, kind={self.kind!r}, status={self.status!r})"


class New(Struct, frozen=True):
    """One to be added; `until` is for one that is pending."""

    directory: str
    unique_id: str
    user_name: str
    kind: Kind
    value: str
    label: str = ""
    created_by: str = ""
    until: float | None = None


class Authenticator(Struct, frozen=True, gc=False):
    """One app of a user; see tables.AUTHENTICATORS for each field. `secret` is sealed."""

    id: str
    directory: str
    unique_id: str
    user_name: str
    label: str
    secret: str
    algorithm: str
    digits: int
    period: int
    status: AppStatus
    created_at: float
    created_by: str
    until: float | None = None
    shown_at: float | None = None
    verified_at: float | None = None
    tries: int = 0
    off: int | None = None
    step: int = -1
    drift: int = 0
    seen: int = 0
    used_at: float | None = None
    used_station: str = ""
    used_client: str = ""

    def __repr__(self) -> str:
        return f"Authenticator(id={self.id!r}, status={self.status!r})"


class FewLeft(Struct, frozen=True, gc=False):
    """A user who has recovery codes, and few of them `left`."""

    directory: str
    unique_id: str
    left: int
