"""What radius.yaml may say already although nothing acts on it yet. Who builds it deletes its line here.

What is not active is said by `radiusd check`, and never ignored where it would make a sign-in stricter: the profiles
it is about let nobody in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from config.checks.draft import Draft, matches
from config.faults import Fault
from config.models.options import ProfileOptions
from config.settings import Settings
from config.yaml.nodes import Key, plain


class Inactive(NamedTuple):
    """A key (`*`: any name or entry) whose behaviour is not built, `when` its written value is such.

    `closes` says which profiles it would make stricter; for a key of a profile, whether that one.
    """

    path: str
    when: Callable[[Any], bool] = lambda _: True
    closes: Callable[[ProfileOptions], bool] = lambda _: False


def _stricter(_profile: ProfileOptions) -> bool:
    return True


INACTIVE = (
    Inactive("listen.radsec", bool),
    Inactive("tls.client_ca", lambda authority: authority is not None),
    Inactive("workers", lambda workers: workers != 1),
    Inactive("clients.*.tls"),
    Inactive("clients.*.coa_port"),
    Inactive("profiles.*.quorum", lambda quorum: quorum != 1, _stricter),
    Inactive("profiles.*.confirm", lambda confirm: confirm != "button", _stricter),
    Inactive("profiles.*.escalate_after", lambda after: after is not None),
    Inactive("profiles.*.grant.choices", lambda choices: choices != ["once"]),
    Inactive("profiles.*.notify", lambda notify: notify == "daily"),
    Inactive("blocking.suspicious", lambda suspicious: suspicious is not None),
    Inactive("blocking.not_me"),
    Inactive("blocking.end_sessions"),
    Inactive("absences"),
)


def inactive_warnings(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """What was written of it, each key once."""
    for section in draft.kinds:
        for name in getattr(settings, section):
            kind, key = _kind(draft, settings, section, name)
            if kind is not None:
                told = f"`{key}: {kind}` is accepted but not active yet"
                closed = f"; profile `{name}` lets nobody in" if section == "profiles" else ""
                yield draft.key(told + closed, section, name, key)
    for entry in INACTIVE:
        for path, node in matches(draft.root, entry.path):
            profile = str(path[1]) if path[0] == "profiles" else None
            if entry.when(plain(node)) and not (profile and _kind(draft, settings, "profiles", profile)[0]):
                closes = profile is not None and entry.closes(settings.profiles[profile])
                closed = f"; profile `{profile}` lets nobody in" if closes else ""
                yield draft.key(f"`{path[-1]}` is accepted but not active yet{closed}", *path)


def closed_profiles(draft: Draft, settings: Settings) -> Mapping[str, str]:
    """The profiles that let nobody in, each with why: something they ask for is not active."""
    methods = {name: _kind(draft, settings, "profiles", name)[0] for name in settings.profiles}
    closed = {name: f"the method {method} is not active yet" for name, method in methods.items() if method}
    for entry in INACTIVE:
        for path, node in matches(draft.root, entry.path):
            if entry.when(plain(node)):
                told = f"{'.'.join(str(key) for key in path)} is not active yet"
                closed = {**dict.fromkeys(_closed_by(entry, path, settings), told), **closed}
    for name, profile in settings.profiles.items():
        for factor in profile.profiles_first:
            if factor in closed:
                closed.setdefault(name, f"its method {factor} lets nobody in: {closed[factor]}")
        for directory in profile.directories:
            if _kind(draft, settings, "directories", directory)[0] is not None:
                closed.setdefault(name, f"its directory {directory} is of a type that is not active yet")
    return closed


def _closed_by(entry: Inactive, path: tuple[Key, ...], settings: Settings) -> Iterator[str]:
    for name, profile in settings.profiles.items():
        if entry.closes(profile) and (path[0] != "profiles" or path[1] == name):
            yield name


def _kind(draft: Draft, settings: Settings, section: str, name: str) -> tuple[str | None, str]:
    """The `method:` or `type:` of an entry where it is not active, else None; and which of the two keys it is."""
    kinds = draft.kinds[section]
    kind = str(getattr(getattr(settings, section)[name], kinds.key))
    return (None if kinds[kind].active else kind), kinds.key
