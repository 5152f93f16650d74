"""What the pages act on, of the settings in use, and the engine's door for who comes over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from config.settings import Settings
from radiusd.administration.entrance import Entrance, Gone
from radiusd.administration.roles import Role, Roles
from radiusd.approval.desk import Desk
from radiusd.approval.people import People
from radiusd.directories import Directory
from radiusd.enrollment.enrolled import Enrolled
from radiusd.handlers import Tools
from radiusd.login.answering import Answering
from radiusd.login.identities import Identities, Outage
from radiusd.model.entry import Entry
from radiusd.process.directories_in_use import DirectoriesInUse
from radiusd.process.enrolling import Reach, reception_of
from radiusd.process.key_file import derived
from radiusd.process.resetting import resets_of
from radiusd.process.tools import conditions_of, tools_of
from radiusd.rules.sealing import Sealing
from radiusd.web.signing_in import SigningIn
from store import Store

if TYPE_CHECKING:
    from radiusd.web.pages import Pages


LOOK_UP_SECONDS = 5.0  # that a directory has to say who somebody is


class Entering(NamedTuple):
    """By what people sign in to the pages, and are found again."""

    signing_in: SigningIn
    identities: Identities


def signing_in_of(answering: Answering, keys: Sequence[bytes], settings: Callable[[], Settings]) -> SigningIn:
    """By which people and programs sign in over HTTP. A Reject is delayed as over RADIUS."""

    def reject_delay() -> float:
        return settings().security.reject_delay.total_seconds()

    return SigningIn(answering, Sealing(derived(keys, b"sign-ins")), wall=time.time, reject_delay=reject_delay)


def pages_of(
    settings: Callable[[], Settings],
    store: Store,
    directories: DirectoriesInUse,
    keys: Sequence[bytes],
    enrolled: Enrolled,
    reach: Reach,
    entering: Entering,
) -> Callable[[], Pages]:
    """What the web's pages act on under the settings in use; it is made once for these, since its texts take a while."""
    kept: list[tuple[Settings, Pages]] = []

    def pages() -> Pages:
        now = settings()
        if not kept or kept[0][0] is not now:
            kept[:] = [(now, _made(now, store, directories.now, keys, enrolled, reach, entering))]
        return kept[0][1]

    return pages


def _made(
    settings: Settings,
    store: Store,
    directories: Mapping[str, Directory],
    keys: Sequence[bytes],
    enrolled: Enrolled,
    reach: Reach,
    entering: Entering,
) -> Pages:
    """They show the outbox where there is one. Imports the web framework."""
    from radiusd.web.pages import Pages

    tools = tools_of(settings, store, directories, keys, enrolled)
    return Pages(
        desk=Desk(store, tools.keys, People(store, directories, blocking=settings.blocking.enabled)),
        reception=lambda: reception_of(settings, store, directories, tools, reach.send, reach.background),
        resets=resets_of(settings, store, directories, tools, reach),
        outbox=reach.outbox,
        time_zone=tools.time_zone,
        language=settings.language,
        trusted_proxies=settings.trusted_proxies,
        clock=time.time,
        titles=tools.titles,
        logo=settings.organisation.logo,
        entrance=entrance_of(settings, store, tools, keys, entering.identities),
        signing_in=entering.signing_in,
    )


def entrance_of(
    settings: Settings, store: Store, tools: Tools, keys: Sequence[bytes], identities: Identities
) -> Entrance | None:
    """By what people come in to the pages; None where nobody does."""
    name = settings.administration.application
    if name is None:
        return None
    profiles = {each: settings.profiles[each] for each in settings.applications[name].profiles}
    searched = dict.fromkeys(directory for options in profiles.values() for directory in options.directories)
    directories = [tools.directories[each] for each in searched]

    async def find(typed: str) -> Entry | None:
        deadline = asyncio.get_running_loop().time() + LOOK_UP_SECONDS
        found = await identities.find(directories, typed, deadline)
        if isinstance(found, Outage):
            raise Gone
        return found if isinstance(found, Entry) else None

    rules = settings.administration.roles
    return Entrance(
        store=store,
        keys=derived(keys, b"page sessions"),
        application=name,
        roles=Roles({role: conditions_of(getattr(rules, role.value)) or () for role in Role}),
        seconds=second_factors(settings, name),
        idle=settings.administration.session.total_seconds(),
        find=find,
        clock=time.time,
    )


def second_factors(settings: Settings, application: str) -> frozenset[str]:
    """The profiles of an application that prove more than a password, or are passed before one that does (D19)."""
    profiles = settings.applications[application].profiles
    named = {*profiles, *(first for each in profiles for first in settings.profiles[each].profiles_first)}
    return frozenset(each for each in named if not settings.profiles[each].lacks_for_a_role)
