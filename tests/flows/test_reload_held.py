"""A reload that renames or removes what held requests belong to: each is answered, and none is held any more (X17)."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.mailing import APPROVED, mailing, ref_of, yaml
from tests.flows.test_who_gets_in import reload
from tests.servers.running import until

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
TEXT = yaml(APPROVED % "", client="hold: 60s")
CHANGES = {
    "the application has another name": (
        TEXT.replace("application: vpn,", "application: remote,").replace("  vpn: {profiles", "  remote: {profiles"),
        "there is no application vpn any more",
    ),
    "the client has another name": (
        TEXT.replace("  nas: {address", "  gateway: {address"),
        "there is no client nas any more",
    ),
    "the client is gone": (
        TEXT.replace("  nas: {address: 127.0.0.0/8", "  other: {address: 192.0.2.1"),
        "there is no client nas any more",
    ),
}


def held(radiusd) -> float:
    """What /metrics says."""
    return next(gauge.read() for gauge in radiusd.server._gauges() if gauge.name == "radiusd_held")


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("station", ["pc", ""])
async def test_each_is_answered_and_released(tmp_path, change, station):
    text, reason = CHANGES[change]
    async with mailing(tmp_path, TEXT) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.user("bob", sponsor_email="chief@example.com")
        waiting = [asyncio.create_task(radiusd.asks(name, station=station, timeout=20)) for name in ("ann", "bob")]
        if not station:
            await until(lambda: len(radiusd.server._holds) == 2)
            waiting.append(asyncio.create_task(radiusd.asks("ann", station="", timeout=20)))  # in line
        await until(lambda: len(radiusd.server._holds) == len(waiting))
        assert held(radiusd) == len(waiting)
        await reload(radiusd, text)
        for reply in await asyncio.gather(*waiting):
            assert reply.code == "Access-Reject"
            assert (await radiusd.explained(ref_of(reply))).reason == reason
        assert held(radiusd) == 0
        # A click that comes later finds nobody, and harms nothing.
        await radiusd.decides(await radiusd.token(0), approve=True)
        await radiusd.tells("decision: approved")
        assert held(radiusd) == 0


async def test_what_stays_is_held_on(tmp_path):
    async with mailing(tmp_path, TEXT) as radiusd:
        await radiusd.user("ann", **ANN)
        waiting = asyncio.create_task(radiusd.asks(timeout=20))
        token = await radiusd.token()
        await until(lambda: len(radiusd.server._holds) == 1)
        await reload(radiusd, TEXT.replace("security:", "language: tr\nsecurity:"))
        assert held(radiusd) == 1
        await radiusd.decides(token, approve=True)
        assert (await waiting).code == "Access-Accept"
