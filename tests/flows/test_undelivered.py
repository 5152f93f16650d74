"""An Accept must arrive to count (D23): what the door learns from ICMP errors, and from a NAS that gave up."""

from __future__ import annotations

import asyncio

import pytest

from radiusd.radius import packet
from tests.flows.mailing import APPROVED, mailing, yaml
from tests.servers.gate import Gate
from tests.servers.icmp import forge
from tests.servers.running import until

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
SIX = '  six: {address: "::1", secret: correct horse battery, application: vpn, hold: 20s}\n'
BOTH = (
    yaml(APPROVED % "")
    .replace("authentication: [127.0.0.1:0]", 'authentication: ["127.0.0.1:0", "[::1]:0"]')
    .replace("directories:\n", SIX + "directories:\n", 1)
)
HOSTS = pytest.mark.parametrize("host", ["127.0.0.1", "::1"])


def gate(radiusd, host="127.0.0.1"):
    return Gate(radiusd.nas(), (host, radiusd.server.ports("authentication")[int(host == "::1")]))


def told(radiusd):
    """The held requests whose Accept did not arrive, as the engine is told of them."""
    undelivered, tell = [], radiusd.server._holds.undelivered

    def told(held):
        undelivered.append(held)
        tell(held)

    radiusd.server._holds.undelivered = told
    return undelivered


async def are_held(radiusd, number=1):
    await until(lambda: len(radiusd.server._holds) == number)


async def are_read(radiusd):
    """What came before has been read."""
    for number in range(len(radiusd.server.ports("authentication"))):
        host = ("127.0.0.1", "::1")[number]
        nas = radiusd.nas(host=host, port=radiusd.server.ports("authentication")[number])
        assert (await nas.status()).code == "Access-Accept"


@HOSTS
async def test_an_accept_to_a_closed_port(tmp_path, host):
    """The NAS has gone before the manager clicks: the engine is told, once. Nobody else pays for it."""
    async with mailing(tmp_path, BOTH) as radiusd:
        await radiusd.user("ann", **ANN)
        undelivered = told(radiusd)
        with gate(radiusd, host) as nas:
            nas.asks()
            await are_held(radiusd)
        await radiusd.decides(await radiusd.token(), approve=True)
        await until(lambda: undelivered)
        assert [one.request.name for one in undelivered] == ["ann"]
        await are_read(radiusd)
        # The approval is late now: it lets the next try in, which proves the password again.
        await until(lambda: undelivered[0].login.row.status == "open")
        with gate(radiusd, host) as nas:
            nas.asks(User_Password="wrong")
            assert (await nas.hears())[0] == packet.ACCESS_REJECT
            nas.asks()
            assert (await nas.hears())[0] == packet.ACCESS_ACCEPT
        assert len(radiusd.sent) == 1


async def test_an_accept_that_arrives(tmp_path):
    """The opposite. A copy that crossed it brings a second one, whose error does not tell that the first was lost."""
    async with mailing(tmp_path, yaml(APPROVED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        undelivered = told(radiusd)
        with gate(radiusd) as nas:
            octets = nas.asks()
            await are_held(radiusd)
            await radiusd.decides(await radiusd.token(), approve=True)
            assert (await nas.hears())[0] == packet.ACCESS_ACCEPT
            port = nas.address[1]
            nas.closes()
            nas.opens(port)
            nas.sends(octets)
        await until(lambda: radiusd.server._counts.client("nas").duplicates == 1)
        await are_read(radiusd)
        assert undelivered == []
        assert radiusd.server._learning.of("nas")._ends.count(None) == len(radiusd.server._learning.of("nas")._ends)


@HOSTS
async def test_what_an_error_must_quote(tmp_path, host):
    """The first 20 octets of that very Accept, sent to that address and port, as unreachable: once."""
    async with mailing(tmp_path, BOTH) as radiusd:
        await radiusd.user("ann", **ANN)
        undelivered = told(radiusd)
        with gate(radiusd, host) as nas, gate(radiusd, host) as other:
            nas.asks()
            await are_held(radiusd)
            await radiusd.decides(await radiusd.token(), approve=True)
            accept = await nas.hears()
            forge(nas.server, nas.address, accept, why="fragmentation needed")
            forge(nas.server, other.address, accept)
            for quoted in (b"", accept[:4], accept[:19], accept[:4] + bytes(16) + accept[20:]):
                forge(nas.server, nas.address, quoted)
            await are_read(radiusd)
            assert undelivered == []
            forge(nas.server, nas.address, accept[:20], why="host unreachable")
            await until(lambda: undelivered)
            forge(nas.server, nas.address, accept[:20])
            await are_read(radiusd)
            assert len(undelivered) == 1


async def test_only_answers_to_held_requests_are_watched(tmp_path):
    """An Accept by password alone is not: the socket sees no error at all."""
    async with mailing(tmp_path, yaml("  plain: {method: password, directories: [local]}\n")) as radiusd:
        await radiusd.user("ann", **ANN)
        with gate(radiusd) as nas:
            nas.asks()
            assert (await nas.hears())[0] == packet.ACCESS_ACCEPT
        assert not radiusd.server._ports.authentication[0]._evidence.listens


async def test_errors_that_are_pending_cost_nobody_an_answer(tmp_path):
    """Linux makes a send fail for each of them. A hundred answers leave while there are always some."""
    async with mailing(tmp_path, yaml(APPROVED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        undelivered = told(radiusd)
        with gate(radiusd) as nas:
            nas.asks()
            await are_held(radiusd)
            await radiusd.decides(await radiusd.token(), approve=True)
            await nas.hears()
            for number in range(100):
                for _ in range(5):
                    forge(nas.server, nas.address, b"\2" * 30)
                nas.asks(identifier=number, User_Password="wrong")
            heard = [await nas.hears() for _ in range(100)]
        assert {octets[0] for octets in heard} == {packet.ACCESS_REJECT}
        assert undelivered == []


async def test_a_copy_that_crosses_the_accept(tmp_path):
    """openvpn-auth-radius: the same Identifier, another Authenticator, from a new port. The engine is asked once it is
    known that the Accept to the old port did not arrive, and not before."""
    async with mailing(tmp_path, yaml(APPROVED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        undelivered = told(radiusd)
        with gate(radiusd) as nas:
            nas.asks()
            await are_held(radiusd)
            nas.closes()
            accepted = radiusd.server._authentication._renewed.accepted
            await radiusd.decides(await radiusd.token(), approve=True)
            await until(lambda: accepted)
            nas.opens()
            nas.asks()
            (kept_back,) = accepted.values()
            await until(lambda: kept_back[1])
            assert len(undelivered) == 1
            # The approval let nobody in, so it lets in whoever the NAS listens for.
            assert (await nas.hears())[0] == packet.ACCESS_ACCEPT
        assert len(radiusd.sent) == 1


async def test_who_stands_in_line_has_the_place_of_one_whose_accept_did_not_arrive(tmp_path):
    """X14, D24: the first try was ended with Ctrl-C, the second one waits without a station, and is let in."""
    async with mailing(tmp_path, yaml(APPROVED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        with gate(radiusd) as first:
            first.asks(Calling_Station_Id=[])
            await are_held(radiusd)
        with gate(radiusd) as second:
            second.asks(Calling_Station_Id=[])
            await are_held(radiusd, 2)
            await radiusd.decides(await radiusd.token(), approve=True)
            assert (await second.hears())[0] == packet.ACCESS_ACCEPT
        with gate(radiusd) as third:
            third.asks(Calling_Station_Id=[])
            await radiusd.token(1, count=2)  # one approval lets in once


async def test_another_request_after_the_accept(tmp_path):
    """The opposite: another Identifier, or another user, is not kept back."""
    async with mailing(tmp_path, yaml(APPROVED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        with gate(radiusd) as nas, gate(radiusd) as other:
            nas.asks()
            await are_held(radiusd)
            await radiusd.decides(await radiusd.token(), approve=True)
            await nas.hears()
            other.asks(identifier=8, User_Password="wrong")
            other.asks("bob")
            assert {(await other.hears())[:2] for _ in range(2)} == {bytes((3, 8)), bytes((3, 7))}
            (kept_back,) = radiusd.server._authentication._renewed.accepted.values()
            assert kept_back[1] == []


async def test_a_nas_that_serves_one_at_a_time(tmp_path):
    """`one_at_a_time`: nobody waits behind a request that waits. It is asked to come again at once (X28)."""
    text = yaml(APPROVED % "", client="hold: 60s, one_at_a_time: true")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = await radiusd.asks(timeout=5)
        assert asked.code == "Access-Challenge"
        assert len(radiusd.server._holds) == 0
        asked = await radiusd.answers(asked, "", timeout=5)
        assert asked.code == "Access-Challenge"
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await radiusd.answers(asked, "", timeout=5)).code == "Access-Accept"
        assert len(radiusd.sent) == 1


async def test_a_nas_that_serves_one_at_a_time_and_shows_no_challenge(tmp_path):
    """It is refused at once, and the late approval lets the next try in."""
    text = yaml(APPROVED % "", client="hold: 60s, one_at_a_time: true, challenge: false")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await radiusd.asks(timeout=5)).code == "Access-Accept"
        assert len(radiusd.questions) == 1


async def test_what_came_through_a_proxy(tmp_path):
    """A FreeRADIUS proxy gives up after 30 s, and the server with it: 25 s, unless `hold` says otherwise (X29)."""
    for client, seconds in (("hold: auto", 25.0), ("hold: 60s", 58.0)):
        async with mailing(tmp_path, yaml(APPROVED % "", client=client)) as radiusd:
            if not await radiusd.audit():
                await radiusd.user("ann", **ANN)
            radiusd.server._learning.of("nas")._proofs += [(120.0, 1)] * 2
            radiusd.server._learning.of("nas")._conclude()
            with gate(radiusd) as nas:
                before = asyncio.get_running_loop().time()
                nas.asks(Calling_Station_Id=client, Proxy_State="130")
                await are_held(radiusd)
                (held,) = radiusd.server._holds._due
                assert held.deadline - before == pytest.approx(seconds, abs=1.0)


async def test_a_nas_that_stops_asking(tmp_path):
    """Two copies are missed: it has given up long before `hold`. A decision after that is a late one."""
    async with mailing(tmp_path, yaml(APPROVED % "", client="hold: 60s")) as radiusd:
        await radiusd.user("ann", **ANN)
        with gate(radiusd) as nas:
            octets = nas.asks()
            await are_held(radiusd)
            for _ in range(2):
                await asyncio.sleep(0.5)  # its time-out
                nas.sends(octets)
        await until(lambda: len(radiusd.server._holds) == 0)
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await radiusd.asks(timeout=5)).code == "Access-Accept"
        assert len(radiusd.questions) == 1


async def test_one_packet_and_a_closed_port(tmp_path):
    """PostgreSQL: no station, no copies, no Challenge. It has gone when the answer comes, and that is learned (X27)."""
    text = yaml(APPROVED % "", client="hold: auto, challenge: false")
    async with mailing(tmp_path, text) as radiusd:
        for name in ("ann", "bob"):
            await radiusd.user(name, **ANN)
            with gate(radiusd) as nas:
                nas.asks(name, Calling_Station_Id=[])
                await are_held(radiusd, {"ann": 1, "bob": 2}[name])
        learner = radiusd.server._learning.of("nas")
        await until(lambda: learner.waits.hold is not None, seconds=20.0)
        assert learner.waits.at_most == pytest.approx(8.0, abs=0.3)
