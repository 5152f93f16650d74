"""What came of a sign-in, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from radiusd.nas.simulate.profiles import PlayedNas
from radiusd.nas.simulate.transcript import Transcript

WON = {
    "code": "the code was typed in time",
    "approval": "approved while the NAS waited",
    "password": "by the password alone",
}


class Ending(Enum):
    """How one try ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    GAVE_UP = "the NAS gave up"
    USER_LEFT = "the user's program gave up"
    NO_CHALLENGE = "it shows no challenge: write `challenge: false` in its client"
    NOBODY_TYPED = "nobody typed what was asked"
    WINDOW_CLOSED = "the window for the answer closed"
    FORGED = "the shared secrets differ"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a sign-in. `method` is what it was about, as far as was seen; `seconds` until its end.

    `ending` is that of the last of its `tries`, `first` that of the first where there were two;
    `enters` is how often the user pressed Enter to go on waiting.
    """

    nas: PlayedNas
    user: str
    station: str
    ending: Ending
    method: str
    seconds: float
    tries: int
    answered: bool
    reply: str
    transcript: Transcript
    first: Ending | None = None
    enters: int = 0

    @property
    def succeeded(self) -> bool:
        return self.ending is Ending.ACCEPTED

    @property
    def why(self) -> str:
        """What it came by, in a few words."""
        if self.succeeded and self.tries > 1 and self.method == "code":
            before = f"{self._ended(self.first)}; " if self.first is not Ending.REFUSED else ""
            return f"{before}the code came behind the password, at the second try"
        if self.succeeded and self.tries > 1:
            before = "not decided in time" if self.first is Ending.REFUSED else self._ended(self.first)
            return "; ".join(filter(None, (before, "the approval counted at the second try")))
        if self.succeeded and self.enters:
            return f"approved; Enter was pressed {f'{self.enters} times' if self.enters > 1 else 'once'} until then"
        if self.succeeded:
            return WON.get(self.method, "")
        return self._ended(self.ending)

    @property
    def verdict(self) -> str:
        """Yes or no, and why."""
        return f"yes, after {self.seconds:.1f} s: {self.why}" if self.succeeded else f"no: {self.why}"

    def _ended(self, ending: Ending | None) -> str:
        """How a try without an Accept ended."""
        if ending is Ending.GAVE_UP:
            return f"it gave up after {round(self.nas.habit.gives_up, 1):g} s"
        if ending is Ending.USER_LEFT:
            return f"the user's program gave up after {self.nas.user_waits:g} s"
        if ending is Ending.REFUSED and self.nas.speaks != "PAP":
            return f"it speaks {self.nas.speaks} alone, which is refused"
        if ending is Ending.REFUSED:
            return f"refused: {self.reply}"
        return "" if ending is None else ending.value
