"""Logins that repeat an accepted one word for word, while nothing that decided it has changed.

A NAS that signs a user in again and again (a renegotiating VPN, a monitoring probe) asks the same question. Who the user
is, which profile they get, what they are replied and that this password is right are then known already; what is asked
again at each repeat is what can change: the directory still holds the same entry, nobody counts failures or blocks of
the user, the account has not expired, the remembered password's time is not up.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

from radiusd.audit import Row
from radiusd.directories import Directory
from radiusd.login.standing import Standing
from radiusd.model.access import Accept, AccessRequest
from radiusd.model.entry import Entry

KEPT = 65_536  # logins; beyond, the oldest are decided anew


class Repeat(NamedTuple):
    """An accepted login. `until` is of the loop's clock; `row` is what was recorded of it."""

    digest: bytes
    until: float
    entry: Entry
    directory: Directory
    accept: Accept
    row: Row


class Repeats:
    """The accepted logins that may be repeated, by client, name and station."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._key = secrets.token_bytes(32)  # of the passwords' digests; it dies with this object
        self._kept: dict[tuple[str, str, str], Repeat] = {}

    def keep(self, request: AccessRequest, until: float, directory: Directory, entry: Entry, accept: Accept, row: Row) -> None:
        """A login that was accepted from a station that is known, of a user without counted failures and blocks."""
        key = (request.client, request.name, request.station)
        if len(self._kept) >= KEPT and key not in self._kept:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = Repeat(self._digest(request.password), until, entry, directory, accept, row)

    def find(self, request: AccessRequest, now: float) -> tuple[Accept, Row] | None:
        """What comes of the same request again, with its row; None where it must be decided anew."""
        key = (request.client, request.name, request.station)
        kept = self._kept.get(key)
        if kept is None:
            return None
        digest, until, entry, directory, accept, row = kept
        if now >= until or (entry.expires_at is not None and entry.expires_at <= request.at):
            del self._kept[key]
            return None
        if not directory.holds(entry) or self._standing.is_watched(entry):
            del self._kept[key]
            return None
        # A wrong password leaves the entry: somebody else's guess must not make its owner's login slow.
        if not secrets.compare_digest(digest, self._digest(request.password)):
            return None
        return accept, (request.at, *row[1:9], request.nas, request.source, *row[11:])

    def _digest(self, password: str) -> bytes:
        return hashlib.blake2b(password.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
