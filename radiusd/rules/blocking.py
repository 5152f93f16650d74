"""When failures become blocks, and whom a block keeps out. Source: S261, S262, S266 to S272."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from radiusd.rules.moments import lasting

Scope = Literal["station", "user", "unknown_stations", "lockout"]
GUARD: Literal["lockout"] = "lockout"  # keeps nobody out itself: it tells in lists that a directory is not asked


class Limits(NamedTuple):
    """radius.yaml's `blocking`.

    `failed_attempts` by the kind of failure ("password", "code"); a kind it does not name is not limited.
    `window` and `duration` are seconds; a `duration` of None is until somebody removes the block. `user_limit` of
    None: failures from anywhere are not limited.
    """

    failed_attempts: Mapping[str, int]
    window: float
    duration: float | None
    scope: Literal["station", "user"] = "station"
    user_limit: int | None = None


class Due(NamedTuple):
    """A block to be made. `station` is "" but for the scope of one; `until` is None for a permanent one."""

    scope: Scope
    station: str
    until: float | None
    reason: str


class Lock(NamedTuple):
    """A directory's own rule: it locks an account at so many wrong passwords within `window` seconds (B11).

    `counted` is what it says that it has counted of the user, from all sides, the last one at `counted_at`; None where it
    does not say, and only our failures are known. Of those, the ones until `elsewhere` were counted by another server of
    it. What was wrong until `since` was wrong for another password, or forgiven by an administrator. `locked`: it is too late.
    `assumed`: the directory has a rule for the user that it does not tell, and the threshold is a guess.
    `generation` is another text once the password may be another one, "" where nobody knows.
    """

    directory: str
    threshold: int
    window: float
    counted: int | None = None
    counted_at: float = 0.0
    elsewhere: float = 0.0
    since: float = 0.0
    locked: bool = False
    generation: str = ""
    assumed: bool = False


class Failed(Protocol):
    """A failure, however it is stored."""

    @property
    def station(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> float: ...


class Attempt(NamedTuple):
    """What somebody wants to try: a password or a code (`kind`), at a time; `known`: they signed in from there before."""

    station: str
    kind: str
    at: float
    known: bool


class Blocks(Protocol):
    """What is asked of a block, however it is stored."""

    @property
    def scope(self) -> str: ...
    @property
    def station(self) -> str: ...
    @property
    def until(self) -> float | None: ...


def blocks_due(limits: Limits, kind: str, at_station: int, anywhere: int, station: str, now: float) -> tuple[Due, ...]:
    """The blocks that a failure of that kind leads to.

    `at_station` and `anywhere` are the user's failures of that kind in the window, this one included. Whoever
    stores blocks replaces one of the same user, scope and station: failures beyond a limit make it anew.
    """
    until = None if limits.duration is None else now + limits.duration
    allowed = limits.failed_attempts.get(kind)
    if allowed is not None and limits.scope == "user" and anywhere >= allowed:
        return (Due("user", "", until, f"{_failures(anywhere, kind, limits)} from anywhere"),)
    due: list[Due] = []
    if allowed is not None and limits.scope == "station" and at_station >= allowed:
        due.append(Due("station", station, until, f"{_failures(at_station, kind, limits)} from this station"))
    if limits.user_limit is not None and anywhere >= limits.user_limit:
        reason = f"{_failures(anywhere, kind, limits)} from anywhere; stations signed in from before are spared"
        due.append(Due("unknown_stations", "", until, reason))
    return tuple(due)


def room_for(
    attempt: Attempt,
    limits: Limits,
    lock: Lock | None,
    failures: Sequence[Failed],
    under_way: Sequence[tuple[str, str]],
) -> str | None:
    """Whether one more may be judged: None if so; "" if others must end before; else why not.

    `failures` are the user's, `under_way` the (station, kind) of their attempts that are being judged: each may fail.
    Where failures have reached a limit and no block is in force, such as after one that was shorter than the window,
    one at a time is judged.
    """
    judged = [station for station, kind in under_way if kind == attempt.kind]
    if lock is not None:
        why = too_near_lock(attempt, lock, failures, len(judged))
        if why is not None:
            return why
    failed = [each.station for each in failures if each.kind == attempt.kind and each.at > attempt.at - limits.window]
    allowed = limits.failed_attempts.get(attempt.kind)
    if allowed is not None:
        before, beside = len(failed), len(judged)
        if limits.scope == "station":
            before, beside = failed.count(attempt.station), judged.count(attempt.station)
        if beside >= max(1, allowed - before):
            return ""
    if limits.user_limit is not None and not attempt.known and len(judged) >= max(1, limits.user_limit - len(failed)):
        return ""
    return None


def too_near_lock(attempt: Attempt, lock: Lock, failures: Sequence[Failed], under_way: int) -> str | None:
    """Whether one more might come too near to the directory's own lock: as `room_for` says.

    An account that the directory locks is locked everywhere. So unknown stations stop two short of its threshold,
    known ones one short. What strangers try leaves the user's own stations a try, and those leave one to the desk.
    Where it is locked already, the directory is to say so.
    """
    if lock.locked:
        return None
    allowed = allowed_by(lock, known=attempt.known)
    times = counted_for(attempt.at, lock, failures)
    failed = len(times)
    if times and times[-1] <= lock.since:
        allowed = max(allowed, failed + 1)  # whoever has the new password is to be heard, one at a time
    if failed >= allowed:
        return (
            f"{lock.directory} was not asked: {failed} wrong passwords within {lock.window / 60:g}"
            f" minutes, and it {'may lock' if lock.assumed else 'locks'} the account at {lock.threshold}"
        )
    return "" if failed + under_way >= allowed else None


def allowed_by(lock: Lock, *, known: bool) -> int:
    """How many passwords may be wrong. Where the threshold is a guess, a low one, one mistyped password is let pass."""
    if lock.assumed:
        return max(1, lock.threshold - 1)
    return max(1, lock.threshold - (1 if known else 2))  # under a threshold of three nobody could sign in at all


def counted_for(now: float, lock: Lock, failures: Sequence[Failed]) -> list[float]:
    """When each wrong password was tried that counts for the lock, the oldest first; nobody knows of the directory's each."""
    begin = now - lock.window
    ours = sorted(each.at for each in failures if each.kind == "password" and each.at > max(begin, lock.since))
    if lock.counted is None:
        return ours
    theirs = [lock.counted_at] * lock.counted if lock.counted_at > begin else []
    return sorted([*theirs, *(at for at in ours if at <= lock.elsewhere)])


def guarded(now: float, lock: Lock, failures: Sequence[Failed]) -> Due | None:
    """For how long the directory is not asked on behalf of unknown stations, for who reads a list; None: it is."""
    stranger = Attempt("", "password", now, known=False)
    if not too_near_lock(stranger, lock, failures, 0):
        return None
    times = counted_for(now, lock, failures)
    # One more may be tried when so many are over that room is left; the directory's are over together.
    last = times[len(times) - allowed_by(lock, known=False)]
    spared = "; stations signed in from before have one more try" if len(times) < allowed_by(lock, known=True) else ""
    locks = f"{lock.directory} {'may lock' if lock.assumed else 'locks'} the account at {lock.threshold}"
    why = f"{len(times)} wrong passwords within {lock.window / 60:g} minutes; {locks}"
    return Due(GUARD, "", last + lock.window, why + spared)


def covers(block: Blocks, station: str, known_station: bool, now: float) -> bool:
    """Whether the block keeps its user from signing in from that station now.

    `known_station`: the user has signed in from it before. A request without a station is from an unknown one,
    else leaving the attribute out would be a way around the block.
    """
    if block.until is not None and block.until <= now:
        return False
    match block.scope:
        case "station":
            return block.station == station
        case "unknown_stations":
            return not known_station or not station
        case "lockout":
            return False
        case _:
            return True  # "user"; a scope that a newer release stored keeps out rather than lets in


def _failures(count: int, kind: str, limits: Limits) -> str:
    return f"{count} wrong {kind}s within {lasting(limits.window, 'en')}"
