"""Links by mail over two nodes of one PostgreSQL: limits count together, and what a stranger sees is the same at either."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.mailing import yaml
from tests.flows.test_links_alike import seen
from tests.flows.test_nodes import ANN, nodes
from tests.servers.postgres import postgres_server

__all__ = ["postgres_server"]

LINK = "  link: {method: mail_auth, directories: [local], mail_servers: [out]%s}\n"
NAMES = ["ann", "nobody"]


async def test_a_click_at_one_lets_in_at_the_other(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, yaml(LINK % "")) as (a, b):
        await a.user("ann", **ANN)
        asked = asyncio.create_task(a.asks(password="", timeout=10))
        await b.decides(await a.token(), approve=True)
        assert (await asked).code == "Access-Accept"


async def test_a_state_of_one_is_known_at_the_other(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, yaml(LINK % "", client="hold: 2s")) as (a, b):
        await a.user("ann", **ANN)
        before = await asyncio.gather(*(a.asks(name, "", timeout=5) for name in NAMES))
        assert seen(before[0]) == seen(before[1])
        entered = [b.answers(reply, "", name, timeout=5) for reply, name in zip(before, NAMES, strict=True)]
        after = await asyncio.gather(*entered)
        assert [reply.code for reply in after] == ["Access-Challenge"] * 2
        assert seen(after[0]) == seen(after[1])
        assert (len(a.sent), len(b.sent)) == (1, 0)


@pytest.mark.parametrize("limit", ["user: 2", "station: 2", "client: 2"])
async def test_links_of_both_count(tmp_path, postgres_server, limit):
    """To a user from anywhere, from a station to anybody, by a client: and by who has been there, all the same."""
    kept = ", ".join(
        each for each in ("user: 9", "station: 9", "client: 9") if each.split(":")[0] != limit.split(":")[0]
    )
    options = f", links_per_hour: {{{limit}, {kept}}}, max_held: {{user: 9, station: 9}}"
    async with nodes(tmp_path, postgres_server, yaml(LINK % options, client="hold: 2s")) as (a, b):
        users = [f"user{number}" for number in range(5)]
        for name in users:
            await a.user(name, email=f"{name}@example.com")
        names = ["user0"] * 5 if limit.startswith("user") else users
        stations = ["pc"] * 5 if limit.startswith("station") else [f"pc{number}" for number in range(5)]
        begun = []
        for number, (name, station) in enumerate(zip(names[:4], stations[:4], strict=True)):
            begun.append(asyncio.create_task((a, b)[number % 2].asks(name, "", station=station, timeout=5)))
            await a.waits(number + 1)
        rows = await a.audit()
        assert sum(row.reason.startswith("asking ") for row in rows) == 2
        assert sum(row.reason.startswith("nobody is asked: as many messages") for row in rows) == 2
        await asyncio.gather(*begun)
        assert len(a.sent) + len(b.sent) == 2
