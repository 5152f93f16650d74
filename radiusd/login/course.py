"""What takes logins further, over one memory of those that are open and one way to write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from radiusd.login.applications import Application
from radiusd.login.asking import Asking
from radiusd.login.behaviours import Behaviour
from radiusd.login.cases import Case
from radiusd.login.committing import Committing
from radiusd.login.factors import Factors
from radiusd.login.guard import LocksOut
from radiusd.login.identities import Identities
from radiusd.login.judging import Judging
from radiusd.login.lasting import Lasting
from radiusd.login.late import Late
from radiusd.login.open_logins import OpenLogins
from radiusd.login.refusals import Refusals
from radiusd.login.refusing import Refusing
from radiusd.login.resuming import Beyond, Resuming
from radiusd.login.states import Keys
from radiusd.login.telling import Telling
from radiusd.login.undecided import Undecided
from radiusd.login.waking import Waking
from radiusd.rules.texts import Texts


class Course:
    """The parts of the engine that work on a login. Those of users and those of names that nobody has are alike (D4)."""

    def __init__(
        self,
        lasting: Lasting,
        *,
        known: OpenLogins,
        telling: Telling,
        committing: Committing,
        identities: Identities,
        applications: Mapping[str, Application],
        behaviours: Mapping[str, Behaviour],
        refusals: Refusals,
        texts: Texts,
        keys: Keys,
        login_timeout: float,
        locks_out: Callable[[Case], LocksOut | None],
        beyond: Beyond | None = None,
    ) -> None:
        self.known = known
        undecided = Undecided(committing, refusals, texts, keys, lasting.wall, telling)
        self.judging = Judging(lasting.attempts, locks_out, committing.count)
        refusing = Refusing(committing, refusals, keys, telling)
        asking = Asking(
            holds=lasting.holds, standing=lasting.standing, committing=committing, undecided=undecided,
            refusing=refusing, refusals=refusals, texts=texts, keys=keys, login_timeout=login_timeout,
            clock=lasting.clock, wall=lasting.wall,
        )  # fmt: skip
        self.factors = Factors(
            known=known, committing=committing, standing=lasting.standing, judging=self.judging, asking=asking,
            refusing=refusing, refusals=refusals, keys=keys, wall=lasting.wall,
        )  # fmt: skip
        self.resuming = Resuming(
            known=known, factors=self.factors, judging=self.judging, identities=identities, standing=lasting.standing,
            behaviours=behaviours, applications=applications, refusals=refusals, keys=keys, clock=lasting.clock,
            beyond=beyond,
        )  # fmt: skip
        late = Late(lasting.store, committing, self.resuming, lasting.clock, lasting.wall)
        self.waking = Waking(
            store=lasting.store, known=known, holds=lasting.holds, committing=committing, factors=self.factors,
            undecided=undecided, late=late.tell, resuming=self.resuming, refusals=refusals, behaviours=behaviours,
            applications=applications, clock=lasting.clock, wall=lasting.wall, background=lasting.background,
        )  # fmt: skip
