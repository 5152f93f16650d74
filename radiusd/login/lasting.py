"""What of the engine outlives a configuration."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from radiusd.enrollment.enrolled import Enrolled
from radiusd.login.attempts import Attempts
from radiusd.login.holds import Holds
from radiusd.login.identities import Identities
from radiusd.login.open_logins import OpenLogins
from radiusd.login.sending import Sending
from radiusd.login.standing import Standing
from store import Store


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """`known` are the open logins of users; `of_nobody` those of names that nobody has, which are in memory alone (D4)."""

    store: Store
    identities: Identities
    standing: Standing
    enrolled: Enrolled
    attempts: Attempts
    known: OpenLogins
    of_nobody: OpenLogins
    holds: Holds
    sending: Sending
    clock: Callable[[], float]
    wall: Callable[[], float]
    background: Callable[[Coroutine[Any, Any, None]], None]
