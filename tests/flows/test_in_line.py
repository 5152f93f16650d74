"""Without a station whoever asks anew stands in line, is counted on the page, and is never left in silence (D24)."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from radiusd.nas.asking import NasReply
from radiusd.radius import packet
from tests.flows.mailing import APPROVED, Mailing, mailing, ref_of, yaml
from tests.flows.test_nodes import nodes
from tests.servers.gate import Gate
from tests.servers.postgres import postgres_server
from tests.servers.running import until

__all__ = ["postgres_server"]

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
HELD = yaml(APPROVED % "", client="hold: 20s")
OTHER_DECIDED = "Another sign-in of yours was decided. Sign in again."
NOT_APPROVED = "Your sign-in was not approved. Speak to whoever approves it before you try again."


def asks(radiusd: Mailing) -> asyncio.Task[NasReply]:
    return asyncio.create_task(radiusd.asks(station="", timeout=12))


async def are_held(radiusd: Mailing, number: int) -> None:
    await until(lambda: len(radiusd.server._holds) == number)


async def line(radiusd: Mailing, token: str) -> tuple[int, float]:
    """What the page says of it."""
    shown = await radiusd.desk.look(token, time.time())
    return shown.in_line, shown.in_line_since


def told(reply: NasReply) -> tuple[str, str]:
    return reply.code, reply["Reply-Message"][:-13]


async def test_the_page_counts_who_stands_in_line_and_since_when(tmp_path):
    async with mailing(tmp_path, HELD) as radiusd:
        await radiusd.user("ann", **ANN)
        waiting = [asks(radiusd)]
        token = await radiusd.token()
        assert await line(radiusd, token) == (0, 0.0)
        before = time.time()
        waiting.append(asks(radiusd))
        await are_held(radiusd, 2)
        count, since = await line(radiusd, token)
        assert (count, before <= since <= time.time()) == (1, True)
        waiting.append(asks(radiusd))
        await are_held(radiusd, 3)
        assert await line(radiusd, token) == (2, since)
        await radiusd.decides(token, approve=True)
        first, *others = await asyncio.gather(*waiting)
        assert first.code == "Access-Accept"
        assert [told(each) for each in others] == [("Access-Reject", OTHER_DECIDED)] * 2
        assert len(radiusd.sent) == 1


async def test_a_refusal_goes_to_all_in_line(tmp_path):
    async with mailing(tmp_path, HELD) as radiusd:
        await radiusd.user("ann", **ANN)
        waiting = [asks(radiusd)]
        token = await radiusd.token()
        for number in (2, 3):
            waiting.append(asks(radiusd))
            await are_held(radiusd, number)
        await radiusd.decides(token, approve=False)
        assert [told(each) for each in await asyncio.gather(*waiting)] == [("Access-Reject", NOT_APPROVED)] * 3


def gone(radiusd: Mailing, gate: Gate) -> None:
    """A request without a station leaves by that port."""
    gate.sends(radiusd.nas().request(packet.ACCESS_REQUEST, os.urandom(16), 7, User_Name="ann", User_Password="tulip"))


async def test_the_newest_in_line_takes_the_place_of_an_accept_that_does_not_arrive(tmp_path):
    """X14: the user ended the first try, whose port answers by an ICMP error; the approval lets in who still waits."""
    async with mailing(tmp_path, HELD) as radiusd:
        await radiusd.user("ann", **ANN)
        with Gate(radiusd.nas(), ("127.0.0.1", radiusd.radiusd.port)) as gate:
            gone(radiusd, gate)
            token = await radiusd.token()
            await are_held(radiusd, 1)
        second = asks(radiusd)
        await are_held(radiusd, 2)
        third = asks(radiusd)
        await are_held(radiusd, 3)
        await radiusd.decides(token, approve=True)
        assert (await third).code == "Access-Accept"
        assert told(await second) == ("Access-Reject", OTHER_DECIDED)
        assert len(radiusd.sent) == 1
        assert len(radiusd.server._holds) == 0


# Across two nodes


async def test_who_stands_in_line_at_the_other_node_is_told(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, HELD) as (a, b):
        await a.user("ann", **ANN)
        first = asks(a)
        token = await a.token()
        await are_held(a, 1)
        second, third = asks(b), asks(a)
        await are_held(b, 1)
        await are_held(a, 2)
        assert (await line(a, token))[0] == (await line(b, token))[0] == 2
        await b.decides(token, approve=True)
        assert (await first).code == "Access-Accept"
        for waited in (second, third):
            reply = await waited
            assert told(reply) == ("Access-Reject", OTHER_DECIDED)
            assert "another sign-in" in (await b.explained(ref_of(reply))).reason
        assert (len(a.sent), len(b.sent)) == (1, 0)


async def test_a_refusal_goes_to_who_stands_in_line_at_the_other_node(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, HELD) as (a, b):
        await a.user("ann", **ANN)
        first = asks(a)
        token = await a.token()
        await are_held(a, 1)
        second = asks(b)
        await are_held(b, 1)
        await a.decides(token, approve=False)
        assert told(await first) == ("Access-Reject", NOT_APPROVED)
        assert told(await second) == ("Access-Reject", NOT_APPROVED)


async def test_who_stands_in_line_at_the_other_node_takes_the_place(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, HELD) as (a, b):
        await a.user("ann", **ANN)
        with Gate(a.nas(), ("127.0.0.1", a.radiusd.port)) as gate:
            gone(a, gate)
            token = await a.token()
            await are_held(a, 1)
        second = asks(b)
        await are_held(b, 1)
        await b.decides(token, approve=True)
        assert (await second).code == "Access-Accept"
        assert (len(a.sent), len(b.sent)) == (1, 0)


@pytest.mark.parametrize("approve", [True, False])
async def test_where_the_first_gives_up_undecided_the_other_node_s_is_the_first(tmp_path, postgres_server, approve):
    """Its NAS waits 3 s, the second's request is half a hold behind."""
    async with nodes(tmp_path, postgres_server, yaml(APPROVED % "", client="hold: 3s, challenge: false")) as (a, b):
        await a.user("ann", **ANN)
        first = asks(a)
        token = await a.token()
        await are_held(a, 1)
        await asyncio.sleep(1.2)
        second = asks(b)
        await are_held(b, 1)
        assert (await first).code == "Access-Reject"
        await a.decides(token, approve=approve)
        assert (await second).code == ("Access-Accept" if approve else "Access-Reject")
