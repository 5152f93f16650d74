"""`otherwise` of a code's profile: by whose carriers it goes where none of its own takes it.

One step is gone and no further, so that two profiles may stand in for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from config.checks.draft import Draft
from config.faults import Fault
from config.models.methods import SentCodeOptions
from config.models.options import PASSWORD
from config.settings import Settings


def _usable(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Faults of what can not stand in for a profile; one that is not there is told elsewhere."""
    for name, profile in settings.profiles.items():
        other = settings.profiles.get(profile.sends_otherwise_by or "")
        if other is None:
            continue
        here = ("profiles", name, "otherwise")
        if other.name == name:
            yield draft.value(f"`{name}` can not stand in for itself; write another profile", *here)
        elif not isinstance(other, SentCodeOptions):
            told = f"`{other.name}` is a profile of {other.method}, and sends no codes; write one that does"
            yield draft.value(told, *here)
        else:
            lacking = [directory for directory in profile.directories if directory not in other.directories]
            if lacking:
                told = f"`{other.name}` lacks the directory `{lacking[0]}` of this profile, whose users it has nothing of; add it there"
                yield draft.value(told, *here)


def _helps(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Warnings of one that changes nothing."""
    for name, profile in settings.profiles.items():
        other = settings.profiles.get(profile.sends_otherwise_by or "")
        if other is None or other.name == name:
            continue
        here = ("profiles", name, "otherwise")
        if set(_carriers(other)) <= set(_carriers(profile)):
            told = f"`{other.name}` sends by carriers that `{name}` has itself: where one is down the other is; write a profile with others"
            yield draft.value(told, *here)
        for user in settings.profiles.values():
            if user.profiles_first and name in user.profiles_first and user.passed_first[0] == name:
                told = f"no code of `{name}` goes otherwise before `{user.name}`: nothing is proved before it there; write `{PASSWORD}` first in its `methods`"
                yield draft.value(told, *here)


def _carriers(profile: object) -> list[tuple[str, str]]:
    if not isinstance(profile, SentCodeOptions):
        return []
    return [(section, name) for section, names in profile.carriers.items() for name in names]


ERRORS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_usable,)
WARNINGS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_helps,)
