"""An approval that comes when nobody waits any more: the user reads in a message what many a NAS shows nobody (X33)."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.mailing import APPROVED, mailing, yaml
from tests.servers.running import until

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com", "sponsor_phone": "+905550000003",
       "phone": "+905550000001"}  # fmt: skip
SHORT = "hold: 2s, challenge: false"


async def test_the_user_is_told_to_sign_in_again(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        await radiusd.decides(await radiusd.token(), approve=True)
        await until(lambda: len(radiusd.sent) == 2)
        told = radiusd.sent[1]
        assert (told.recipient, told.subject) == ("ann@example.com", "Your sign-in was approved")
        assert "Sign in again by then, from the same place: you need not wait any more." in told.text
        assert "/a/" not in told.text
        await radiusd.tells("late: informing")
        assert (await radiusd.asks(timeout=5)).code == "Access-Accept"
        assert len(radiusd.sent) == 2


async def test_by_sms_in_turkish(tmp_path):
    by_sms = "  approved: {method: approved_otp, directories: [local], delivery: sms, sms_gateways: [sms]}\n"
    async with mailing(tmp_path, yaml(by_sms, client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN, language="tr")
        await radiusd.asks(timeout=5)
        await radiusd.decides(await radiusd.token(), approve=True)
        await until(lambda: len(radiusd.sent) == 2)
        assert radiusd.sent[1].recipient == "+905550000001"
        assert radiusd.sent[1].text.startswith("Onay verildi: vpn, pc. Yeniden deneyin, son saat: ")


@pytest.mark.parametrize(
    ("options", "client", "approve"),
    [("", SHORT, False), (", late_approval: 0s", SHORT, True), ("", "hold: 2s", True), ("", "hold: 20s", True)],
    ids=["rejected", "counts for nothing", "at the prompt", "while it is held"],
)
async def test_nobody_is_told_where_there_is_nothing_to_tell(tmp_path, options, client, approve):
    async with mailing(tmp_path, yaml(APPROVED % options, client=client)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=5))
        token = await radiusd.token()
        if client != "hold: 20s":
            await asked
        await radiusd.decides(token, approve=approve)
        await asked
        await asyncio.sleep(0.3)
        assert len(radiusd.sent) == 1


async def test_who_has_no_address_is_not_told(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await radiusd.user("ann", sponsor_email="boss@example.com")
        await radiusd.asks(timeout=5)
        await radiusd.decides(await radiusd.token(), approve=True)
        await asyncio.sleep(0.3)
        assert len(radiusd.sent) == 1
        assert (await radiusd.asks(timeout=5)).code == "Access-Accept"
