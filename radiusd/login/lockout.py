"""Keeping users short of their directory's own lock (B11).

An account that the directory locks is locked everywhere. So wrong passwords over RADIUS stop before: unknown stations two
short of the directory's threshold, known ones one short. What strangers try leaves the user's own stations a try, and
those leave one to the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from radiusd.directories.ldap_options import Lockout
from radiusd.login.standing import Standing
from radiusd.model.entry import Entry


class Guard:
    """Counts what may have gone wrong or still may: failures, and passwords that are being judged at the moment."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._judged: dict[tuple[str, str], set[asyncio.Future[None]]] = {}

    async def refusal(self, lockout: Lockout, entry: Entry, now: float, *, known: bool) -> str:
        """Why a password may not be shown to the directory; "" where it may. `known`: the station is.

        Where passwords that are being judged decide it, they are waited for. Raises store.Unavailable.
        """
        # Under a threshold of three nobody could sign in at all.
        allowed = max(1, lockout.threshold - (1 if known else 2))
        while True:
            judged = set(self._judged.get((entry.directory, entry.unique_id), ()))
            failures = 0
            if self._standing.is_watched(entry):
                failures = await self._standing.failures(entry, "password", now - lockout.window.total_seconds())
            if failures >= allowed:
                return (
                    f"{entry.directory} was not asked: {failures} wrong passwords within"
                    f" {lockout.window.total_seconds() / 60:g} minutes, and it locks the account at {lockout.threshold}"
                )
            # Those that ended while the database was read are counted on both sides.
            judged |= self._judged.get((entry.directory, entry.unique_id), set())
            if failures + len(judged) < allowed:
                return ""
            await asyncio.wait(judged, return_when=asyncio.FIRST_COMPLETED)

    @contextmanager
    def judging(self, entry: Entry) -> Iterator[None]:
        """Until its end a password of this user is being judged; begun in the same breath as `refusal` returns."""
        key = (entry.directory, entry.unique_id)
        judged = asyncio.get_running_loop().create_future()
        self._judged.setdefault(key, set()).add(judged)
        try:
            yield
        finally:
            judged.set_result(None)
            self._judged[key].discard(judged)
            if not self._judged[key]:
                del self._judged[key]
