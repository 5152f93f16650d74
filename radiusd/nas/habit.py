"""How a NAS asks again where nothing came back."""

from __future__ import annotations

from typing import NamedTuple


class Habit(NamedTuple):
    """How a NAS asks again. `copies` are when each is sent, in seconds from the first, which is at 0; so is `gives_up`.

    A copy leaves from the same port, with the same Identifier and the same Request Authenticator, or not.
    """

    copies: tuple[float, ...]
    gives_up: float
    same_port: bool = True
    same_identifier: bool = True
    same_authenticator: bool = True


class Copy(NamedTuple):
    """One transmission of a request, as it leaves. `at` is of the loop's clock, `port` the NAS's."""

    at: float
    identifier: int
    port: int
