"""What a method is told of the login."""

from __future__ import annotations

from msgspec import Struct

from radiusd.model.entry import Entry


class Turn(Struct, frozen=True):
    """One step of one login. `answer` is what the user typed: the password, or the answer to a Challenge.

    `login` is its id, which is no secret; `factor` names what is to be proved: `password`, or a profile. `memory` is
    what the factor's last verdict left, "" where there was none. `challenges`: how many more Challenges this NAS can
    show in this login, less those that the factors behind this one need; -1 for any number.
    """

    login: str
    entry: Entry
    answer: str
    client: str
    application: str
    profile: str
    station: str
    memory: str
    at: float  # seconds since the epoch, UTC
    deadline: float  # the loop's clock
    factor: str = ""
    nas: str = ""
    source: str = ""
    challenges: int = -1

    def __repr__(self) -> str:
        return f"Turn(login={self.login!r}, profile={self.profile!r})"
