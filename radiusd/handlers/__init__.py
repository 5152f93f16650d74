"""The methods: one file per `method:` of radius.yaml, its options in it; nothing else is edited to add one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from config.kinds import Kind, Kinds
from config.options import Options
from radiusd.directories import Directory
from radiusd.model.turn import Turn
from radiusd.model.verdict import Verdict

KINDS = Kinds("method")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a method may call."""

    directories: Mapping[str, Directory]


class Method(Protocol):
    """One way to prove who somebody is. Keeps nothing: the next packet may reach another node."""

    async def begin(self, turn: Turn) -> Verdict:
        """The first step; `turn.answer` is the password that came with the request."""

    async def answer(self, turn: Turn) -> Verdict:
        """A further step: `turn.memory` is what `Asked` left, `turn.answer` what the user typed."""


Made = TypeVar("Made", bound=type)


def method(name: str, options: type[Options]) -> Callable[[Made], Made]:
    """Class decorator: declares a `method:` with the model of its options; the class is made with (options, tools)."""

    def add(cls: Made) -> Made:
        KINDS.add(Kind(name, options, cls))
        return cls

    return add


def planned(name: str, options: type[Options]) -> None:
    """Declares a `method:` that radius.yaml may name but that is not active yet: its profiles let nobody in."""
    KINDS.add(Kind(name, options))
