"""Real clients before our server, each as far as it can: a password, a code by mail, an approval for which it waits.

pam_radius_auth shows a Challenge and asks; openvpn-auth-radius cannot; a FreeRADIUS proxy hands everything on.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.flows.office import BOSS, SECRET, office, station_of
from tests.servers.openvpn import openvpn
from tests.servers.pam_radius import PamRadius
from tests.servers.proxy import proxy
from tests.servers.running import until


async def test_a_click_before_the_mail_server_has_answered(tmp_path):
    """The manager reads the mail while its server still says nothing to us: the decision counts all the same."""
    async with office(tmp_path, "by-boss", "hold: 20s") as at:
        at.box.takes.clear()
        nas = at.radiusd.nas(secret=SECRET.encode(), timeout=5.0)
        waiting = asyncio.create_task(nas.asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="192.0.2.77"))
        await at.boss_presses()
        at.box.takes.set()
        assert (await waiting).code == "Access-Accept"


# pam_radius_auth


async def test_pam_by_password(tmp_path):
    """It sends PAM_RHOST as Calling-Station-Id, its service as NAS-Identifier, and no Message-Authenticator."""
    async with office(tmp_path, "password-only") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET)
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            assert await shell.ends()
        assert station_of(await at.radiusd.last()) == ("gate", "gate", "192.0.2.77", "ann")
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("rose")
            assert not await shell.ends()


async def test_pam_by_code(tmp_path):
    """The Challenge's text is shown, and a wrong code is asked for again."""
    async with office(tmp_path, "by-mail") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET)
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            await shell.shows("Code sent to a***n@example.org")
            code = await at.code()
            await shell.types("1" * 6 if code != "1" * 6 else "2" * 6)
            await shell.shows("Code sent to a***n@example.org")
            await shell.types(code)
            assert await shell.ends()
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


async def test_pam_by_menu(tmp_path):
    """Three questions in one conversation: the password, which way, and the code."""
    async with office(tmp_path, "by-mail, password-only], choose: ask, reply_rules: [") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET)
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            await shell.shows("How do you want to sign in? 1: by-mail, 2: password-only.")
            await shell.types("1")
            await shell.shows("Code sent to a***n@example.org")
            await shell.types(await at.code())
            assert await shell.ends()
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            await shell.shows("How do you want to sign in?")
            await shell.types("2")
            assert await shell.ends()
        assert [row.profile for row in await at.accepts()] == ["by-mail", "password-only"]


async def test_pam_does_not_show_a_code(tmp_path):
    """RFC 2869 section 5.10: what is typed at a prompt for a code is not shown, where the module looks for Prompt."""
    async with office(tmp_path, "by-mail") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET, options="prompt_attribute")
        loop = asyncio.get_running_loop()

        def signs_in():
            with pam.terminal("ann") as shell:
                shell.answers("Password: ", "tulip")
                code = asyncio.run_coroutine_threadsafe(at.code(), loop).result()
                shell.answers("Code sent to a***n@example.org", code)
            return code, shell.shown

        code, shown = await asyncio.to_thread(signs_in)
        assert "tulip" not in shown
        assert code not in shown


async def test_pam_shows_what_is_no_secret(tmp_path):
    """The opposite: where Enter is asked for, people see what they do."""
    async with office(tmp_path, "by-boss", "hold: 3s") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET, options="prompt_attribute")
        loop = asyncio.get_running_loop()

        def signs_in():
            with pam.terminal("ann") as shell:
                shell.answers("Password: ", "tulip")
                while "Press Enter to check again" not in shell.shown:
                    assert shell.reads()
                asyncio.run_coroutine_threadsafe(at.boss_presses(), loop).result()
                shell.types("anybody there?")
            return shell.shown

        assert "anybody there?" in await asyncio.to_thread(signs_in)


async def test_pam_by_code_without_the_code(tmp_path):
    async with office(tmp_path, "by-mail") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET)
        async with pam.signs_in("ann") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            for wrong in ("tulip", "rose", "000"):
                await shell.shows("Code sent to")
                await shell.types(wrong)
            assert not await shell.ends()
        assert await at.accepts() == []


async def test_pam_by_approval(tmp_path):
    """It waits, and asks again with the same octets meanwhile: one mail, one Accept."""
    async with office(tmp_path, "by-boss", "hold: 9s") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET, timeout=3, options="retry=2")
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            await at.box.first(BOSS)
            await asyncio.sleep(3.5)  # it asks again after 3
            await at.boss_presses()
            assert await shell.ends()
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


async def test_pam_by_refusal(tmp_path):
    async with office(tmp_path, "by-boss", "hold: 9s") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET, timeout=9)
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            await at.boss_presses("reject")
            assert not await shell.ends()
        assert await at.accepts() == []


async def test_pam_is_held_then_asked(tmp_path):
    """Just before it gives up it is told to press Enter, and waits on (D1)."""
    async with office(tmp_path, "by-boss", "hold: 3s") as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET, timeout=3)
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            await shell.shows("Waiting for manager approval")
            await shell.types("")
            await at.boss_presses()
            assert await shell.ends()
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


# openvpn-auth-radius


@asynccontextmanager
async def gateway(tmp_path, profile, client="hold: 10s", **options):
    async with (
        office(tmp_path, profile, client) as at,
        openvpn(tmp_path, at.radiusd.port, at.radiusd.accounting_port, SECRET, **options) as vpn,
    ):
        yield at, vpn


async def test_openvpn_by_password(tmp_path):
    """Framed-IP-Address becomes the tunnel's address; the session's start is accounted."""
    async with gateway(tmp_path, "password-only") as (at, vpn):
        ann = await vpn.signs_in("ann", "tulip")
        assert (ann.accepted, ann.address) == (True, "10.255.77.7"), ann.log
        assert station_of(await at.radiusd.last()) == ("gate", "gateway", "127.0.0.1", "ann")
        (start,) = await at.radiusd.accounting()
        assert (start.status, start.user_name, start.framed_ip_address) == ("Start", "ann", "10.255.77.7")
        stranger = await vpn.signs_in("ann", "rose")
        assert not stranger.accepted
        assert "AUTH_FAILED" in stranger.log


async def test_openvpn_by_code_behind_the_password(tmp_path):
    """It cannot show a Challenge: the password alone brings the mail, the password with the code lets in."""
    async with gateway(tmp_path, "by-mail", "hold: 10s, challenge: false") as (at, vpn):
        assert not (await vpn.signs_in("ann", "tulip")).accepted
        code = await at.code()
        assert at.box.count == 1
        assert not (await vpn.signs_in("ann", "tulip" + ("111111" if code != "111111" else "222222"))).accepted
        ann = await vpn.signs_in("ann", "tulip" + code)
        assert (ann.accepted, ann.address) == (True, "10.255.77.7"), ann.log
        assert not (await vpn.signs_in("ann", "tulip" + code)).accepted


async def test_openvpn_by_approval(tmp_path):
    """Each of its tries is a new packet from a new port, and joins the first: one mail, and the newest gets the Accept."""
    async with gateway(tmp_path, "by-boss", "hold: 10s", wait=3, retry=4) as (at, vpn):
        connecting = asyncio.create_task(vpn.signs_in("ann", "tulip"))
        await at.box.first(BOSS)
        await asyncio.sleep(3.5)  # it asks again after 3, and no longer listens on the first port
        await at.boss_presses()
        ann = await connecting
        assert (ann.accepted, ann.address) == (True, "10.255.77.7"), ann.log + vpn.log
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


async def test_openvpn_and_a_late_approval(tmp_path):
    """It gave up; the approval lets the next try in, once, after the password was right again (D2)."""
    async with gateway(tmp_path, "by-boss", "hold: 2s, challenge: false", wait=2, retry=1) as (at, vpn):
        assert not (await vpn.signs_in("ann", "tulip")).accepted
        await at.boss_presses()
        assert not (await vpn.signs_in("ann", "rose")).accepted
        ann = await vpn.signs_in("ann", "tulip")
        assert ann.accepted, ann.log + vpn.log
        await until(lambda: at.box.count == 2)  # the question, and that she may sign in again
        assert not (await vpn.signs_in("ann", "tulip")).accepted
        await until(lambda: at.box.count == 3)
        assert len(await at.accepts()) == 1


# FreeRADIUS as a proxy


@pytest.fixture
def identity():
    return {"User_Name": "ann", "Calling_Station_Id": "192.0.2.77", "NAS_Identifier": "branch"}


async def test_proxy_by_password(tmp_path, identity):
    """It adds a Proxy-State, gets it back, and hands on neither it nor anything that we did not say."""
    async with office(tmp_path, "password-only") as at, proxy(tmp_path, at.radiusd.port, SECRET) as front:
        reply = await front.asks(**identity, User_Password="tulip", Proxy_State="0x6e6173")
        assert (reply.code, reply["Framed-IP-Address"]) == ("Access-Accept", "10.255.77.7")
        assert reply.all("Proxy-State") == ["0x6e6173"]
        assert station_of(await at.radiusd.last()) == ("gate", "branch", "192.0.2.77", "ann")
        assert (await front.asks(**identity, User_Password="rose")).code == "Access-Reject"


async def test_proxy_by_code(tmp_path, identity):
    """State passes through it, and back."""
    async with office(tmp_path, "by-mail") as at, proxy(tmp_path, at.radiusd.port, SECRET) as front:
        challenge = await front.asks(**identity, User_Password="tulip")
        assert challenge.code == "Access-Challenge"
        assert challenge["Reply-Message"].startswith("Code sent to a***n@example.org")
        said = {"User_Password": await at.code(), "State": challenge["State"]}
        assert (await front.asks(**identity, **said)).code == "Access-Accept"
        assert (await front.asks(**identity, **said)).code == "Access-Reject"
        assert at.box.count == 1


async def test_proxy_by_approval(tmp_path, identity):
    """The NAS's repeats reach us through the proxy: one mail, one Accept; other users are served meanwhile."""
    async with office(tmp_path, "by-boss", "hold: 20s") as at, proxy(tmp_path, at.radiusd.port, SECRET) as front:
        await at.radiusd.user("bob", email="bob@example.org")
        waiting = asyncio.create_task(front.asks(**identity, User_Password="tulip", every=2.0, tries=8))
        await at.box.first(BOSS)
        await asyncio.sleep(4.5)
        # Another login through the same proxy is judged at once.
        assert (await front.asks(User_Name="bob", User_Password="rose")).code == "Access-Reject"
        await at.boss_presses()
        assert (await waiting).code == "Access-Accept"
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


async def test_proxy_takes_a_long_hold_for_no_zombie(tmp_path, identity):
    """Beyond its response_window it asks by Status-Server whether we live; we do, so the next login is handed on."""
    async with (
        office(tmp_path, "by-boss", "hold: 30s, challenge: false") as at,
        proxy(tmp_path, at.radiusd.port, SECRET, window=5) as front,
    ):
        waiting = asyncio.create_task(front.asks(**identity, User_Password="tulip", every=3.0, tries=5))
        await at.box.first(BOSS)
        await asyncio.sleep(8.0)
        await at.radiusd.user("bob", email="bob@example.org")
        assert (await front.asks(User_Name="bob", User_Password="rose", every=6.0)).code == "Access-Reject"
        await at.boss_presses()
        assert (await waiting).code == "Access-Accept"
        assert "zombie" not in front.log
