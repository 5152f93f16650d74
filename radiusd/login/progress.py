"""The state machine of one login, pure. The only place that makes an Accept."""

from __future__ import annotations

from math import inf
from typing import assert_never

from msgspec import Struct

from radiusd.model.access import Accept, Reply
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Verdict, Waiting


class Progress(Struct, frozen=True):
    """`remaining` are the factors still to be proved, the next one first; `passed` those that were, with how.

    Until `remembered` (the loop's clock) every one of those passed needs no proof again. `informing` are the verdicts
    with which somebody is to be informed of the Accept.
    """

    remaining: tuple[str, ...]
    passed: tuple[str, ...]
    reply: Reply
    remembered: float = inf
    informing: tuple[Passed, ...] = ()


class Begin(Struct, frozen=True):
    """The next factor is to be begun."""

    factor: str


class Refused(Struct, frozen=True):
    """The login ends. `counted` is the kind of failure that blocking counts, "" for none."""

    reason: str
    counted: str


class Stuck(Struct, frozen=True):
    """A component is down, or too busy where `overload`."""

    component: str
    cause: str
    overload: bool


Next = Accept | Begin | Refused | Asked | Waiting | Stuck


def advance(progress: Progress, verdict: Verdict) -> tuple[Progress, Next]:
    """The login one step further. An Accept comes of nothing but `Passed` for every factor (D18).

    Patterns name classes alone: taking a verdict apart in one takes longer than all the rest.
    """
    match verdict:
        case Passed():
            if not progress.remaining:
                return progress, Refused("no factor was left to be proved", "")
            proved = (*progress.passed, verdict.detail)
            until = min(progress.remembered, verdict.remembered)
            informing = (*progress.informing, verdict) if verdict.messages else progress.informing
            rest = Progress(progress.remaining[1:], proved, progress.reply, until, informing)
            return rest, Begin(rest.remaining[0]) if rest.remaining else Accept(progress.reply)
        case Failed():
            return progress, Refused(verdict.reason, verdict.counted)
        case Asked() | Waiting():
            # Of one that was proved already nothing can be asked.
            return progress, verdict if progress.remaining else Refused("no factor was left to be proved", "")
        case Unavailable():
            return progress, Stuck(verdict.component, verdict.cause, verdict.overload)
        case _:
            assert_never(verdict)


def accepted_before(reply: Reply) -> Accept:
    """The Accept of a step that is recorded as one, answered again to the same request."""
    return Accept(reply)
