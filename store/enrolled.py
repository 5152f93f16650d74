"""What users have enrolled, as values."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["mail", "mobile"]
Status = Literal["pending", "active", "disabled"]


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
