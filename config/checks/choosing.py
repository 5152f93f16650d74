"""Warnings about menus (`choose: ask`): those that nobody is ever shown, and ways that can never be chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from config.checks.draft import Draft
from config.faults import Fault
from config.models.methods import CodeOptions
from config.models.options import PASSWORD, ProfileOptions
from config.settings import ApplicationSettings, Settings


def _menus(settings: Settings) -> Iterator[tuple[str, ApplicationSettings]]:
    return ((name, each) for name, each in settings.applications.items() if each.choose == "ask")


def _alone(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, application in _menus(settings):
        first = settings.profiles[application.profiles[0]]
        if len(application.profiles) == 1:
            told = f"`{name}` has one profile, and there is nothing to choose; add another, or take `choose` out"
            yield draft.value(told, "applications", name, "choose")
        elif not _asks_the_password(first):
            told = (
                f"whoever can sign in by `{first.name}` gets it and no menu: it asks for no password, and which ways"
                " somebody has is told behind one alone; put it behind those that ask for one"
            )
            yield draft.value(told, "applications", name, "profiles", 0)


def _asks_the_password(profile: ProfileOptions) -> bool:
    return profile.is_password_alone or profile.passed_first[:1] == (PASSWORD,)


def _never_offered(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """A code that comes behind the password: whoever types one has chosen before the menu."""
    for name, application in _menus(settings):
        for index, each in enumerate(application.profiles):
            appended = [code for code in _codes(settings, each) if code.placement == "appended"]
            if appended and len(application.profiles) > 1:
                told = f"no menu offers `{each}`: `{appended[0].name}` has `placement: appended`; write `placement: auto` there"
                yield draft.value(told, "applications", name, "profiles", index)


def _codes(settings: Settings, name: str) -> list[CodeOptions]:
    """What a profile asks for that must be typed."""
    asked = [settings.profiles[each] for each in (*settings.profiles[name].profiles_first, name)]
    return [each for each in asked if isinstance(each, CodeOptions)]


def _not_shown(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Clients that can not show a menu, and then ask for what is chosen."""
    for name, client in settings.clients.items():
        application = settings.applications[client.application]
        shown = client.challenge
        if application.choose == "first" or len(application.profiles) == 1 or shown is True:
            continue
        here = ("clients", name, "challenge")
        if shown is False:
            told = f"this client shows no menu: of what `{client.application}` lets them choose from, its users get the first that it can show"
            yield draft.value(told, *here)
            continue
        left = [each for each in application.profiles if len(_codes(settings, each)) < shown]
        lost = [f"`{each}`" for each in application.profiles if each not in left]
        if len(left) < 2:
            told = f"the menu takes one of its Challenges, and what is left is enough for {'one' if left else 'no'} profile: its users get no menu, but the first"
            yield draft.value(told, *here)
        elif lost:
            told = f"the menu takes one of its Challenges, and what is left is not enough for {' and '.join(lost)}: not offered here"
            yield draft.value(told, *here)


def _alike(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Two that read the same in a menu."""
    for name, application in _menus(settings):
        for index, each in enumerate(application.profiles):
            profile = settings.profiles[each]
            for language in ("en", "tr"):
                called = profile.called(language).casefold()
                twins = (other for other in application.profiles[:index] if settings.profiles[other].called(language).casefold() == called)  # fmt: skip
                twin = next(twins, None)
                if twin is not None:
                    told = f"`{each}` and `{twin}` read the same in the menu: `{profile.called(language)}`; write another `title`"
                    yield draft.value(told, "applications", name, "profiles", index)
                    break


def _weakest(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """The password alone among stricter ways: whoever has stolen one chooses that."""
    ruled = {rule.profile for rule in settings.policies}
    for name, application in _menus(settings):
        if all(settings.profiles[each].is_password_alone for each in application.profiles):
            continue
        for index, each in enumerate(application.profiles):
            if settings.profiles[each].is_password_alone and each not in ruled:
                told = f"whoever has somebody's password chooses `{each}` in the menu, and nothing more is asked; take it out, or write a policy that says for whom it is"
                yield draft.value(told, "applications", name, "profiles", index)


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _alone,
    _never_offered,
    _not_shown,
    _alike,
    _weakest,
)
