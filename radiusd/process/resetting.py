"""What is behind links by which local users set another password, of the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from config.settings import Settings
from radiusd.administration import users
from radiusd.administration.faults import Invalid
from radiusd.administration.password_resets import Resets
from radiusd.delivery.carriers import NotSent, Sent
from radiusd.directories import Directory
from radiusd.enrollment.password_letters import PasswordLetters
from radiusd.handlers import Tools
from radiusd.model.message import Message
from radiusd.passwords.hash_queue import HashQueue
from store import Store


def letters_of(tools: Tools) -> PasswordLetters:
    """What writes to users about their passwords."""
    return PasswordLetters(tools.texts, tools.titles, tools.time_zone, tools.mail, tools.mail_servers)


def resets_of(
    settings: Settings,
    store: Store,
    directories: Mapping[str, Directory],
    tools: Tools,
    hashes: HashQueue,
    send: Callable[[Message, float], Awaitable[Sent | NotSent]],
    background: Callable[[Coroutine[Any, Any, None]], None],
) -> Resets:
    """Behind the links; without local users no link is good."""
    try:
        local = users.directory_of(settings)
    except Invalid:
        local = ""
    how = partial(tools.texts.of, "changed_by_link")
    rules = settings.security.passwords
    return Resets(store, tools.keys, directories, local, hashes, rules, letters_of(tools), how, send, background)
