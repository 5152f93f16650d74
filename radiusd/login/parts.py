"""What the parts of the login engine have in common: one object per configuration."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from radiusd.handlers import Method
from radiusd.login.applications import Application
from radiusd.login.holds import Holds
from radiusd.login.identities import Identities
from radiusd.login.logins import Login, Logins
from radiusd.login.recorded import proofs_of
from radiusd.login.sending import Sending
from radiusd.login.standing import Standing
from radiusd.login.states import Keys
from radiusd.login.steps import Case, Refusals, place_of
from radiusd.model.access import AccessRequest
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.rules.texts import Texts
from store import Store

PASSWORD = "password"  # noqa: S105 - the name of the factor
ANY = -1


class Behaviour(Struct, frozen=True):
    """What of a client's settings the engine follows. `challenges` in one login: ANY, or how many it can show."""

    discard_on_outage: bool
    challenges: int
    max_held: int


@dataclass(frozen=True, slots=True)
class Parts:
    """`known` and `holds` outlive a configuration, as `standing`, `identities` and `sending` do."""

    store: Store
    known: Logins
    holds: Holds
    sending: Sending
    standing: Standing
    identities: Identities
    applications: Mapping[str, Application]
    clients: Mapping[str, Behaviour]
    refusals: Refusals
    texts: Texts
    keys: Keys
    login_timeout: float
    clock: Callable[[], float]
    wall: Callable[[], float]
    background: Callable[[Coroutine[Any, Any, None]], None]

    def turn(self, case: Case, factor: str, answer: str, memory: str, login: Login | None) -> Turn:
        """What a method is told."""
        request = case.request
        return Turn(
            case.login,
            case.entry,
            answer,
            request.client,
            request.application,
            case.plan.profile,
            request.station,
            memory,
            request.at,
            request.deadline,
            factor,
            request.nas,
            request.source,
            self.challenges_left(request, login),
        )

    def challenges_left(self, request: AccessRequest, login: Login | None) -> int:
        """How many more Challenges the NAS can show in this login; ANY for any number."""
        most = self.clients[request.client].challenges
        if most == ANY or login is None:
            return most
        return max(0, most - proofs_of(login.row).challenges)

    def is_appended(self, request: AccessRequest, method: Method) -> bool:
        """Whether an answer to that method comes behind the password."""
        if method.placement == "auto":
            return self.clients[request.client].challenges == 0
        return method.placement == "appended"

    def is_shut(self, case: Case, factor: str) -> bool:
        """Whether the factor asks what this client can not show: then nothing is sent."""
        method = case.plan.methods[factor]
        if method.placement == "none" or self.is_appended(case.request, method):
            return False
        return self.clients[case.request.client].challenges == 0

    async def refusal(self, request: AccessRequest, entry: Entry) -> str:
        """Why somebody may not sign in at all at the moment, "" where they may. Raises store.Unavailable."""
        if self.standing.has_blocks(entry):
            place = place_of(request)
            block = self.standing.block_of(entry, place, await self.standing.knows(entry, place), request.at)
            if block is not None:
                return f"blocked: {block.reason}"
        if not entry.enabled:
            return "the user is disabled"
        if entry.expires_at is not None and entry.expires_at <= request.at:
            return "the user's account has expired"
        return ""
