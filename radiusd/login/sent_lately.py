"""How many messages each user was sent within the last hour: known in memory where no other process sends any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from store import messages
from store.logins import Limit
from store.messages import HOUR

USERS_KEPT = 200_000  # with their kinds of message; beyond, who was sent one the longest ago is forgotten

Key = tuple[str, str, str, str]  # directory, unique id, kind, and the recipient where the limit is for one


class SentLately:
    """Counts what is about to be sent. A table's index for it would cost each sign-in a page of the disk."""

    def __init__(self) -> None:
        self._times: dict[Key, list[float]] = {}  # who was sent something last comes last

    def __len__(self) -> int:
        return len(self._times)

    def load(self, sent: Iterable[messages.SentAt]) -> None:
        """What was sent before this process began, oldest first."""
        for directory, unique_id, kind, recipient, at in sent:
            for key in ((directory, unique_id, kind, ""), (directory, unique_id, kind, recipient)):
                self._note(key, self._times.pop(key, []), at)

    def take(self, limits: Sequence[Limit]) -> bool:
        """Counts one more message for each of these; False, and nothing is counted, where one has no room."""
        for taken, limit in enumerate(limits):
            key = _key(limit)
            times = self._times.pop(key, [])
            while times and times[0] <= limit.now - HOUR:
                del times[0]
            if len(times) >= limit.most:
                self._times[key] = times
                self.give_back(limits[:taken])
                return False
            self._note(key, times, limit.now)
        return True

    def give_back(self, limits: Sequence[Limit]) -> None:
        """What was taken is not sent after all."""
        for limit in limits:
            times = self._times.get(_key(limit), [])
            if limit.now in times:
                times.remove(limit.now)

    def sweep(self, now: float) -> None:
        """Forgets whom nothing was sent to within the hour."""
        old = []
        for key, times in self._times.items():
            if times and times[-1] > now - HOUR:
                break
            old.append(key)
        for key in old:
            del self._times[key]

    def _note(self, key: Key, times: list[float], at: float) -> None:
        times.append(at)
        if len(self._times) >= USERS_KEPT:
            del self._times[next(iter(self._times))]
        self._times[key] = times


def _key(limit: Limit) -> Key:
    return (limit.directory, limit.unique_id, limit.kind, limit.recipient)
