"""What would happen if somebody signed in now: told without a password, and without a trace."""

from __future__ import annotations

from radiusd.login.applications import Application
from radiusd.login.identities import Identities, Outage, Unknown
from radiusd.login.standing import Standing
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Attempt, Lock, too_near_lock


async def explain(
    application: Application,
    identities: Identities,
    standing: Standing,
    *,
    user: str,
    place: str,
    now: float,
    deadline: float,
) -> list[str]:
    """The story line by line, the verdict last. `place` is the station, or the client where it names none.

    `now` is seconds since the epoch, `deadline` of the loop's clock. Raises store.Unavailable.
    """
    told = [f"application {application.name} looks in {', '.join(each.name for each in application.directories)}"]
    entry = await identities.find(application.directories, user, deadline)
    if not isinstance(entry, Entry):
        return told + _not_found(entry)
    told.append(f"{user} is {entry.username} of {entry.directory} ({entry.unique_id})")
    known = await standing.knows(entry, place)
    told.append(
        f"{place} is {'known' if known else 'not known'}: the user has {'' if known else 'never '}signed in from there"
    )
    block = standing.block_of(entry, place, known, now)
    if block is not None:
        return [*told, f"refused: blocked, {block.reason}"]
    if not entry.enabled:
        return [*told, "refused: the user is disabled"]
    if entry.expires_at is not None and entry.expires_at <= now:
        return [*told, "refused: the user's account has expired"]
    plan = application.plan(entry)
    told += plan.trail
    if plan.refusal:
        return [*told, f"refused: {plan.refusal}"]
    directory = application.directory(entry.directory)
    lock = None if directory is None else await directory.lock(entry, deadline, fresh=True)
    refusal = (
        "" if lock is None else await _too_near_lock(lock, standing, entry, Attempt(place, "password", now, known))
    )
    if refusal:
        return [*told, f"refused: {refusal}"]
    told += [f"reply: {name} = {value}" for name, values in plan.reply.attributes for value in values]
    return [*told, f"accepted by {plan.profile}, with the right {' and '.join(plan.factors)}"]


async def _too_near_lock(lock: Lock, standing: Standing, entry: Entry, attempt: Attempt) -> str:
    lock = lock._replace(since=max(lock.since, await standing.let_try_again(entry, attempt.at - lock.window)))
    return too_near_lock(attempt, lock, await standing.failures(entry, attempt.at - lock.window), 0) or ""


def _not_found(found: Unknown | Outage) -> list[str]:
    if isinstance(found, Outage):
        return [*found.trail, f"refused: {found.down.component} is not available: {found.down.cause}"]
    return [*found.trail, "refused: no such user"]
