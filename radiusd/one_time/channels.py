"""How a profile's codes go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from radiusd.enrollment.addresses import Destination
from radiusd.enrollment.destinations import Destinations
from radiusd.model.message import Mail, Sms


class Compose(Protocol):
    """Makes the message, of what templates are told. `appended`: it says what to do next, whoever wrote its text."""

    def __call__(self, to: Destination, language: str, told: Mapping[str, Any], *, appended: bool) -> Mail | Sms: ...


class Channel(NamedTuple):
    """Whereto, by which carriers, in which words; `prompts` gives by language what the user reads. `within` seconds a
    carrier must have taken it.
    """

    carriers: tuple[str, ...]
    destinations: Destinations
    compose: Compose
    prompts: Callable[[str], str]
    within: float
