"""What of a client's settings the engine follows."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from radiusd.handlers import Method
from radiusd.login.login_rows import proofs_of
from radiusd.login.refusals import Case
from store.records import LoginRow

ANY = -1


class Behaviour(Struct, frozen=True):
    """`challenges` in one login: ANY, or how many it can show. `holds`: a request of it may be kept open."""

    discard_on_outage: bool
    challenges: int
    max_held: int
    holds: bool = True


# Of a client that a reload took away while a request of it was held: nothing more is asked.
GONE = Behaviour(discard_on_outage=False, challenges=0, max_held=0, holds=False)


class Behaviours:
    """The clients' behaviours by name."""

    def __init__(self, clients: Mapping[str, Behaviour]) -> None:
        self._clients = clients

    def of(self, client: str) -> Behaviour:
        return self._clients.get(client, GONE)

    def has(self, client: str) -> bool:
        """Whether it is in radius.yaml."""
        return client in self._clients

    def challenges_left(self, client: str, row: LoginRow | None) -> int:
        """How many more Challenges the NAS can show in this login; ANY for any number."""
        most = self.of(client).challenges
        if most <= 0 or row is None:
            return most
        return max(0, most - proofs_of(row).challenges)

    def is_appended(self, client: str, method: Method) -> bool:
        """Whether an answer to that method comes behind the password."""
        if method.placement == "auto":
            return self.of(client).challenges == 0
        return method.placement == "appended"

    def is_shut(self, case: Case, factor: str) -> bool:
        """Whether the factor asks what this client can not show: then nothing is sent."""
        client, method = case.request.client, case.plan.methods[factor]
        if method.placement == "none" or self.is_appended(client, method):
            return False
        return self.of(client).challenges == 0
