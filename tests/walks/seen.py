"""What a walk has seen so far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.walks.heard import CODES, LINKS, PATIENCE, Challenge, Click, Request, Sent, Shown
from tests.walks.history import History, Key, Person


class Seen:
    """`rules` are those of each node: one may ask for more than another."""

    def __init__(self, people: Mapping[str, Person], rules: Mapping[str, History[Any]]) -> None:
        self.people = people
        self.rules = rules
        self.requests: list[Request] = []
        self.challenges: dict[bytes, Challenge] = {}
        self.sent: list[Sent] = []
        self.clicks: list[Click] = []
        self.shown: list[Shown] = []
        self.restarts: list[float] = []
        self.locks: list[float] = []  # when the database was, for less than PATIENCE
        self.accepts: list[tuple[Key, float]] = []
        self.tally: Counter[str] = Counter()
        self.messages: Counter[tuple[str, str]] = Counter()
        self.spared: Counter[tuple[str, str]] = Counter()

    def rules_of(self, since: float, until: float) -> list[Any]:
        """Those that any node may have had at some time between."""
        return [one for history in self.rules.values() for one in history.possible(since, until)]

    def is_sent(self, factor: str, key: Key, recipient: str, secret: str, at: float) -> Sent:
        """A carrier was given a message; the same one that another carrier was given counts once (S142)."""
        for known in reversed(self.sent):
            if known.secret == secret and known.factor == factor:
                return known
        sent = Sent(factor, key, recipient, secret, at)
        sent.passwords = {each.root.password for each in self.requests if each.key == key and each.was_open(at)}
        if not sent.passwords or any(at - 10.0 < restart for restart in self.restarts):
            # Made anew after a start, for whoever had asked before.
            sent.passwords |= {one for each in self.sent if each.key == key for one in each.passwords}
        self.sent.append(sent)
        self.messages[self.kind(sent)] += 1
        self.tally["messages"] += 1
        return sent

    def restarted(self, at: float) -> None:
        """Messages that may not have left are made anew, whatever the limits."""
        self.restarts.append(at)
        for sent in self.sent:
            marked_in = (sent.at - PATIENCE, sent.at + PATIENCE)
            unmarked = any(marked_in[0] < lock < marked_in[1] for lock in self.locks)
            if sent.outcome != "taken" or sent.at > at - PATIENCE or unmarked:
                self.spared[self.kind(sent)] += 1

    @staticmethod
    def kind(sent: Sent) -> tuple[str, str]:
        # Codes are limited for the user, questions for whoever is asked: by mail, and after a reload by SMS, are two.
        return (sent.key.user, "code" if sent.factor in CODES else f"{sent.factor} to {sent.recipient}")

    def challenge_to(self, request: Request) -> Challenge | None:
        """The Challenge that it was answered with."""
        return next((each for each in reversed(self.challenges.values()) if each.to is request), None)

    def was_taken(self, sent: Sent, before: float) -> bool:
        """After a start a message that may have left is as good as the one that is made in its place."""
        return sent.outcome == "taken" or any(sent.at < at < before for at in self.restarts)


class Written(NamedTuple):
    """What a message of the walk says: what for, for which login, and the code or the token at its end."""

    factor: str
    key: Key
    secret: str


def read(text: str) -> Written | None:
    """None where it is not one of those that the walk's radius.yaml words, but of the server's own."""
    words = text.split(" ")
    if len(words) < 5 or words[0] not in (*CODES, *LINKS, "informed"):
        return None
    factor, user, client, station = words[:4]
    return Written(factor, Key(user, client, "" if station == client else station), re.split(r"[ /]", text)[-1])
