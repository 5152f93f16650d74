"""Who changes something, and the audit row of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from radiusd.model.audit import Row

ADMINISTRATOR = "administrator"


class Administrator(NamedTuple):
    """Who makes a change: `name`, and `door`, by which they came: `command line`, ..."""

    name: str
    door: str


def audit_row(
    now: float,
    by: Administrator,
    what: str,
    username: str,
    *,
    person: tuple[str, str],
    station: str = "",
    why: str = "",
) -> Row:
    """The audit row of an administrative change, in the order of store.audit's columns.

    `person` is directory and unique id of whom it is about.
    """
    reason = f"{what} by {by.name}"
    detail = json.dumps({"trail": [f"{reason}, on the {by.door}", *([why] if why else [])]}, ensure_ascii=False)
    return (now, None, "", "", "", username, *person, station, "", "", "", "admin", "admin", reason, detail)


def called(by: Administrator) -> str:
    """Whoever acts, where approvers are named too."""
    return f"{ADMINISTRATOR} {by.name}"
