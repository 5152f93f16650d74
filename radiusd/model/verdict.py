"""What a method answers. It can say `Passed`, never more: the login engine alone makes an Accept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Passed(NamedTuple):
    """This factor was proved. `detail` says how, for the audit.

    Until `remembered` (the loop's clock) the same answer needs no proof again.
    """

    detail: str
    remembered: float = 0.0


class Failed(NamedTuple):
    """This factor was not proved. `counted` is the kind of failure that blocking counts, "" for none."""

    reason: str
    counted: str = ""


class Asked(NamedTuple):
    """The user must answer. `memory` comes back with the answer."""

    prompt: str
    memory: Mapping[str, str]


class Waiting(NamedTuple):
    """Somebody else must decide, until `until` (seconds since the epoch)."""

    approval: str
    until: float


class Unavailable(NamedTuple):
    """The factor could not be judged: `component` as radius.yaml names it, `cause` without any secret.

    `overload` where there was no time to judge it: the packet is dropped and the NAS asks again.
    """

    component: str
    cause: str
    overload: bool = False


Verdict = Passed | Failed | Asked | Waiting | Unavailable
