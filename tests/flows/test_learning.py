"""`hold: auto`: a NAS of short time-outs gets no answer in time at first, and does once it has shown how long it waits."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from radiusd.nas.asking import NoReply
from store import clients
from store.seen import Waits
from tests.flows.mailing import APPROVED, mailing, yaml
from tests.servers.daemon import Folder
from tests.servers.running import until

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
BLIND = "  blind: {address: 127.0.0.9, secret: correct horse battery, application: vpn, challenge: false}\n"
TIME_OUT = {"timeout": 1.0, "tries": 3}
YAML = yaml(APPROVED % "", client="hold: auto").replace("directories:\n", BLIND + "directories:\n", 1)
LEARNED = Waits(timeout=1.0, tries=3, at_least=3.0, at_most=3.0, hold=3.0, one_port=True)


async def outcome(radiusd, name, **of):
    try:
        return (await radiusd.asks(name, **TIME_OUT, **of)).code
    except NoReply:
        return None


async def test_it_learns_how_long_a_nas_waits(tmp_path):
    """Seen twice, it is believed, at once and also after a restart."""
    async with mailing(tmp_path, YAML) as radiusd:
        for name in ("ann", "bob", "eve"):
            await radiusd.user(name, **ANN)
        learner = radiusd.server._learning.of
        asked = [(name, source) for name in ("ann", "bob") for source in ("127.0.0.1", "127.0.0.9")]
        late = await asyncio.gather(*(outcome(radiusd, name, source=source) for name, source in asked))
        assert late == [None] * 4
        for name in ("nas", "blind"):
            await until(lambda name=name: learner(name).waits.hold is not None, seconds=15.0)
            assert learner(name).waits == LEARNED
        assert await outcome(radiusd, "eve", station="phone") == "Access-Challenge"
        assert await outcome(radiusd, "eve", station="phone", source="127.0.0.9") == "Access-Reject"
    async with mailing(tmp_path, YAML) as radiusd:
        assert await outcome(radiusd, "eve", station="tablet") == "Access-Challenge"
        seen = await radiusd.server.store.read(clients.seen)
        assert seen["nas"].waits == seen["blind"].waits == LEARNED
    listed = Folder(tmp_path, {}).radiusd("client", "list", "--json")
    nas = json.loads(listed.out)[0]
    assert (nas["client"], nas["hold"], nas["hold_seconds"], nas["hold_from"]) == ("nas", "auto", 3.0, "learned")
    assert (nas["timeout_seconds"], nas["tries"], nas["gives_up_after_seconds"]) == (1.0, 3, 3.0)
    shown = Folder(tmp_path, {}).radiusd("client", "list").out
    assert "3s, learned" in shown
    assert "1s x 3, gives up after 3s" in shown


async def test_what_is_configured_is_held(tmp_path):
    """The same NAS, whose client says otherwise: it is told of, and the setting stands."""
    text = yaml(APPROVED % "", client="hold: 6s, challenge: false")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.user("bob", **ANN)
        assert await asyncio.gather(*(outcome(radiusd, name) for name in ("ann", "bob"))) == [None] * 2
        await until(lambda: radiusd.server._learning.of("nas").waits == LEARNED, seconds=15.0)
        assert await outcome(radiusd, "ann", station="phone") is None
    done = Folder(tmp_path, {}).radiusd("client", "list")
    assert "6s, configured" in done.out
    assert "nas: it gives up after 3s, before `hold: 6s` is over" in done.out


async def test_a_state_that_comes_back(tmp_path):
    """It shows Challenges, and the one of a held request came in time."""
    async with mailing(tmp_path, yaml(APPROVED % "", client="hold: 3s")) as radiusd:
        await radiusd.user("ann", **ANN)
        learner = radiusd.server._learning.of("nas")
        asked = await radiusd.asks(timeout=5)
        await asyncio.sleep(0)
        assert learner.waits == Waits()
        for _ in range(2):
            asked = await radiusd.answers(asked, "", timeout=5)
        assert learner.waits.challenges_at == pytest.approx(time.time(), abs=30.0)
        assert learner.waits.at_least == pytest.approx(2.3, abs=0.3)
    assert "shown" in Folder(tmp_path, {}).radiusd("client", "list").out


async def test_logins_without_a_wait_teach_nothing(tmp_path):
    """The opposite: answered at once, also where the same octets come again."""
    async with mailing(tmp_path, YAML) as radiusd:
        await radiusd.user("ann", **ANN)
        nas = radiusd.nas()
        for _ in range(3):
            refused = await nas.asks(User_Name="ann", User_Password="wrong")
            await asyncio.sleep(0.2)
            assert (await nas.again()).octets == refused.octets
        await asyncio.sleep(1.2)
        assert radiusd.server._learning.of("nas").waits == Waits()
        assert not radiusd.server._learning.of("nas")._watched
