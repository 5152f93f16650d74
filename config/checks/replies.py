"""Replies that no packet holds: what an application and its rules give is added up (RFC 2865 section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from config.checks.draft import Draft
from config.faults import Fault
from config.models.rules import Reply
from config.settings import ApplicationSettings, Settings

ROOM = 4096 - 20 - 18  # octets beside the header and Message-Authenticator
USERS_OWN = 6  # a Framed-IP-Address
SIZES = f"octets of attributes, and an Access-Accept has room for {ROOM}"


def _together(reply: Reply, rules: Sequence[Reply]) -> Mapping[str, tuple[str, ...]]:
    """What a user gets whom all of these rules mean: they replace the application's, and add to each other's."""
    of_rules: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        for name, values in rule.items():
            of_rules[name] = tuple(dict.fromkeys((*of_rules.get(name, ()), *values)))
    return {**reply, **of_rules}


def _size(draft: Draft, reply: Reply, rules: Sequence[Reply] = ()) -> int:
    if draft.attributes is None:
        return 0
    together = _together(reply, rules)
    own = 0 if "framed-ip-address" in map(str.casefold, together) else USERS_OWN
    return own + sum(draft.attributes.size(name, values) for name, values in together.items())


def _faults(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, application in settings.applications.items():
        size = _size(draft, application.reply)
        if size > ROOM:
            yield draft.key(f"`reply` has {size} {SIZES}: leave some out", "applications", name, "reply")
            continue
        for index, rule in enumerate(application.reply_rules):
            size = _size(draft, application.reply, [rule.reply])
            if size > ROOM:
                told = f"with the application's own `reply` these are {size} {SIZES}: leave some out"
                yield draft.key(told, "applications", name, "reply_rules", index, "reply")


def _warnings(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, application in settings.applications.items():
        for directory in dict.fromkeys(rule.directory for rule in application.reply_rules):
            size = _size(draft, application.reply, _of(application, directory))
            if size > ROOM:
                told = f"a user of `{directory}` whom all these rules mean would get {size} {SIZES}, and is refused"
                yield draft.key(told, "applications", name, "reply_rules")


def _of(application: ApplicationSettings, directory: str) -> list[Reply]:
    return [rule.reply for rule in application.reply_rules if rule.directory == directory]


ERRORS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_faults,)
WARNINGS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_warnings,)
