"""The state machine of one login, pure. The only place that makes an Accept."""

from __future__ import annotations

from math import inf
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from radiusd.model.access import Accept, Reply
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Verdict, Waiting, Write


class Progress(Struct, frozen=True):
    """`remaining` are the factors still to be proved, the one at hand first; `proved` those that were, `trail` how each was.

    Until `remembered` (the loop's clock) every one of those needs no proof again. `informing` are the verdicts with which
    somebody is to be informed of the Accept. `writes` are due with whatever is committed next. `added` are the factors
    that verdicts added to what the plan asks for, proved or not; `chosen` is the profile that one chose, "" for none.
    """

    remaining: tuple[str, ...]
    proved: tuple[str, ...]
    trail: tuple[str, ...]
    reply: Reply
    remembered: float = inf
    informing: tuple[Passed, ...] = ()
    writes: tuple[Write, ...] = ()
    added: tuple[str, ...] = ()
    chosen: str = ""


class Begin(Struct, frozen=True):
    """The next factor is to be begun."""

    factor: str


class Refused(Struct, frozen=True):
    """The login ends. `counted` is the kind of failure that blocking counts, "" for none; `text` as in Failed."""

    reason: str
    counted: str
    text: str = ""


class Stuck(Struct, frozen=True):
    """A component is down, or too busy where `overload`."""

    component: str
    cause: str
    overload: bool


Next = Accept | Begin | Refused | Asked | Waiting | Stuck


def begun(factors: tuple[str, ...], reply: Reply) -> Progress:
    """Of a login that proves all of these."""
    return Progress(factors, (), (), reply)


def resumed(
    factors: tuple[str, ...], proved: tuple[str, ...], trail: tuple[str, ...], reply: Reply, added: tuple[str, ...] = ()
) -> Progress:
    """Of a login that goes on: what the plan asks for today and what was added, less what was proved by name, in whatever
    order (D18).
    """
    asked = (*factors, *(each for each in added if each not in factors)) if added else factors
    remaining = tuple(factor for factor in asked if factor not in proved)
    return Progress(remaining, proved, trail, reply, 0.0, added=added)


def written(progress: Progress) -> Progress:
    """The same, once what was due is committed: it is not due again."""
    return replace(progress, writes=()) if progress.writes else progress


def advance(progress: Progress, factor: str, verdict: Verdict) -> tuple[Progress, Next]:
    """The login one step further, by a verdict on that factor. An Accept comes of nothing but `Passed` for every one (D18).

    Patterns name classes alone: taking a verdict apart in one takes longer than all the rest.
    """
    match verdict:
        case Passed():
            remaining = progress.remaining
            if factor not in remaining:
                return progress, Refused("no factor was left to be proved", "")
            rest = remaining[1:] if remaining[0] == factor else tuple(each for each in remaining if each != factor)
            after = Progress(
                rest,
                (*progress.proved, factor),
                (*progress.trail, verdict.detail),
                progress.reply,
                min(progress.remembered, verdict.remembered),
                (*progress.informing, verdict) if verdict.messages else progress.informing,
                (*progress.writes, *verdict.writes) if verdict.writes else progress.writes,
                progress.added,
                progress.chosen,
            )
            if verdict.then or verdict.chosen:
                after = _longer(after, verdict)
                rest = after.remaining
            return after, Begin(rest[0]) if rest else Accept(progress.reply, after.proved)
        case Failed():
            return progress, Refused(verdict.reason, verdict.counted, verdict.text)
        case Asked() | Waiting():
            remaining = progress.remaining
            # Of one that was proved already nothing can be asked.
            if factor not in remaining:
                return progress, Refused("no factor was left to be proved", "")
            if remaining[0] != factor:
                # A reload put another one before it while it was under way: it is the one at hand all the same.
                rest = tuple(each for each in remaining if each != factor)
                progress = replace(progress, remaining=(factor, *rest))
            return progress, verdict
        case Unavailable():
            return progress, Stuck(verdict.component, verdict.cause, verdict.overload)
        case _:
            assert_never(verdict)


def _longer(progress: Progress, verdict: Passed) -> Progress:
    """With what the verdict adds, but what was proved or is to be proved already.

    The factors of a chosen profile are the plan's from then on, and the row has its name. What else is added is
    remembered by itself, and comes last: a password is changed once everything was proved.
    """
    known = {*progress.remaining, *progress.proved}
    further = tuple(each for each in dict.fromkeys(verdict.then) if each not in known)
    if not verdict.chosen:
        return replace(progress, remaining=(*progress.remaining, *further), added=(*progress.added, *further))
    planned = tuple(each for each in progress.remaining if each not in progress.added)
    last = tuple(each for each in progress.remaining if each in progress.added)
    return replace(progress, remaining=(*planned, *further, *last), chosen=verdict.chosen)


def accepted_before(reply: Reply) -> Accept:
    """The Accept of a step that is recorded as one, answered again to the same request."""
    return Accept(reply)
