"""Which attributes a user's Access-Accept carries, the same on every path to it (C16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from radiusd.model.access import Reply
from radiusd.model.entry import Entry
from radiusd.rules.conditions import Condition

FRAMED_IP_ADDRESS = "Framed-IP-Address"
SESSION_TIMEOUT = "Session-Timeout"

Attributes = Mapping[str, Sequence[str]]
Encode = Callable[[str, Sequence[str]], bytes]
"""An attribute's name and values as a door sends them."""


class ReplyRule(NamedTuple):
    """One of an application's `reply_rules`."""

    condition: Condition
    reply: Attributes


class ReplyRules:
    """The `reply` and `reply_rules` of an application. Made once from the settings.

    All rules that match count. An attribute that one of them names replaces the application's of that name; named
    by several, it has the values of all, in the rules' order, each once. What a user has of their own (attributes, a
    Framed-IP-Address) replaces every other. Users with the same attributes share one Reply, which is encoded once.
    """

    def __init__(self, reply: Attributes, rules: Sequence[ReplyRule], encode: Encode) -> None:
        """`encode` raises ValueError for what can not be sent."""
        self._encode = encode
        self._reply = {name: tuple(values) for name, values in reply.items()}
        self._rules = tuple(rules)
        self._shared: dict[tuple[int, ...], Reply] = {}

    def reply(self, entry: Entry) -> Reply:
        """Raises ValueError where the user's own attributes can not be sent."""
        matching = self._matching(entry)
        if entry.framed_ip_address is not None or entry.reply:
            return self._made({**self._attributes(matching), **_own(entry)})
        if matching not in self._shared:
            self._shared[matching] = self._made(self._attributes(matching))
        return self._shared[matching]

    def shortened(self, reply: Reply, seconds: float) -> Reply:
        """The reply with a Session-Timeout that ends no later."""
        attributes = dict(reply.attributes)
        given = [int(each) for each in attributes.get(SESSION_TIMEOUT, ()) if each.isdecimal()]
        return self._made({**attributes, SESSION_TIMEOUT: (str(min([int(seconds), *given])),)})

    def sources(self, entry: Entry) -> Mapping[str, str]:
        """From where each attribute of the user's reply comes, as `explain` tells it."""
        told = dict.fromkeys(self._reply, "`reply`")
        for number in self._matching(entry):
            told.update(dict.fromkeys(self._rules[number].reply, f"`reply_rules`, number {number + 1}"))
        return {**told, **dict.fromkeys(_own(entry), "the user's own")}

    def _matching(self, entry: Entry) -> tuple[int, ...]:
        return tuple(number for number, rule in enumerate(self._rules) if rule.condition.matches(entry))

    def _made(self, attributes: dict[str, tuple[str, ...]]) -> Reply:
        encoded = b"".join(self._encode(name, values) for name, values in attributes.items())
        return Reply(tuple(attributes.items()), encoded)

    def _attributes(self, matching: tuple[int, ...]) -> dict[str, tuple[str, ...]]:
        of_rules: dict[str, tuple[str, ...]] = {}
        for number in matching:
            for name, values in self._rules[number].reply.items():
                of_rules[name] = tuple(dict.fromkeys((*of_rules.get(name, ()), *values)))
        return {**self._reply, **of_rules}


def _own(entry: Entry) -> dict[str, tuple[str, ...]]:
    address = entry.framed_ip_address
    return dict(entry.reply) | ({} if address is None else {FRAMED_IP_ADDRESS: (str(address),)})
