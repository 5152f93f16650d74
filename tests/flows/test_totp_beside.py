"""Authenticator apps beside the rest: on the wire with radclient, in menus, among enrollments, and what `explain` foresees."""

from __future__ import annotations

import time

import pytest

from store import authenticators
from tests.flows.mailing import MAILED
from tests.flows.test_foreseen import foreseen
from tests.flows.totp import totp
from tests.servers.authenticator_apps import oathtool
from tests.servers.proxy import radclient
from tests.servers.running import SECRET

ASKS = "Type the code that your authenticator app shows."


async def test_on_the_wire_with_radclient(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann", framed_ip_address="10.1.2.3")
        phone = await office.phone()
        ann = {"User_Name": "ann", "Calling_Station_Id": "pc"}
        port, secret = office.radiusd.port, SECRET
        asked = await radclient(port, secret, {**ann, "User_Password": "tulip"})
        assert (asked.code, asked["Reply-Message"]) == ("Access-Challenge", ASKS)
        wrong = await radclient(port, secret, {**ann, "User_Password": phone.wrong, "State": asked["State"]})
        assert wrong["Reply-Message"] == f"Wrong code. {ASKS}"
        shown = oathtool(phone.address, time.time())
        accept = await radclient(port, secret, {**ann, "User_Password": shown, "State": wrong["State"]})
        assert (accept.code, accept["Framed-IP-Address"]) == ("Access-Accept", "10.1.2.3")


@pytest.mark.row("S173")
async def test_in_a_menu_only_for_who_has_one(tmp_path):
    async with totp(tmp_path, more=MAILED % "") as office:
        text = office.radiusd.folder.joinpath("radius.yaml").read_text()
        assert "vpn: {profiles: [app, mailed]" in text
        await office.user("ann", email="ann@example.com")
        assert (await office.asks())["Reply-Message"].startswith("Code sent to a***n@example.com")
        await office.phone()
        assert (await office.asks(station="other"))["Reply-Message"] == ASKS


async def test_what_explain_foresees(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        told = await foreseen(office.radiusd, "ann")
        assert (told.outcome, told.reason) == ("reject", "the user has no authenticator app that is verified")
        phone = await office.phone()
        told = await foreseen(office.radiusd, "ann")
        assert told.outcome == "challenge"
        clock = "right"
        assert (
            f"authenticator {phone.id}: verified, its clock is taken to be {clock}, 10 recovery codes left"
            in told.steps
        )
        assert f"app: {ASKS}" in told.steps
        await office.server.store.write(lambda c: authenticators.disable(c, phone.id))
        await office.known(phone, status="disabled")
        told = await foreseen(office.radiusd, "ann")
        assert (told.outcome, told.reason) == ("reject", "the user's authenticator app is disabled")
        assert f"authenticator {phone.id}: disabled" in told.steps


async def test_what_explain_foresees_where_no_challenge_can_be_shown(tmp_path):
    async with totp(tmp_path, client="hold: 20s, challenge: false") as office:
        await office.user("ann")
        await office.phone()
        told = await foreseen(office.radiusd, "ann")
        assert told.outcome == "accept"
        assert "app: the code is typed behind the password, in the same request" in told.steps


async def test_explain_says_what_a_refused_code_was(tmp_path):
    """Of three steps ago, used, wrong: what the help desk reads."""
    async with totp(tmp_path, client="hold: 20s, challenge: false") as office:
        await office.user("ann")
        phone = await office.phone(first_step=-9)
        for code in (phone.shows(-6), phone.shows(), phone.shows(), phone.wrong):
            await office.asks(password=f"tulip{code}")
        rows = [(row.outcome, row.reason) for row in await office.audit() if row.outcome in ("accept", "reject")]
        first, *others = rows
        assert first[1] in ("authenticator code of 6 steps ago", "authenticator code of 7 steps ago")
        assert others == [
            ("accept", ""), ("reject", "authenticator code used already"), ("reject", "authenticator code wrong"),
        ]  # fmt: skip
