"""The state machine of one login, pure. The only place that makes an Accept."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import NamedTuple, assert_never

from radiusd.model.access import Accept, Reply
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Verdict, Waiting


class Progress(NamedTuple):
    """`remaining` are the factors still to be proved, the next one first; `passed` those that were, with how.

    Until `remembered` (the loop's clock) every one of those passed needs no proof again.
    """

    remaining: tuple[str, ...]
    passed: tuple[str, ...]
    reply: Reply
    remembered: float = inf


class Begin(NamedTuple):
    """The next factor is to be begun."""

    factor: str


class Refused(NamedTuple):
    """The login ends. `counted` is the kind of failure that blocking counts, "" for none."""

    reason: str
    counted: str


class Ask(NamedTuple):
    """The user must answer; `memory` is kept until then."""

    prompt: str
    memory: Mapping[str, str]


class Wait(NamedTuple):
    """Somebody must decide until `until` (seconds since the epoch)."""

    approval: str
    until: float


class Stuck(NamedTuple):
    """A component is down, or too busy where `overload`."""

    component: str
    cause: str
    overload: bool


Next = Accept | Begin | Refused | Ask | Wait | Stuck


def advance(progress: Progress, verdict: Verdict) -> tuple[Progress, Next]:
    """The login one step further. An Accept comes of nothing but `Passed` for every factor (D18)."""
    match verdict:
        case Passed(detail, remembered):
            if not progress.remaining:
                return progress, Refused("no factor was left to be proved", "")
            proved = (*progress.passed, detail)
            until = min(progress.remembered, remembered)
            rest = Progress(progress.remaining[1:], proved, progress.reply, until)
            return rest, Begin(rest.remaining[0]) if rest.remaining else Accept(progress.reply)
        case Failed(reason, counted):
            return progress, Refused(reason, counted)
        case Asked(prompt, memory):
            return progress, Ask(prompt, memory)
        case Waiting(approval, until):
            return progress, Wait(approval, until)
        case Unavailable(component, cause, overload):
            return progress, Stuck(component, cause, overload)
        case _:
            assert_never(verdict)
