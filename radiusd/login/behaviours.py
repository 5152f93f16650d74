"""What of a client's settings the engine follows."""

from __future__ import annotations

from msgspec import Struct

from radiusd.handlers import Method
from radiusd.login.login_rows import proofs_of
from store.records import LoginRow

ANY = -1


class Behaviour(Struct, frozen=True):
    """`challenges` in one login: ANY, or how many it can show. `holds`: a request of it may be kept open."""

    discard_on_outage: bool
    challenges: int
    max_held: int
    holds: bool = True

    def challenges_left(self, row: LoginRow | None) -> int:
        """How many more Challenges the NAS can show in this login; ANY for any number."""
        most = self.challenges
        if most <= 0 or row is None:
            return most
        return max(0, most - proofs_of(row).challenges)

    def is_appended(self, method: Method) -> bool:
        """Whether an answer to that method comes behind the password."""
        if method.placement == "auto":
            return self.challenges == 0
        return method.placement == "appended"

    def is_shut(self, method: Method) -> bool:
        """Whether the method asks what this client can not show: then nothing is sent."""
        return self.challenges == 0 and method.placement != "none" and not self.is_appended(method)


PAGES = "pages"  # the client's name where somebody signs in to the pages
OF_PAGES = Behaviour(discard_on_outage=False, challenges=ANY, max_held=1000)

# Of a client that a reload took away while a request of it was held: nothing more is asked.
GONE = Behaviour(discard_on_outage=False, challenges=0, max_held=0, holds=False)
