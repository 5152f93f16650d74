"""Authenticators of another system, taken over: whose each is, what can not be taken, and the rows that come of it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Refused
from radiusd.enrollment.authenticators import opened
from radiusd.model.entry import Entry
from radiusd.rules.otpauth import Offered
from radiusd.rules.sealing import NotOpened, Sealing
from radiusd.rules.time_steps import LONGEST
from radiusd.rules.token_exports import Taken
from store import audit, authenticators
from store.enrolled import Authenticator

if TYPE_CHECKING:
    from store import Connection


class Meant(NamedTuple):
    """One that can be taken over, and whose it is."""

    taken: Taken
    offered: Offered
    entry: Entry


class Left(NamedTuple):
    """One that can not, and why."""

    where: str
    account: str
    why: str


async def whose(
    taken: Iterable[Taken], find: Callable[[str], Awaitable[Entry]], user: str = ""
) -> tuple[list[Meant], list[Left]]:
    """Those that can be taken over, and those that can not. `find` raises Refused where nobody has a name.

    `user` is whose all are, "" for whom the export says.
    """
    meant: list[Meant] = []
    left: list[Left] = []
    found: dict[str, Entry | str] = {}
    for each in taken:
        name = user or each.account
        if each.offered is None:
            left.append(Left(each.where, each.account, each.why))
        elif not name:
            left.append(Left(each.where, "", "the export does not say whose it is; --user does"))
        else:
            if name not in found:
                found[name] = await _found(find, name)
            entry = found[name]
            if isinstance(entry, str):
                left.append(Left(each.where, each.account, entry))
            else:
                meant.append(Meant(each, each.offered, entry))
    return meant, left


def take_over(
    connection: Connection, by: Administrator, sealing: Sealing, meant: Sequence[Meant], now: float
) -> tuple[list[Authenticator], list[Left]]:
    """The new ones, which count at once; and those that their users have already. Each has its audit row."""
    made: list[Authenticator] = []
    left: list[Left] = []
    for taken, offered, entry in meant:
        if _has(connection, sealing, entry, offered):
            left.append(Left(taken.where, taken.account, f"{entry.username} has it already"))
            continue
        row = _row(sealing, taken, offered, entry, by, now)
        authenticators.add(connection, row)
        person = (entry.directory, entry.unique_id)
        told = audit_row(
            now, by, "authenticator imported", entry.username, person=person, why=f"authenticator {row.id}"
        )
        audit.insert(connection, told)
        made.append(row)
    return made, left


def _row(
    sealing: Sealing, taken: Taken, offered: Offered, entry: Entry, by: Administrator, now: float
) -> Authenticator:
    number, known = secrets.token_hex(6), offered.parameters
    drift = max(-LONGEST, min(LONGEST, taken.drift))
    return Authenticator(
        id=number, directory=entry.directory, unique_id=entry.unique_id, user_name=entry.username,
        label=offered.issuer[:100], secret=sealing.seal(known.secret.encode(), authenticators.place_of(number)),
        algorithm=known.algorithm, digits=known.digits, period=known.period, status="verified", created_at=now,
        created_by=by.name, verified_at=now, step=min(taken.step, int(now // known.period)), drift=drift, seen=drift,
    )  # fmt: skip


def _has(connection: Connection, sealing: Sealing, entry: Entry, offered: Offered) -> bool:
    for row in authenticators.of_user(connection, entry.directory, entry.unique_id):
        try:
            if opened(row, sealing).secret == offered.parameters.secret:
                return True
        except NotOpened:
            continue
    return False


async def _found(find: Callable[[str], Awaitable[Entry]], name: str) -> Entry | str:
    try:
        return await find(name)
    except Refused as refused:
        return str(refused)
