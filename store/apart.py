"""What is written with messages that are no sign-in's: all of it or nothing, within the limits that sign-ins have too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from store import messages
from store.databases.kept import savepoint
from store.records import MessageRow
from store.writing.joint import Form, Joint, Limited
from store.writing.limits import Limit

Outcome = Literal["done", "taken", "too many"]


class Apart(Struct, frozen=True, array_like=True):
    """`writes` are run in order; where one returns False nothing is there (taken). They may be run more than once."""

    writes: tuple[Callable[[Connection], bool], ...]
    messages: tuple[MessageRow, ...] = ()
    limits: tuple[Limit, ...] = ()


class _Taken(Exception):
    """Somebody else was first."""


def write_all(connection: Connection, steps: Sequence[Apart]) -> list[Outcome]:
    """What came of each."""
    outcomes: list[Outcome] = []
    for step, may in zip(steps, messages.allowed(connection, [step.limits for step in steps]), strict=True):
        if not may:
            outcomes.append("too many")
            continue
        try:
            with savepoint(connection):
                _write(connection, step)
        except _Taken:
            outcomes.append("taken")
        else:
            outcomes.append("done")
    return outcomes


def _write(connection: Connection, step: Apart) -> None:
    for write in step.writes:
        if not write(connection):
            raise _Taken
    messages.ROWS.insert_all(connection, list(step.messages))


APART: Joint[Apart, Outcome] = Joint(
    write_all,
    Form(Apart, "", Apart, ("writes", "messages")),  # never plain: the recording process gets none of it
    "done",
    lambda _: False,
    Limited(attrgetter("limits"), lambda step: replace(step, limits=()), "too many", messages.since),
)
