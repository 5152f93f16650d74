"""Each client that Debian packages, set as its page in docs/nas/ says, before our server, set as that page says.

pppd wants a device and hostapd a radio, so what they send is sent here in their place. Apache's is test_mod_auth_radius.
"""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import time

import pytest

from config.secret import Secret
from radiusd.nas.asking import Nas
from store import users
from store.records import NewUser
from tests.flows.office import BOSS, SECRET, office, station_of
from tests.flows.page import client_of, lines_of
from tests.flows.test_ocserv import IN
from tests.servers.kamailio import kamailio
from tests.servers.namespace import namespace
from tests.servers.ocserv import ocserv
from tests.servers.openvpn import openvpn, short_port
from tests.servers.pam_radius import PamRadius
from tests.servers.pg_hba import pg_hba
from tests.servers.proftpd import proftpd
from tests.servers.proxy import proxy
from tests.servers.radsecproxy import radsecproxy
from tests.servers.squid_auth import squid_auth


async def test_squid_by_approval(tmp_path):
    """Its copies, one a second, make one mail."""
    async with office(tmp_path, "by-boss", client_of("squid")) as at:
        (line, *_rest) = lines_of("squid", 0, at.radiusd.port)
        program = shlex.split(line.removeprefix("auth_param basic program "))
        async with squid_auth([*program, "-p", str(at.radiusd.port)], tmp_path) as squid:
            assert (await squid.says("ann", "rose")).startswith("ERR")
            waiting = asyncio.create_task(squid.says("ann", "tulip"))
            await at.box.first(BOSS)
            await asyncio.sleep(1.5)  # a copy leaves after 1
            await at.boss_presses()
            assert await waiting == "OK"
        assert len(at.box.of(BOSS)) == 1
        assert station_of(await at.radiusd.last()) == ("gate", "gate", "", "ann")


async def test_squid_by_code(tmp_path):
    async with office(tmp_path, "by-mail", client_of("squid")) as at:
        (line, *_rest) = lines_of("squid", 0, at.radiusd.port)
        program = shlex.split(line.removeprefix("auth_param basic program "))
        async with squid_auth([*program, "-p", str(at.radiusd.port)], tmp_path) as squid:
            assert (await squid.says("ann", "tulip")).startswith("ERR")
            assert await squid.says("ann", "tulip" + await at.code()) == "OK"


async def test_proftpd(tmp_path):
    """Refused within its 5 s, in at the next try: it signs, so that `auto` requires it from then on."""
    async with office(tmp_path, "by-boss", client_of("proftpd")) as at:
        lines = lines_of("proftpd", 0, at.radiusd.port, UID="65534", GID="65534", HOME="/", SHELL="/bin/sh")
        async with proftpd(tmp_path, short_port(), lines) as ftp:
            assert (await ftp.signs_in("ann", "tulip")).startswith("530 ")
            await at.boss_presses()
            assert (await ftp.signs_in("ann", "rose")).startswith("530 ")
            assert (await ftp.signs_in("ann", "tulip")).startswith("230 ")
        assert station_of(await at.radiusd.last()) == ("gate", "ftp", "127.0.0.1", "ann")
        assert len(at.box.of(BOSS)) == 1


async def test_kamailio_is_refused_at_once_and_told_why(tmp_path):
    """A digest is judged by nobody: refused, where it would have waited for 40 s."""
    async with (
        office(tmp_path, "password-only", client_of("kamailio")) as at,
        kamailio(tmp_path, short_port(), at.radiusd.port, SECRET) as sip,
    ):
        challenge, answer = await sip.registers("ann", "tulip")
        assert " 401 " in challenge
        assert " 401 " in answer
        row = await at.radiusd.last()
        assert (row.outcome, row.user_name) == ("reject", "ann@example.org")
        assert row.reason == "a digest needs the password, or MD5 of it; let the NAS look in a table of its own"


async def test_radsecproxy(tmp_path):
    """What the NAS sent comes as it was; a decision is waited for."""
    async with office(tmp_path, "by-boss", client_of("radsecproxy")) as at:
        server = lines_of("radsecproxy", 0, at.radiusd.port)
        server.insert(3, f"    port {at.radiusd.port}")
        port = short_port()
        async with radsecproxy(tmp_path, port, SECRET, server):
            nas = Nas(("127.0.0.1", port), SECRET.encode(), timeout=60.0, tries=1)
            waiting = asyncio.create_task(
                nas.asks(
                    User_Name="ann", User_Password="tulip", NAS_Identifier="branch", Calling_Station_Id="192.0.2.77"
                )
            )
            await at.boss_presses()
            assert (await waiting).code == "Access-Accept"
        assert station_of(await at.radiusd.last()) == ("gate", "branch", "192.0.2.77", "ann")


async def test_a_freeradius_proxy(tmp_path):
    async with (
        office(tmp_path, "by-boss", client_of("freeradius")) as at,
        proxy(tmp_path, at.radiusd.port, SECRET, window=30) as front,
    ):
        waiting = asyncio.create_task(front.asks(User_Name="ann", User_Password="tulip", every=25.0))
        await at.boss_presses()
        assert (await waiting).code == "Access-Accept"


async def test_pam_radius_is_let_in_though_it_does_not_sign(tmp_path):
    """X31: Debian's 2.0.0, as the page has it."""
    async with office(tmp_path, "by-boss", client_of("pam_radius")) as at:
        (line,) = lines_of("pam_radius", 0, at.radiusd.port)
        (module,) = lines_of("pam_radius", 1, at.radiusd.port)
        pam = PamRadius(
            tmp_path, at.radiusd.port, SECRET, timeout=int(line.split()[2]), options=module.partition(".so ")[2]
        )
        async with pam.signs_in("ann", station="192.0.2.77") as shell:
            await shell.shows("Password: ")
            await shell.types("tulip")
            await at.boss_presses()
            assert await shell.ends()
        counts = at.radiusd.server._counts.client("gate")
        assert (counts.with_message_authenticator, counts.without_message_authenticator) == (0, 1)


async def test_openvpn(tmp_path):
    async with (
        office(tmp_path, "by-boss", client_of("openvpn")) as at,
        openvpn(tmp_path, at.radiusd.port, at.radiusd.accounting_port, SECRET, wait=60, retry=1) as vpn,
    ):
        connecting = asyncio.create_task(vpn.signs_in("ann", "tulip"))
        await at.boss_presses()
        ann = await connecting
        assert ann.accepted, ann.log + vpn.log


async def test_ocserv_holds_nobody(tmp_path):
    """One at a time: whoever needs a decision is asked to press Enter, at once."""
    with namespace() as home:
        async with (
            office(tmp_path, "by-boss", client_of("ocserv")) as at,
            ocserv(tmp_path, home.here, at.radiusd.port, at.radiusd.accounting_port, SECRET, every=3) as vpn,
            vpn.signs_in("ann", home) as shell,
        ):
            await shell.shows("Password:")
            await shell.types("tulip")
            await shell.shows("Waiting for manager approval")
            await at.boss_presses()
            await shell.types("")
            await shell.shows(IN + "10.255.77.7,")


async def test_postgresql(tmp_path):
    async with office(tmp_path, "by-mail", client_of("postgresql")) as at:
        with pg_hba(at.radiusd.port, SECRET, "ann") as database:
            assert not (await database.signs_in("ann", "tulip")).accepted
            ann = await database.signs_in("ann", "tulip" + await at.code())
            assert ann.accepted, ann.text


# By octets


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_pppd_waits_for_a_decision(tmp_path, decision):
    """Three packets, 10 s apart; Framed-IP-Address and the text of a refusal reach the user's program."""
    async with office(tmp_path, "by-boss", client_of("pppd")) as at:
        nas = Nas(("127.0.0.1", at.radiusd.port), SECRET.encode(), timeout=10.0, tries=3, message_authenticator=False)
        waiting = asyncio.create_task(
            nas.asks(
                Service_Type="Framed-User", Framed_Protocol="PPP", User_Name="ann", User_Password="tulip",
                NAS_IP_Address="127.0.0.1", NAS_Port=0,
            )
        )  # fmt: skip
        await at.boss_presses(decision)
        reply = await waiting
        if decision == "approve":
            assert (reply.code, reply["Framed-IP-Address"]) == ("Access-Accept", "10.255.77.7")
        else:
            assert reply.code == "Access-Reject"
            assert "Ref" in reply["Reply-Message"]
        assert station_of(await at.radiusd.last()) == ("gate", "127.0.0.1", "", "ann")


async def test_hostapd_asks_whether_a_device_may_join(tmp_path):
    """macaddr_acl=2: its address is name and password. A reply that is not signed would be dropped."""
    async with office(tmp_path, "password-only", client_of("hostapd")) as at:
        made = await asyncio.to_thread(
            subprocess.run, ["openssl", "passwd", "-6", "02005e005301"], capture_output=True, text=True, check=True
        )
        new = NewUser(username="02005e005301", password_hash=Secret(made.stdout.strip()))
        await at.radiusd.server.store.write(lambda connection: users.add(connection, new, time.time()))
        nas = Nas(("127.0.0.1", at.radiusd.port), SECRET.encode(), timeout=45.0, tries=1)

        async def joins(device):
            bare = device.replace("-", "").lower()
            return await nas.asks(
                User_Name=bare, User_Password=bare, NAS_IP_Address="127.0.0.1", NAS_Identifier="ap",
                Called_Station_Id="02-00-5E-00-53-FF:office", NAS_Port_Type="Wireless-802.11",
                Calling_Station_Id=device, Connect_Info="CONNECT 11Mbps 802.11b",
            )  # fmt: skip

        assert (await joins("02-00-5E-00-53-01")).code == "Access-Accept"
        assert (await joins("02-00-5E-00-53-02")).code == "Access-Reject"
        assert station_of(await at.radiusd.last())[2] == "02-00-5E-00-53-02"
