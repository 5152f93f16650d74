"""Somebody who knows a name and nothing else has no more messages sent than the limits say, and keeps nobody out (D4).

A password is set anew by mail at an administrator's word alone, and an address is enrolled behind the password or an
invitation: a stranger begins neither.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.mailing import APPROVED, BY_SMS, MAILED, TOKEN, Mailing, mailing, yaml
from tests.flows.totp import APP, Totp
from tests.servers.running import until

pytestmark = pytest.mark.proof

LINK = "  link: {method: mail_auth, directories: [local], mail_servers: [out], links_per_hour: {user: 4}%s}\n"
PLAIN = "  plain: {method: password, directories: [local]}\n"
ANN = {"email": "ann@example.com", "phone": "+905554443322", "sponsor_email": "boss@example.com"}
STATIONS = [f"198.51.100.{number}" for number in range(14)]
GUESSES = 4  # from each station
OF_AN_HOUR = {"link": 4}  # messages of the user's that a stranger can use up; of every other way none
KINDS = {
    "password": PLAIN,
    "mailed": MAILED % "",
    "sms": BY_SMS % "",
    "app": APP % "",
    "approved": APPROVED % "",
    "code, then approval": APPROVED % ", methods: [password, mailed]" + MAILED % "",
    "link": LINK % "",
    "password, then link": LINK % ", methods: [password]",
}


async def signs_in(radiusd: Mailing, station: str, phone: object = None, steps: int = 0) -> str:
    """The last answer that ann gets, who does what is asked for."""
    before = len(radiusd.sent)
    asked = asyncio.create_task(radiusd.asks(station=station, timeout=6))
    for _ in range(4):
        await until(lambda: asked.done() or any(TOKEN.search(each.text) for each in radiusd.sent[before:]))  # noqa: B023
        if not asked.done():
            await radiusd.decides(await radiusd.token(), approve=True)
        reply = await asked
        if reply.code != "Access-Challenge":
            return reply.code
        before = len(radiusd.sent)
        typed = phone.shows(steps) if phone is not None else radiusd.code()  # type: ignore[attr-defined]
        asked = asyncio.create_task(radiusd.answers(reply, typed, station=station, timeout=6))
    raise AssertionError("asked for ever")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_name_alone(tmp_path, kind):
    async with mailing(tmp_path, yaml(KINDS[kind], client="hold: 3s")) as radiusd:
        await radiusd.user("ann", **ANN)
        phone = await Totp(radiusd.radiusd).phone() if kind == "app" else None
        assert await signs_in(radiusd, "home", phone) == "Access-Accept"
        before = len(radiusd.sent)
        tried = [
            asyncio.create_task(radiusd.asks("ANN", f"guess {number}{station}", station=station, timeout=8))
            for number in range(GUESSES)
            for station in STATIONS
        ]
        replies = await asyncio.gather(*tried, return_exceptions=True)
        codes = {reply.code for reply in replies if not isinstance(reply, BaseException)}
        assert "Access-Accept" not in codes
        assert len(radiusd.sent) - before <= OF_AN_HOUR.get(kind, 0)
        # At home nothing has changed.
        assert await signs_in(radiusd, "home", phone, steps=1) == "Access-Accept"
