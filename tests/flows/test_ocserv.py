"""ocserv as a VPN gateway: a State that it cuts short at a zero octet, an answer of no octets, one request at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from tests.flows.office import BOSS, CODE, SECRET, office, station_of
from tests.servers.namespace import namespace
from tests.servers.ocserv import IDENTIFIER, ocserv

IN = "Configured as "
SIGN_INS = 20
AT_ONCE = 4


@asynccontextmanager
async def gateway(tmp_path, profile, client="hold: 10s"):
    """The office, its gateway, and the home of those who sign in."""
    with namespace() as home:
        async with (
            office(tmp_path, profile, client) as at,
            ocserv(tmp_path, home.here, at.radiusd.port, at.radiusd.accounting_port, SECRET) as vpn,
        ):
            yield at, vpn, home


async def test_by_password(tmp_path):
    """The station is the address that the person comes from; Framed-IP-Address becomes the tunnel's."""
    async with gateway(tmp_path, "password-only") as (at, vpn, home):
        async with vpn.signs_in("ann", home) as shell:
            await shell.shows("Password:")
            await shell.types("tulip")
            await shell.shows(IN + "10.255.77.7,")
        assert station_of(await at.radiusd.last()) == ("gate", IDENTIFIER, home.there, "ann")
        async with vpn.signs_in("ann", home) as shell:
            for _ in range(3):
                await shell.shows("Password:")
                await shell.types("rose")
            assert not await shell.ends()
        assert len(await at.accepts()) == 1


async def test_by_code(tmp_path):
    """The Challenge's text is shown, and a wrong code is asked for again."""
    async with gateway(tmp_path, "by-mail") as (at, vpn, home):
        async with vpn.signs_in("ann", home) as shell:
            await shell.shows("Password:")
            await shell.types("tulip")
            await shell.shows("Code sent to a***n@example.org")
            code = await at.code()
            await shell.types("1" * 6 if code != "1" * 6 else "2" * 6)
            await shell.shows("Code sent to a***n@example.org")
            await shell.types(code)
            await shell.shows(IN + "10.255.77.7,")
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


async def test_enter_for_a_fresh_code(tmp_path):
    """X26: Enter is a User-Password of no octets, and is what it is at any other NAS."""
    async with gateway(tmp_path, "by-mail") as (at, vpn, home):
        async with vpn.signs_in("ann", home, tunnel=False) as shell:
            await shell.shows("Password:")
            await shell.types("tulip")
            await shell.shows("Code sent to a***n@example.org")
            await shell.types("")
            await shell.shows("A fresh code can be sent in")
            await shell.types(await at.code())
            assert await shell.ends()
        assert at.box.count == 1


async def test_by_approval(tmp_path):
    async with gateway(tmp_path, "by-boss") as (at, vpn, home):
        async with vpn.signs_in("ann", home) as shell:
            await shell.shows("Password:")
            await shell.types("tulip")
            await at.boss_presses()
            await shell.shows(IN + "10.255.77.7,")
        assert len(await at.accepts()) == 1


async def test_held_then_asked(tmp_path):
    """D1, X26: Enter waits on, and lets in once somebody has approved."""
    async with gateway(tmp_path, "by-boss", "hold: 3s") as (at, vpn, home):
        async with vpn.signs_in("ann", home) as shell:
            await shell.shows("Password:")
            await shell.types("tulip")
            await shell.shows("Press Enter to check again.")
            await shell.types("")
            await shell.shows("Press Enter to check again.")
            await at.boss_presses()
            await shell.types("")
            await shell.shows(IN + "10.255.77.7,")
        assert len(at.box.of(BOSS)) == 1
        assert len(await at.accepts()) == 1


async def test_no_sign_in_with_a_code_is_lost(tmp_path):
    """X25: one of sixteen States had a zero octet, and was cut there."""
    async with gateway(tmp_path, "by-mail") as (at, vpn, home):
        await everybody_signs_in(at, vpn, home, SIGN_INS)


async def everybody_signs_in(at, vpn, home, count):
    """So many people, each with a code of their own."""
    names = [f"user{number}" for number in range(count)]
    for name in names:
        await at.radiusd.user(name, email=f"{name}@example.org")
    few = asyncio.Semaphore(AT_ONCE)

    async def signs_in(name):
        async with few, vpn.signs_in(name, home, tunnel=False) as shell:
            await shell.shows("Password:", 60)
            await shell.types("tulip")
            await shell.shows("Code sent to", 60)
            await shell.types(CODE.search(await at.box.first(f"{name}@example.org"))[0])
            return await shell.ends()

    assert await asyncio.gather(*map(signs_in, names)) == [True] * count
    assert [row.outcome for row in await at.radiusd.audit()].count("accept") == at.box.count == count
