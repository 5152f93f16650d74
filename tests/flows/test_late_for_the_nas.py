"""The manager clicks when the NAS has given up: the approval is not spent on it, it lets the next try in, once (D23).

`hold` is longer than each of these NASes waits, as where nobody has told us, and nothing was learned yet.
"""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from radiusd.nas.asking import NoReply
from tests.flows.office import BOSS, SECRET, office
from tests.servers.mod_auth_radius import ModAuthRadius
from tests.servers.namespace import namespace
from tests.servers.ocserv import ocserv
from tests.servers.openvpn import openvpn
from tests.servers.pam_radius import PamRadius
from tests.servers.pg_hba import pg_hba
from tests.servers.proxy import proxy
from tests.servers.running import until

HOLD = "hold: 15s"
BLIND = "hold: 15s, challenge: false"
STATION = "192.0.2.77"


async def late(at, lets_in):
    """`lets_in` is a try with a password: whether the NAS let the person in."""
    assert not await lets_in("tulip")
    await at.boss_presses()
    assert not await lets_in("rose")
    assert await lets_in("tulip")
    assert not await lets_in("tulip")
    await until(lambda: len(at.box.of(BOSS)) == 2)  # somebody is asked anew


async def test_pam_radius(tmp_path):
    """As Debian ships it: one packet, 3 s."""
    async with office(tmp_path, "by-boss", HOLD) as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET)

        async def lets_in(password):
            async with pam.signs_in("ann", station=STATION) as shell:
                await shell.shows("Password: ")
                await shell.types(password)
                return await shell.ends()

        await late(at, lets_in)


async def test_pam_radius_without_a_station(tmp_path):
    """sudo, for one, sends none (D24)."""
    async with office(tmp_path, "by-boss", HOLD) as at:
        pam = PamRadius(tmp_path, at.radiusd.port, SECRET)

        async def lets_in(password):
            async with pam.signs_in("ann") as shell:
                await shell.shows("Password: ")
                await shell.types(password)
                return await shell.ends()

        await late(at, lets_in)


async def test_postgresql(tmp_path):
    """One packet, 3 s, no station."""
    async with office(tmp_path, "by-boss", BLIND) as at:
        with pg_hba(at.radiusd.port, SECRET, "ann") as database:

            async def lets_in(password):
                return (await database.signs_in("ann", password)).accepted

            await late(at, lets_in)


@pytest.mark.parametrize("retry", [1, 2])
async def test_openvpn(tmp_path, retry):
    """Each of its tries is a new packet from a new port, and it no longer listens on the one before."""
    async with (
        office(tmp_path, "by-boss", BLIND) as at,
        openvpn(tmp_path, at.radiusd.port, at.radiusd.accounting_port, SECRET, wait=2, retry=retry) as vpn,
    ):

        async def lets_in(password):
            return (await vpn.signs_in("ann", password)).accepted

        await late(at, lets_in)


async def test_ocserv(tmp_path):
    """It asks for the password again, at which the person waits for the manager."""
    with namespace() as home:
        async with (
            office(tmp_path, "by-boss", HOLD) as at,
            ocserv(tmp_path, home.here, at.radiusd.port, at.radiusd.accounting_port, SECRET, every=1) as vpn,
        ):
            async with vpn.signs_in("ann", home) as shell:
                await shell.shows("Password:")
                await shell.types("tulip")
                await shell.shows("Password:")
                await at.boss_presses()
                await shell.types("tulip")
                await shell.shows("Configured as ")
            async with vpn.signs_in("ann", home) as shell:
                await shell.shows("Password:")
                await shell.types("tulip")
                await shell.shows("Password:")
            await until(lambda: len(at.box.of(BOSS)) == 2)


async def test_mod_auth_radius(tmp_path):
    async with office(tmp_path, "by-boss", BLIND) as at:
        web = ModAuthRadius(at.radiusd.port, SECRET, every=1.0)

        async def lets_in(password):
            try:
                return (await web.opens("ann", password, station=STATION)).code == "Access-Accept"
            except NoReply:
                return False

        await late(at, lets_in)


@asynccontextmanager
async def branch(tmp_path):
    """A NAS behind a FreeRADIUS proxy, which waits 3 s, with two copies; the proxy's own port stays open."""
    async with office(tmp_path, "by-boss", HOLD) as at, proxy(tmp_path, at.radiusd.port, SECRET) as front:

        async def lets_in(password):
            identity = {"User_Name": "ann", "Calling_Station_Id": STATION, "NAS_Identifier": "branch"}
            answer = await front.asks(**identity, User_Password=password, every=1.0, tries=3)
            return answer.code == "Access-Accept"

        yield at, lets_in


async def test_freeradius_as_a_proxy(tmp_path):
    """No error comes back of an answer that goes to the proxy: two copies that did not come say that the NAS has gone."""
    async with branch(tmp_path) as (at, lets_in):
        assert not await lets_in("tulip")
        await until(lambda: not len(at.radiusd.server._holds))
        await at.boss_presses()
        assert not await lets_in("rose")
        assert await lets_in("tulip")
        assert not await lets_in("tulip")


async def test_who_tries_again_before_the_click(tmp_path):
    """Another try of the same station has the place of the one that its NAS gave up: it gets the one Accept."""
    async with branch(tmp_path) as (at, lets_in):
        assert not await lets_in("tulip")
        assert not await lets_in("tulip")
        assert len(at.box.of(BOSS)) == 1
        await until(lambda: not len(at.radiusd.server._holds))
        await at.boss_presses()
        assert await lets_in("tulip")
        assert not await lets_in("tulip")
