"""Names that nobody has: their wrong passwords are counted and blocked like those of users, so that nobody can tell.

In memory alone, and of so many names: anybody can make them up.
"""

from __future__ import annotations

import hashlib
import secrets

from radiusd.model.entry import Entry
from radiusd.rules.blocking import Limits, blocks_due
from store.attempts import Seen
from store.records import Block, Failure

NAMES_KEPT = 10_000  # beyond, the one that was tried first is forgotten
KIND = "password"


class _Stranger:
    """`failures` by their digests, `blocks` by scope and station."""

    __slots__ = ("blocks", "failures")

    def __init__(self) -> None:
        self.failures: dict[str, Failure] = {}
        self.blocks: dict[tuple[str, str], Block] = {}


class Strangers:
    """What was tried for names that no directory has."""

    def __init__(self) -> None:
        self._names: dict[str, _Stranger] = {}
        self._key = secrets.token_bytes(32)

    def __len__(self) -> int:
        return len(self._names)

    def entry_of(self, name: str) -> Entry:
        """Stands for whoever would have that name; of one size, however long it is."""
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16)
        return Entry("", digest.hexdigest(), "")

    def seen(self, limits: Limits, entry: Entry, at: float) -> Seen:
        """What counts against the next password."""
        stranger = self._names.get(entry.unique_id)
        if stranger is None:
            return Seen((), (), ())
        _forget_old(stranger, limits, at)
        return Seen((*stranger.failures.values(),), (), (*stranger.blocks.values(),))

    def fail(self, limits: Limits, entry: Entry, station: str, digest: str, at: float) -> None:
        """Counts a password, the same one once in the window."""
        if not limits.failed_attempts:
            return  # nobody is blocked: nothing need be known
        stranger = self._names.get(entry.unique_id)
        if stranger is None:
            if len(self._names) >= NAMES_KEPT:
                del self._names[next(iter(self._names))]
            stranger = self._names[entry.unique_id] = _Stranger()
        _forget_old(stranger, limits, at)
        stranger.failures.setdefault(digest, Failure(station, KIND, at))
        failed = [each.station for each in stranger.failures.values()]
        for due in blocks_due(limits, KIND, failed.count(station), len(failed), station, at):
            stranger.blocks[due.scope, due.station] = Block(
                0, "", entry.unique_id, "", due.station, due.scope, due.reason, at, due.until, "", None, ""
            )


def _forget_old(stranger: _Stranger, limits: Limits, at: float) -> None:
    stranger.failures = {key: each for key, each in stranger.failures.items() if each.at > at - limits.window}
    stranger.blocks = {key: each for key, each in stranger.blocks.items() if each.until is None or each.until > at}
