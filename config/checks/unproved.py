"""Warnings about profiles by which somebody is asked before anything is proved (D4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from config.checks.draft import Draft
from config.faults import Fault
from config.models.methods import LinkOptions
from config.models.templates import names
from config.settings import Settings


def _unproved(settings: Settings) -> Iterator[tuple[str, LinkOptions]]:
    for name, profile in settings.profiles.items():
        if isinstance(profile, LinkOptions) and profile.asks_unproved:
            yield name, profile


def _mixed(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Where some are asked for a password and some are not, it shows who is which."""
    alike = {name for name, _profile in _unproved(settings)}
    for name, application in settings.applications.items():
        others = [each for each in application.profiles if each not in alike]
        if others and len(others) < len(application.profiles):
            first = next(each for each in application.profiles if each in alike)
            told = (
                f"`{first}` asks no password, and `{others[0]}` does: who knows a name can see by the answer which of the two"
                " signs it in; give each an application of its own"
            )
            yield draft.value(told, "applications", name, "profiles")


def _waiting(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """What is shown to whoever typed a name names nobody."""
    for name, profile in _unproved(settings):
        for language, source in profile.waiting_message.items():
            if names(source, "user") and draft.wrote("profiles", name, "waiting_message"):
                told = "nothing is proved when this is shown, so `user` is empty in it; leave it out"
                yield draft.value(told, "profiles", name, "waiting_message", language)


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_mixed, _waiting)
