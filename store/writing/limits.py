"""At most so many messages within an hour: counted in memory where no other process writes any.

A table's index for it would cost each sign-in a page of the disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

HOUR = 3600.0
USERS_KEPT = 200_000  # with their kinds of message; beyond, who was sent one the longest ago is forgotten
FORGOTTEN = 2  # at most, for each message that is counted

Key = tuple[str, str, str, str]  # directory, unique id, kind, and the recipient where the limit is for one


STATION, CLIENT = "station", "client"


class Limit(Struct, frozen=True):
    """At most so many messages of a kind to a user within the hour before `now`; to one `recipient` where it is given.

    Where `of` is STATION or CLIENT, `recipient` is the name of one instead, from which somebody asked for them; without a
    user it is whoever they went to.
    """

    directory: str
    unique_id: str
    kind: str
    recipient: str
    most: int
    now: float
    of: str = ""


class SentAt(NamedTuple):
    """A message as limits count it; `station` and `client` of those that are counted by them as well."""

    directory: str
    unique_id: str
    kind: str
    recipient: str
    at: float
    station: str = ""
    client: str = ""


class SentLately:
    """Counts what is about to be sent."""

    def __init__(self) -> None:
        # Who was sent something last comes last. Of a plain dict, finding the first takes long where many are gone.
        self._times: OrderedDict[Key, list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def load(self, sent: Iterable[SentAt]) -> None:
        """What was sent before this process began, oldest first."""
        for each in sent:
            for key in _keys(each):
                self._note(key, self._times.pop(key, []), each.at)

    def take(self, limits: Sequence[Limit]) -> bool:
        """Counts one more message for each of these; False, and nothing is counted, where one has no room."""
        for taken, limit in enumerate(limits):
            key = key_of(limit)
            times = self._times.pop(key, [])
            while times and times[0] <= limit.now - HOUR:
                del times[0]
            if len(times) >= limit.most:
                self._times[key] = times
                self.give_back(limits[:taken])
                return False
            self._note(key, times, limit.now)
            self._forget(limit.now)
        return True

    def give_back(self, limits: Sequence[Limit]) -> None:
        """What was taken is not sent after all."""
        for limit in limits:
            times = self._times.get(key_of(limit), [])
            if limit.now in times:
                times.remove(limit.now)

    def _note(self, key: Key, times: list[float], at: float) -> None:
        times.append(at)
        if len(self._times) >= USERS_KEPT:
            del self._times[next(iter(self._times))]
        self._times[key] = times

    def _forget(self, now: float) -> None:
        """Whom nothing was sent to within the hour: some of them, so that nobody waits for it."""
        for _ in range(FORGOTTEN):
            key, times = next(iter(self._times.items()))
            if times and times[-1] > now - HOUR:
                break
            del self._times[key]


def key_of(limit: Limit) -> Key:
    """By which messages are counted for it."""
    return (limit.directory, limit.unique_id, limit.kind + limit.of, limit.recipient)


def _keys(sent: SentAt) -> Iterator[Key]:
    """Of every limit that a message counts for."""
    directory, unique_id, kind = sent.directory, sent.unique_id, sent.kind
    yield directory, unique_id, kind, ""
    yield directory, unique_id, kind, sent.recipient
    if sent.station:
        yield "", "", kind + STATION, sent.station
        yield directory, unique_id, kind + STATION, sent.station
    if sent.client:
        yield "", "", kind + CLIENT, sent.client
