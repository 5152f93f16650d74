"""However many requests of one user there are, others of the same NAS are held and answered (X16)."""

from __future__ import annotations

import asyncio

import pytest

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
