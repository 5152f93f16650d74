"""Apache's mod_auth_radius shows a Challenge as a further question, and alters its State unless that is letters (D27)."""

from __future__ import annotations

from tests.flows.office import BOSS, SECRET, office
from tests.flows.page import client_of
from tests.servers.mod_auth_radius import ModAuthRadius, by_cookie

STATION = "192.0.2.77"


def test_what_it_makes_of_a_state():
    """As measured; and zero octets become letters too."""
    assert by_cookie(b"abcdef0123456789") == b"abcdefqrstuvwxyz"
    assert by_cookie(bytes((0x00, 0x40, 0x41, 0x7F, 0x80, 0xFF))) == bytes((0x41, 0x81, 0x41, 0x7F, 0x00, 0x7F))


async def test_by_code(tmp_path):
    async with office(tmp_path, "by-mail", client_of("apache")) as at:
        web = ModAuthRadius(at.radiusd.port, SECRET)
        assert (await web.opens("ann", "tulip", station=STATION)).code == "Access-Challenge"
        code = await at.code()
        wrong = "1" * 6 if code != "1" * 6 else "2" * 6
        assert (await web.opens("ann", wrong, station=STATION)).code == "Access-Challenge"
        assert (await web.opens("ann", code, station=STATION)).code == "Access-Accept"
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


async def test_by_approval(tmp_path):
    """Held, then asked: a click on the page, with nothing typed, waits on."""
    async with office(tmp_path, "by-boss", "hold: 3s") as at:
        web = ModAuthRadius(at.radiusd.port, SECRET)
        assert (await web.opens("ann", "tulip", station=STATION)).code == "Access-Challenge"
        assert (await web.opens("ann", "", station=STATION)).code == "Access-Challenge"
        await at.boss_presses()
        assert (await web.opens("ann", "", station=STATION)).code == "Access-Accept"
        assert len(at.box.of(BOSS)) == 1
        assert len(await at.accepts()) == 1
