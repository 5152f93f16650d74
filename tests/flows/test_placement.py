"""`placement` says how a code comes, the same for mail, SMS and apps: asked for, or typed behind the password."""

from __future__ import annotations

import pytest

from tests.flows.mailing import BY_SMS, MAILED, mailing, yaml
from tests.flows.totp import APP, Totp

METHODS = {"mail_otp": MAILED, "sms_otp": BY_SMS, "soft_otp": APP}
SHOWS = {"shows Challenges": "challenge: true", "shows none": "challenge: false"}


@pytest.mark.parametrize("nas", SHOWS)
@pytest.mark.parametrize("placement", ["challenge", "appended", "auto"])
@pytest.mark.parametrize("method", METHODS)
async def test_how_a_code_comes(tmp_path, method, placement, nas):
    profile = METHODS[method] % f", placement: {placement}"
    async with mailing(tmp_path, yaml(profile, client=f"hold: 20s, {SHOWS[nas]}")) as made:
        office = Totp(made.radiusd)
        await office.user("ann", email="ann@example.com", phone="+905554443322")
        phone = await office.phone() if method == "soft_otp" else None

        def code():
            return office.code() if phone is None else phone.shows()

        first = await office.asks()
        if placement == "challenge" and nas == "shows none":
            # Nothing is sent of which nobody could be asked.
            assert (first.code, (await office.last()).reason) == (
                "Access-Reject",
                "the client can show no (further) Challenge",
            )
            assert office.sent == []
        elif placement == "challenge" or (placement == "auto" and nas == "shows Challenges"):
            assert (first.code, first["Prompt"]) == ("Access-Challenge", "No-Echo")
            assert (await office.answers(first, code())).code == "Access-Accept"
        else:
            # The password alone: a code that is sent goes out, and is typed behind it; an app's is there already.
            assert first.code == "Access-Reject"
            assert len(office.sent) == (phone is None)
            assert (await office.asks(password=f"tulip{code()}")).code == "Access-Accept"
