"""However many requests of one user there are, others of the same NAS are held and answered (X16)."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from radiusd.login.open_logins import Held
from radiusd.model.access import AccessRequest
from store.records import LoginRow
from tests.flows.mailing import APPROVED, mailing, yaml
from tests.servers.running import until

MANY = 300
ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
BOB = {"email": "bob@example.com", "sponsor_email": "chief@example.com"}


@pytest.mark.parametrize(
    ("station", "most"),
    [
        (lambda _number: "pc", 1),  # the newest
        (lambda _number: "", 4),
        (lambda number: f"pc-{number}", 16),
    ],
    ids=["one station", "no station", "a station each"],
)
async def test_one_user_does_not_take_what_others_need(tmp_path, station, most):
    text = yaml(APPROVED % f", asks_per_hour: {MANY}", client="hold: 60s, max_held: 30")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.user("bob", **BOB)
        counts = radiusd.server._counts.client("nas")
        many = [asyncio.create_task(radiusd.asks(station=station(number), timeout=50)) for number in range(MANY)]
        try:
            await until(lambda: counts.requests == MANY and not radiusd.server._answering.waiting())
            assert len(radiusd.server._holds) <= most
            bob = asyncio.create_task(radiusd.asks("bob", station="bob-s", timeout=20))
            await until(lambda: any(mail.recipient == "chief@example.com" for mail in radiusd.sent))
            number = next(n for n, mail in enumerate(radiusd.sent) if mail.recipient == "chief@example.com")
            await radiusd.decides(await radiusd.token(number), approve=True)
            assert (await bob).code == "Access-Accept"
            refused = [task.result() for task in many if task.done() and not task.exception()]
            assert {reply.code for reply in refused} <= {"Access-Reject"}
            assert {reply["Reply-Message"][:-13] for reply in refused} <= {
                "Too many sign-ins are waiting at the moment. Try again in a minute."
            }
            # Only where a newer request of the station has its place is there no answer.
            assert len(refused) == (0 if most == 1 else MANY - most)
        finally:
            for task in many:
                task.cancel()
            await asyncio.gather(*many, return_exceptions=True)


HELD_OCTETS = 1800  # of a request that waits for a manager, all told


def kept(held: Held, others: set[int]) -> int:
    """Octets of what is kept of one held request, and of nobody else."""
    found, todo = 0, [held, held.login, held._waiter, held._waiter._asked]
    for each in todo:
        found += sys.getsizeof(each)
        fields = (*getattr(each, "__struct_fields__", ()), *getattr(type(each), "__slots__", ()))
        values: list[Any] = [getattr(each, field, None) for field in fields] if not isinstance(each, tuple) else [*each]
        for value in (*values, *getattr(each, "__dict__", {}).values()):
            plain = isinstance(value, str | bytes | float | int | tuple | AccessRequest | LoginRow)
            if plain and id(value) not in others and not isinstance(value, bool):
                others.add(id(value))
                todo.append(value)
    return found


async def test_what_is_kept_of_a_held_request(tmp_path):
    """Two of one user: what both have is there once, nobody works on them, and each is a small thing (issue 13)."""
    async with mailing(tmp_path, yaml(APPROVED % "", client="hold: 60s")) as radiusd:
        await radiusd.user("ann", **ANN)
        asking = [asyncio.create_task(radiusd.asks(station=station, timeout=20)) for station in ("pc", "phone")]
        await until(lambda: len(radiusd.sent) == 2 and len(radiusd.server._holds) == 2)
        first, second = radiusd.server._holds._due
        shared: set[int] = set()
        kept(first, shared)
        assert kept(second, shared) < HELD_OCTETS
        assert first.login.row.passed is second.login.row.passed
        assert first.login.row.outcome is second.login.row.outcome
        assert first.login._lock is second.login._lock is None
        for number in range(2):
            await radiusd.decides(await radiusd.token(number), approve=True)
        assert [(await each).code for each in asking] == ["Access-Accept"] * 2
