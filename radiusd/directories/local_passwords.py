"""A local user's password in the place of one that must be changed."""

from __future__ import annotations

import time

from config.secret import Secret
from radiusd.directories import Changed, MustChange, Unfit, Wrong
from radiusd.directories.local_people import Person
from radiusd.passwords.hash_queue import HashQueue
from store import Store, users

MUST_CHANGE = MustChange("the password must be changed first")
OLD_IS_GONE = Wrong("the password was changed since it was proved", counted=False)
USED_BEFORE = Unfit((("password_used_before", 0),), "it is the password that is to be changed")


async def change(
    person: Person, new: str, hashes: HashQueue, store: Store, queue_until: float
) -> Changed | Unfit | Wrong | None:
    """What came of it; None where its turn to be hashed did not come. Raises store.Unavailable."""
    stored, user = person.stored, person.entry.unique_id
    if stored is None:
        return OLD_IS_GONE
    is_old = await hashes.verify(stored.reveal(), new, user=user, station="change", queue_until=queue_until)
    if is_old is None:
        return None
    if is_old:
        return USED_BEFORE
    made = await hashes.make(new, user=user, station="change", queue_until=queue_until)
    if made is None:
        return None
    taken, now = Secret(made), time.time()
    done = await store.write(lambda connection: users.change_own(connection, user, stored, taken, now))
    return Changed() if done else OLD_IS_GONE
