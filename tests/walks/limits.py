"""Whether more was sent, or judged, than may be."""

from __future__ import annotations

from collections.abc import Mapping

from tests.walks.heard import PATIENCE, Sent, Unproved
from tests.walks.seen import Seen

LIMITS = {"approved": "asks_per_hour", "linked": "links_per_hour"}  # of codes: sends_per_hour


class Limits:
    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def check_limit(self, sent: Sent) -> None:
        """Never more than an hour allows (D13), the one that was sent last included. Raises Unproved."""
        if sent.factor == "informed":
            return
        name = LIMITS.get(sent.factor, "sends_per_hour")
        kind = self._seen.kind(sent)
        # A carrier may keep one for a while, and others that were made after it, and under another limit, come before.
        alike = [each for each in self._seen.sent if self._seen.kind(each) == kind and each.at > sent.at - PATIENCE]
        possible = self._seen.rules_of(sent.at - 2 * PATIENCE, sent.at)
        most = max(rules.limit(each.factor, name) for rules in possible for each in alike)
        if sent.factor == "linked":
            # A station that the user has signed in from has a budget of its own.
            known = {key.station or key.client for key, _at in self._seen.accepts if key.user == sent.key.user}
            most *= 1 + len(known)
        if self._seen.messages[kind] > most + self._seen.spared[kind]:
            raise Unproved(
                f"{self._seen.messages[kind]} messages ({kind[1]}) about {kind[0]}, where {most:g} are allowed"
            )

    def has_judged(self, user: str, judged: Mapping[str, int], begin: float, end: float) -> None:
        """So many wrong passwords of a user were judged, by station, while many came at once. Raises Unproved.

        A sign-in from there, a new password and an administrator end what was counted; a reload and a start may change
        the limit, and the end of a block begins another count.
        """
        person, rules = self._seen.people[user], self._seen.rules_of(begin, end)
        if any(each.passwords_judged is None for each in rules):
            return
        self._seen.tally["bursts"] += 1
        most = max(each.passwords_judged or 0 for each in rules)
        ended = person.blocked.changes(begin, end) + person.password.changes(begin, end)
        ended += len(rules) - len(self._seen.rules) + sum(begin <= at <= end for at in self._seen.restarts)
        ended += int((end - begin) / min(each.blocked_for for each in rules))
        for station, count in judged.items():
            signed_in = sum(
                key.user == user and (key.station or key.client) == station and begin <= at <= end
                for key, at in self._seen.accepts
            )
            if count > most * (1 + ended + signed_in):
                raise Unproved(f"{count} wrong passwords from {station} were judged at once, where {most} are allowed")
