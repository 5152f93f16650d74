"""docs/pictures/: the flows of docs/concepts.md, drawn as `radiusd simulate` draws what it has played.

What each of them does is written here; that the server does it is for tests/flows/ to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from radiusd.nas.products import BY_KEY
from radiusd.nas.simulate.drawing import svg
from radiusd.nas.simulate.profiles import PlayedNas, as_it_comes, as_recommended
from radiusd.nas.simulate.results import Ending, Result
from radiusd.nas.simulate.tape import Tape
from radiusd.nas.simulate.transcript import DOTS, Lane

WAITING = "Waiting for manager approval. Press Enter to check again."
PASSWORD = "name and password"


class Story:
    """A sign-in that is told; `tape` writes down what happens at `now` seconds."""

    def __init__(self, nas: PlayedNas) -> None:
        self.nas = nas
        self.now = 0.0
        self.tape = Tape(lambda: self.now)
        self._identifier = 0

    def asks(self, at: float, typed: str, state: str = "") -> None:
        """The user types something, and the NAS asks."""
        self.now = at
        self._identifier += 1
        self.tape.arrow(Lane.USER, Lane.NAS, typed)
        self.tape.request(f"Access-Request, Id {self._identifier}{state}")

    def asks_again(self, at: float) -> None:
        self.now = at
        self.tape.request_again(f"Id {self._identifier} again, the same octets", new=False)

    def shows(self, at: float, text: str) -> None:
        """A Challenge."""
        self.now = at
        self.tape.reply(f"Access-Challenge: {text}", "plain")
        self.tape.arrow(Lane.NAS, Lane.USER, text)

    def approves(self, at: float) -> None:
        self.now = at
        self.tape.arrow(Lane.OTHER, Lane.SERVER, "approves", "good")

    def accepts(self, at: float) -> None:
        self.now = at
        self.tape.reply("Access-Accept", "good")
        self.tape.arrow(Lane.NAS, Lane.USER, "signed in", "good")

    def drawn(self, user: str, method: str, first: Ending | None = None) -> str:
        """`first`: how the first try ended, where there were two."""
        script, ending = self.tape.transcript(), Ending.ACCEPTED
        tries = 1 if first is None else 2
        return svg(Result(self.nas, user, "192.0.2.77", ending, method, self.now, tries, True, "", script, first))


def password() -> str:
    told = Story(as_it_comes(BY_KEY["pan-os"]))
    told.asks(0, PASSWORD)
    told.accepts(0.3)
    return told.drawn("ann", "password")


def mailed_code() -> str:
    told = Story(as_recommended(BY_KEY["fortigate"], 10))
    told.asks(0, PASSWORD)
    told.shows(0.4, "Code sent to a***n@example.com")
    told.tape.message("mail", DOTS)
    told.asks(9, DOTS, ", State")
    told.accepts(9.3)
    return told.drawn("ann", "code")


def held_approval() -> str:
    nas = as_recommended(BY_KEY["fortigate"], 60)
    told = Story(nas)
    told.asks(0, PASSWORD)
    told.now = 0.4
    told.tape.asked(0)
    for at in nas.habit.copies[1:2]:
        told.asks_again(at)
    told.approves(34)
    told.accepts(34.1)
    return told.drawn("ext-ben", "approval")


def press_enter() -> str:
    told = Story(as_recommended(BY_KEY["pan-os"], 10))
    told.asks(0, PASSWORD)
    told.now = 0.4
    told.tape.asked(0)
    for at in told.nas.habit.copies[1:]:
        if at < 8:
            told.asks_again(at)
    told.shows(8, WAITING)
    told.asks(12, "Enter", ", State")
    told.approves(16)
    told.accepts(16.1)
    return told.drawn("ext-ben", "approval")


def late_approval() -> str:
    nas = as_it_comes(BY_KEY["pam_radius"])
    told = Story(nas)
    told.asks(0, PASSWORD)
    told.now = 0.4
    told.tape.asked(0)
    for at in nas.habit.copies[1:]:
        told.asks_again(at)
    told.now = nas.habit.gives_up
    told.tape.unanswered()
    told.tape.gives_up(Lane.NAS, f"gives up after {nas.habit.gives_up:g} s")
    told.tape.arrow(Lane.NAS, Lane.USER, "no sign-in", "bad")
    told.approves(25)
    told.tape.notes("nobody waits: it counts for the next try")
    told.asks(40, PASSWORD)
    told.accepts(40.3)
    return told.drawn("ext-ben", "approval", Ending.GAVE_UP)


PICTURES: dict[str, Callable[[], str]] = {
    "password": password,
    "mailed-code": mailed_code,
    "held-approval": held_approval,
    "press-enter": press_enter,
    "late-approval": late_approval,
}


def pictures() -> Iterator[tuple[str, str]]:
    """Every picture by the name of its file."""
    for name, draws in PICTURES.items():
        yield f"{name}.svg", draws()
