"""Departments sign in each in its way, by policies alone (S76, S292, S293), and whoever has every way is asked which."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.linked import ANN, BOSS, linked
from tests.flows.mailing import APPROVED, BY_SMS, MAILED, mailing
from tests.flows.test_menu import asking
from tests.flows.totp import APP, Totp

DEPARTMENTS = """
profiles:
  by-user: {method: mail_auth, type: user_approval, directories: [local], mail_servers: [box]}
  by-manager: {method: mail_auth, type: manager_approval, directories: [local], mail_servers: [box]}
policies:
  - {profile: by-user, directory: local, attribute: group_name, values: [IT department]}
  - {profile: by-manager, directory: local, attribute: group_name, values: [executives]}
applications:
  vpn: {profiles: [by-user, by-manager]}
security: {reject_delay: 0s}
"""
EVE = "eve@example.org"
LINK = "  link: {method: mail_auth, directories: [local], mail_servers: [out]%s}\n"
PLAIN = "  plain: {method: password, directories: [local]}\n"


def departments(yaml):
    return yaml[: yaml.index("profiles:")] + DEPARTMENTS.lstrip("\n")


@pytest.mark.row("S76", "S292", "S293")
async def test_the_it_department_confirms_itself_and_executives_are_approved_by_their_manager(tmp_path):
    """One application, one method, two profiles: who somebody is decides whose link it is."""
    async with linked(tmp_path, change=departments, client="hold: 20s") as at:
        await at.radiusd.change("ann", groups=("IT department",))
        await at.radiusd.user("eve", email=EVE, sponsor_email=BOSS, first_name="Eve", groups=("executives",))
        await at.radiusd.user("bob", email="bob@example.org", sponsor_email=BOSS, groups=("sales",))

        # IT department -> User Approval: the link is in Ann's own mailbox, and her click lets her in.
        ann = at.begins("ann")
        assert (await at.box.first(ANN)).splitlines()[0] == "Confirm that it is you"
        assert at.box.of(BOSS) == []
        assert await at.presses(to=ANN) in {"Confirmed", "Confirmed and signed in"}
        assert (await ann).code == "Access-Accept"

        # Executives -> Manager Approval: nothing is sent to Eve; whoever answers for her decides.
        eve = at.begins("eve")
        assert (await at.box.first(BOSS)).splitlines()[0] == "Eve asks to sign in"
        assert at.box.of(EVE) == []
        assert not eve.done()
        assert await at.presses(to=BOSS) in {"Approved", "Approved and signed in"}
        assert (await eve).code == "Access-Accept"

        # Of another department, whom no policy means: nobody is sent anything.
        held = at.begins("bob", timeout=2)
        with pytest.raises(Exception, match="answer"):
            await held  # held as a name that nobody has (D4)
        assert at.box.of("bob@example.org") == []
        assert len(at.box.of(BOSS)) == 1

        accepted = {row.user_name: row for row in await at.radiusd.audit() if row.outcome == "accept"}
        assert (accepted["ann"].profile, accepted["eve"].profile) == ("by-user", "by-manager")
        assert "policy 1 (by-user: local group_name) matched" in await _told(at, "ann")
        assert "policy 2 (by-manager: local group_name) matched" in await _told(at, "eve")


async def _told(at, name):
    """The story of the first step, in which the policies are."""
    return next(row.detail for row in await at.radiusd.audit() if row.user_name == name)


@pytest.mark.row("S292")
async def test_an_executive_who_is_rejected_stays_out(tmp_path):
    async with linked(tmp_path, change=departments, client="hold: 20s") as at:
        await at.radiusd.change("ann", groups=("executives",))
        asked = at.begins("ann")
        await at.presses("reject", to=BOSS)
        assert (await asked).code == "Access-Reject"
        assert at.box.of(ANN) == []


@pytest.mark.row("S173", "S174")
async def test_every_kind_in_one_menu(tmp_path):
    """App, mail, SMS, link, approval, and the password alone: each is chosen once, and lets in by its own factor."""
    more = MAILED % "" + BY_SMS % "" + LINK % "" + APPROVED % "" + PLAIN
    async with mailing(tmp_path, asking(APP % "" + more)) as made:
        office = Totp(made.radiusd)
        await office.user("ann", email="ann@example.com", phone="+905554443322", sponsor_email="boss@example.com")
        phone = await office.phone()
        menu = await office.asks()
        assert "? 1: app, 2: mailed, 3: by-sms, 4: link, 5: approved, 6: plain. " in menu["Reply-Message"]
        for number, profile in enumerate(("app", "mailed", "by-sms", "link", "approved", "plain"), 1):
            menu = await office.asks(station=profile)
            before = len(office.sent)
            chosen = asyncio.create_task(office.answers(menu, str(number), station=profile, timeout=15.0))
            if profile in {"link", "approved"}:
                await office.decides(await office.token(-1, before + 1), approve=True)
            reply = await chosen
            if profile in {"app", "mailed", "by-sms"}:
                assert reply.code == "Access-Challenge"
                code = phone.shows() if profile == "app" else office.code()
                reply = await office.answers(reply, code, station=profile)
            assert (profile, reply.code) == (profile, "Access-Accept")
            assert (await office.last()).profile == profile
