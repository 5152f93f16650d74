"""Two nodes on one PostgreSQL (design.md section 6): what one began, the other goes on with."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from radiusd.nas.asking import NoReply
from tests.flows.mailing import APPROVED, MAILED, Mailing, state_of, yaml
from tests.servers.postgres import postgres_server
from tests.servers.running import running, until

__all__ = ["postgres_server"]

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com", "framed_ip_address": "10.1.2.3"}


@asynccontextmanager
async def nodes(tmp_path, server, text):
    """Two of them."""
    url = server.new_database()
    async with AsyncExitStack() as stack:
        found = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            entered = running(tmp_path / name, text + f"database: {url}\n", demo=True)
            found.append(Mailing(await stack.enter_async_context(entered)))
        yield found


async def test_a_challenge_of_one_is_answered_at_the_other(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, yaml(MAILED % "")) as (a, b):
        await a.user("ann", **ANN)
        challenge = await a.asks()
        accept = await b.answers(challenge, a.code())
        assert accept.code == "Access-Accept"
        assert accept["Framed-IP-Address"] == "10.1.2.3"
        assert (await a.answers(challenge, a.code())).code == "Access-Reject"


async def test_a_fresh_request_at_the_other_node_joins(tmp_path, postgres_server):
    """The NAS failed over: one login, one mail, the same code."""
    async with nodes(tmp_path, postgres_server, yaml(MAILED % "")) as (a, b):
        await a.user("ann", **ANN)
        first = await a.asks()
        second = await b.asks()
        assert second.code == "Access-Challenge"
        assert state_of(first) != state_of(second)
        assert (len(a.sent), len(b.sent)) == (1, 0)
        assert (await b.answers(second, a.code())).code == "Access-Accept"
        assert len(await a.logins()) == 1


async def test_begun_at_both_at_the_same_moment(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, yaml(MAILED % "")) as (a, b):
        await a.user("ann", **ANN)
        replies = await asyncio.gather(a.asks(), b.asks())
        assert {reply.code for reply in replies} == {"Access-Challenge"}
        assert len(a.sent) + len(b.sent) == 1
        [code] = [node.code() for node in (a, b) if node.sent]
        assert (await a.answers(replies[1], code)).code == "Access-Accept"


async def test_a_code_is_used_once_at_both(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, yaml(MAILED % "")) as (a, b):
        await a.user("ann", **ANN)
        challenge = await a.asks()
        code = a.code()
        replies = await asyncio.gather(*(node.answers(challenge, code) for node in (a, b) * 5))
        assert sorted(reply.code for reply in replies) == ["Access-Accept"] + ["Access-Reject"] * 9


@pytest.mark.parametrize("approve", [True, False])
async def test_a_click_at_one_wakes_the_request_held_at_the_other(tmp_path, postgres_server, approve):
    async with nodes(tmp_path, postgres_server, yaml(APPROVED % "", client="hold: 20s")) as (a, b):
        await a.user("ann", **ANN)
        asked = asyncio.create_task(a.asks(timeout=10))
        await b.decides(await a.token(), approve=approve)
        assert (await asked).code == ("Access-Accept" if approve else "Access-Reject")


async def test_the_newest_request_gets_the_answer_wherever_it_is(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, yaml(APPROVED % "", client="hold: 20s")) as (a, b):
        await a.user("ann", **ANN)
        first = asyncio.create_task(a.asks(timeout=4))
        token = await a.token()
        second = asyncio.create_task(b.asks(timeout=10))
        await until(lambda: len(b.server._holds) == 1)
        await a.decides(token, approve=True)
        assert (await second).code == "Access-Accept"
        with pytest.raises(NoReply):
            await first
        assert (len(a.sent), len(b.sent)) == (1, 0)


async def test_an_approval_that_the_other_node_has_used_is_no_refusal(tmp_path, postgres_server):
    """The older request's node is the slower one: it finds the approval used, and says nothing to that request."""
    async with nodes(tmp_path, postgres_server, yaml(APPROVED % "", client="hold: 20s")) as (a, b):
        await a.user("ann", **ANN)
        first = asyncio.create_task(a.asks(timeout=4))
        token = await a.token()
        await until(lambda: len(a.server._holds) == 1)
        [login] = a.server._known.waiting()
        second = asyncio.create_task(b.asks(timeout=10))
        await until(lambda: len(b.server._holds) == 1)
        async with login.lock:
            await b.decides(token, approve=True)
            assert (await second).code == "Access-Accept"
        await until(lambda: not a.server._holds)
        with pytest.raises(NoReply):
            await first
        assert [row.outcome for row in await a.audit()] == ["waiting", "waiting", "approved", "accept"]


async def test_a_late_approval_is_used_once_at_both(tmp_path, postgres_server):
    client = "hold: 2s, challenge: false"
    async with nodes(tmp_path, postgres_server, yaml(APPROVED % "", client=client)) as (a, b):
        await a.user("ann", **ANN)
        assert (await a.asks(timeout=5)).code == "Access-Reject"
        await b.decides(await a.token(), approve=True)
        assert (await b.asks()).code == "Access-Accept"
        assert (await a.asks(timeout=5)).code == "Access-Reject"
        assert len(a.questions) == 2
