"""Logins that repeat an accepted one word for word, while nothing that decided it has changed.

A NAS that signs a user in again and again (a renegotiating VPN, a monitoring probe) asks the same question. Who the user
is, which profile they get, what they are replied and that this password is right are known then; what is asked again at
each repeat is what can change: the directory still holds the same entry, no failures or blocks of the user are counted,
the account has not expired, the time of the remembered password is not up.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from radiusd.directories import Directory
from radiusd.login.standing import Standing
from radiusd.model.access import Accept
from radiusd.model.audit import Row
from radiusd.model.entry import Entry

KEPT = 65_536  # logins; beyond, the oldest are decided anew


class Repeat(NamedTuple):
    """An accepted login. `until` is of the loop's clock; `row` is what was recorded of it."""

    until: float
    entry: Entry
    directory: Directory
    accept: Accept
    row: Row


class Repeats:
    """The accepted logins that may be repeated, by the fingerprints of their requests."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._kept: dict[Hashable, Repeat] = {}

    def keep(
        self, fingerprint: Hashable, until: float, directory: Directory, entry: Entry, accept: Accept, row: Row
    ) -> None:
        """A login that was accepted from a station that is known, of a user without counted failures and blocks."""
        if fingerprint is None:
            return
        if len(self._kept) >= KEPT and fingerprint not in self._kept:
            del self._kept[next(iter(self._kept))]
        self._kept[fingerprint] = Repeat(until, entry, directory, accept, row)

    def find(self, fingerprint: Hashable, at: float, now: float) -> Repeat | None:
        """The login that is repeated; None where it must be decided anew.

        `at` is seconds since the epoch, `now` of the loop's clock.
        """
        kept = self._kept.get(fingerprint)
        if kept is None:
            return None
        entry = kept.entry
        expired = entry.expires_at is not None and entry.expires_at <= at
        if expired or now >= kept.until or not kept.directory.holds(entry) or self._standing.is_watched(entry):
            del self._kept[fingerprint]
            return None
        return kept
