"""What is behind links by which local users set another password, of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from config.settings import Settings
from radiusd.administration import users
from radiusd.administration.faults import Invalid
from radiusd.administration.password_resets import Resets
from radiusd.directories import Directory
from radiusd.enrollment.password_letters import PasswordLetters
from radiusd.handlers import Tools
from radiusd.process.enrolling import Reach
from store import Store


def letters_of(settings: Settings, tools: Tools) -> PasswordLetters:
    """What writes to users about their passwords."""
    gateways = tuple(settings.sms_gateways)
    return PasswordLetters(
        tools.texts, tools.titles, tools.time_zone, tools.mail, tools.mail_servers, tools.mobile, gateways
    )


def resets_of(
    settings: Settings, store: Store, directories: Mapping[str, Directory], tools: Tools, reach: Reach
) -> Resets:
    """Behind the links; without local users no link is good."""
    try:
        local = users.directory_of(settings)
    except Invalid:
        local = ""
    how = partial(tools.texts.of, "changed_by_link")
    rules, letters = settings.security.passwords, letters_of(settings, tools)
    return Resets(
        store, tools.keys, directories, local, reach.hashes, rules, letters, how, reach.send, reach.background
    )
