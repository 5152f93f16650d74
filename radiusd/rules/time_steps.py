"""Codes of authenticator apps (TOTP, RFC 6238): which step of time one is of, and what is learned of the app's clock. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pyotp
from msgspec import Struct

LONGEST = 20  # steps that a clock may be off before nothing more is learned of it by itself
FAR = 2880  # steps that two codes are looked for, either way: a day of steps of 30 seconds
TYPED_LATE = 2  # steps that a first code may be old although the clock is right
LOOKED_FOR = 20  # steps either way in which a code that is not right is looked for, to say what it is
ZONES = range(-14 * 3600, 14 * 3600 + 1, 1800)  # seconds that a clock is off which was set in the wrong time zone
HASHES: Mapping[str, Callable[..., Any]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}


class Parameters(Struct, frozen=True):
    """What an app and we agreed on. `secret` is base32, in capitals, without padding; `period` in seconds."""

    secret: str
    algorithm: str = "sha1"
    digits: int = 6
    period: int = 30

    def __repr__(self) -> str:
        return "Parameters(...)"


class Clock(Struct, frozen=True):
    """What was seen of the app's clock: `step` is the last one of which a code was used, -1 for none.

    `drift` is by how many steps it is ahead of ours, as learned; `seen` how far the last code was.
    """

    step: int = -1
    drift: int = 0
    seen: int = 0


NEVER_USED = Clock()


class Right(Struct, frozen=True):
    """The code is right; `clock` is what is known from now on."""

    clock: Clock


class Used(Struct, frozen=True):
    """It is the code of the last step that was used, or of one before."""


class OfAnotherTime(Struct, frozen=True):
    """It is the code of a time that is too far away: so many `steps` ahead of ours, less than 0 for behind."""

    steps: int


class Wrong(Struct, frozen=True):
    """It is no code of that secret near that time."""


Judged = Right | Used | Wrong
USED, WRONG = Used(), Wrong()


def step_at(at: float, period: int) -> int:
    """The step of a time (RFC 6238 section 4.2). Whole steps alone: half of one would be two steps to whoever rounds."""
    return int(at // period)


def code(parameters: Parameters, step: int) -> str:
    """The code of a step."""
    return _app(parameters).at(step)


def judge(parameters: Parameters, clock: Clock, typed: str, at: float, drift: int) -> Right | Used | Wrong:
    """What a code is that was typed at that time (seconds since the epoch).

    It is right up to `drift` steps either way of where the app's clock is known to be (RFC 6238 sections 5.2 and 6), and
    where it is that of the very time: who has set their clock right is never shut out by what was learned before. Only of
    a step after the last one that was used: then no code is good twice, and no earlier one after a later one.
    """
    app, now = _app(parameters), step_at(at, parameters.period)
    if len(typed) != parameters.digits:
        return WRONG
    for step in (*_near(now + clock.drift, drift), now):
        if step >= 0 and hmac.compare_digest(app.at(step), typed):
            return USED if step <= clock.step else Right(_learned(clock, step, step - now))
    return WRONG


def tell(parameters: Parameters, clock: Clock, typed: str, at: float) -> Used | OfAnotherTime | Wrong:
    """What a code is that is not right, for whoever must know why."""
    app, now = _app(parameters), step_at(at, parameters.period)
    for step in _near(now, LOOKED_FOR) if len(typed) == parameters.digits else ():
        if step >= 0 and hmac.compare_digest(app.at(step), typed):
            return USED if step <= clock.step else OfAnotherTime(step - now)
    return WRONG


def first(parameters: Parameters, typed: str, at: float) -> Right | OfAnotherTime | Wrong:
    """The same of the first code ever, by which the app's clock becomes known: up to LONGEST steps either way are right."""
    app, now = _app(parameters), step_at(at, parameters.period)
    if len(typed) != parameters.digits:
        return WRONG
    for step in _near(now, LONGEST):
        if step >= 0 and hmac.compare_digest(app.at(step), typed):
            return Right(_first(step, step - now))
    for zone in ZONES:
        for step in _near(now + zone // parameters.period, 2):
            if step >= 0 and hmac.compare_digest(app.at(step), typed):
                return OfAnotherTime(step - now)
    return WRONG


def resynced(parameters: Parameters, clock: Clock, typed: str, following: str, at: float) -> Clock | None:
    """Where an app's clock is, by two codes that it showed one after the other (RFC 4226 section 7.4); None where they are
    not, or it is more than FAR off. Neither is good any more then.
    """
    app, now = _app(parameters), step_at(at, parameters.period)
    if len(typed) != parameters.digits or len(following) != parameters.digits:
        return None
    for step in _near(now, FAR):
        if step <= clock.step or step < 0 or not hmac.compare_digest(app.at(step), typed):
            continue
        if hmac.compare_digest(app.at(step + 1), following):
            # The second one is shown now, or was a moment ago.
            return Clock(step + 1, step + 1 - now, step + 1 - now)
    return None


@lru_cache
def _around(most: int) -> tuple[int, ...]:
    """The nearest first."""
    return (0, *(off for near in range(1, most + 1) for off in (-near, near)))


def _near(step: int, most: int) -> list[int]:
    return [step + off for off in _around(most)]


def _first(step: int, seen: int) -> Clock:
    """A little late is how people type; more is their clock."""
    return Clock(step, 0 if -TYPED_LATE <= seen < 0 else seen, seen)


def _learned(clock: Clock, step: int, seen: int) -> Clock:
    """People type late and never early, so one code from behind tells nothing of a clock; two in a row do."""
    drift, most = max(seen, clock.seen) if seen < clock.drift else seen, max(LONGEST, abs(clock.drift))
    return Clock(step, max(-most, min(most, drift)), seen)


class _App(pyotp.HOTP):
    """Decodes its secret once. pyotp does for each code, which takes as long as all the rest of one."""

    _octets = b""

    def byte_secret(self) -> bytes:
        if not self._octets:
            self._octets = super().byte_secret()
        return self._octets


def _app(parameters: Parameters) -> pyotp.HOTP:
    return _App(parameters.secret, digits=parameters.digits, digest=HASHES[parameters.algorithm])
