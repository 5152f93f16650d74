"""What the pages act on, of the settings in use, and the engine's door for who comes over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from config.settings import Settings
from radiusd.approval.desk import Desk
from radiusd.approval.people import People
from radiusd.directories import Directory
from radiusd.enrollment.enrolled import Enrolled
from radiusd.login.answering import Answering
from radiusd.process.enrolling import Reach, reception_of
from radiusd.process.key_file import derived
from radiusd.process.resetting import resets_of
from radiusd.process.tools import tools_of
from radiusd.rules.sealing import Sealing
from radiusd.web.signing_in import SigningIn
from store import Store

if TYPE_CHECKING:
    from radiusd.web.pages import Pages


def signing_in_of(answering: Answering, keys: Sequence[bytes], settings: Callable[[], Settings]) -> SigningIn:
    """By which people and programs sign in over HTTP. A Reject is delayed as over RADIUS."""

    def reject_delay() -> float:
        return settings().security.reject_delay.total_seconds()

    return SigningIn(answering, Sealing(derived(keys, b"sign-ins")), wall=time.time, reject_delay=reject_delay)


def pages_of(
    settings: Settings,
    store: Store,
    directories: Mapping[str, Directory],
    keys: Sequence[bytes],
    enrolled: Enrolled,
    reach: Reach,
) -> Pages:
    """What the web's pages act on; they show the outbox where there is one. Imports the web framework."""
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
    )
