"""How those who sign in, and those who decide about them, go about it."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """Of somebody who signs in, and of who decides about them: times in seconds, chances from 0 to 1.

    `wrong` codes are typed first. `restless`: they sign in anew where a code is asked for. `strange`: somebody else tries
    their answers, and so do they once more in the end. `spells`: their name is typed otherwise each time. `due`: their
    password must be changed before. `elsewhere`: codes are asked for, to another of their addresses. `lost`: a recovery code is typed, and perhaps once more, where an app is asked for. While they
    sign in, or wait, or are approved: `renewed`, their password is changed; `reordered`, the server is told of other
    factors; `stolen`, what they were asked for a code of counts no more; `let_go`, they are disabled for a while, and what let them in is tried
    once more.
    """

    wrong: int = 0
    slow: float = 0.0
    restless: float = 0.0
    strange: float = 0.0
    spells: float = 0.0
    renewed: float = 0.0
    due: float = 0.0
    lost: float = 0.0
    stolen: float = 0.0
    elsewhere: float = 0.0
    reordered: float = 0.0
    let_go: float = 0.0
    says_station: bool = True
    decided_after: float = 0.1
    approved: float = 1.0
    patience: int = 14

    @classmethod
    def drawn(cls, dice: random.Random) -> Habits:
        return cls(
            wrong=dice.choice((0, 0, 0, 1, 2, 3)),
            slow=dice.choice((0.0, 0.0, 0.0, 0.1, 0.3, 1.2, 3.2)),
            restless=dice.choice((0.0, 0.0, 0.4)),
            strange=dice.choice((0.0, 0.3, 0.6)),
            spells=dice.choice((0.0, 0.0, 0.5)),
            renewed=dice.choice((0.0, 0.0, 0.0, 0.2)),
            due=dice.choice((0.0, 0.0, 0.0, 1.0)),
            lost=dice.choice((0.0, 0.0, 0.8)),
            stolen=dice.choice((0.0, 0.0, 0.5)),
            elsewhere=dice.choice((0.0, 0.0, 0.3)),
            reordered=dice.choice((0.0, 0.0, 0.0, 0.2)),
            let_go=dice.choice((0.0, 0.0, 0.4)),
            says_station=dice.random() < 0.7,
            decided_after=dice.choice((0.1, 0.1, 0.5, 1.5, 2.5)),
            approved=0.85,
            patience=dice.choice((2, 4, 8, 14)),
        )
