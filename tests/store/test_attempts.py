"""Attempts that are under way, as every node sees them (X3), and how long what was typed wrong is known again (X9)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace

from store import Store, attempts, blocks, pruning
from store.attempts import ATTEMPT, End, Take
from store.records import Failure
from store.tables import FAILURES

ANN, BOB = ("local", "1"), ("local", "2")


def take(key, user=ANN, *, most=2, at=1000.0, seen=None):
    """An attempt that may begin while fewer than so many are under way."""

    def decide(what):
        if seen is not None:
            seen.append(what)
        return None if len(what.under_way) + len(what.failures) < most and not what.blocks else "no room"

    return Take(key, *user, "pc", "password", at, at + 10.0, at - 60.0, decide)


async def test_attempts_at_two_nodes_see_one_another(store, url):
    other = Store.open(url)
    other.start(asyncio.get_running_loop())
    nodes = (store, other)
    wanted = [nodes[number % 2].write_jointly(ATTEMPT, take(f"{number}")) for number in range(40)]
    assert sorted(await asyncio.gather(*wanted), key=str) == [None] * 2 + ["no room"] * 38
    await other.close()


async def test_one_that_has_ended_makes_room(store):
    async def taken(key):
        return await store.write_jointly(ATTEMPT, take(key))

    assert [await taken("a"), await taken("b"), await taken("c")] == [None, None, "no room"]
    store.write_later(ATTEMPT, End("a"))
    assert await taken("d") is None
    await store.write(lambda connection: attempts.end(connection, "b"))
    assert await taken("e") is None
    assert await store.read(attempts.under_way) == 2


async def test_users_do_not_stand_in_each_others_way(store):
    wanted = [take("a"), take("b", BOB), take("c"), take("d", BOB), take("e")]
    found = await asyncio.gather(*(store.write_jointly(ATTEMPT, each) for each in wanted))
    assert found == [None] * 4 + ["no room"]


async def test_failures_and_blocks_are_seen_as_they_are(store):
    seen = []
    await store.write(lambda c: blocks.fail(c, *ANN, "pc", "code", "", 900.0, 60.0))
    await store.write(lambda c: blocks.fail(c, *ANN, "pc", "code", "", 990.0, 60.0))
    await store.write(lambda c: blocks.add(c, *ANN, "ann", reason="because", until=None, now=990.0))
    assert await store.write_jointly(ATTEMPT, take("a", seen=seen)) == "no room"
    assert (seen[-1].failures, [each.reason for each in seen[-1].blocks]) == (
        [Failure("pc", "code", 990.0)],
        ["because"],
    )


async def test_what_a_dead_node_had_counts_no_longer_and_goes(store):
    assert await store.write_jointly(ATTEMPT, take("a", most=1)) is None
    assert await store.write_jointly(ATTEMPT, take("b", most=1, at=1009.0)) == "no room"
    assert await store.write_jointly(ATTEMPT, take("c", most=1, at=1010.0)) is None
    kept = SimpleNamespace(**dict.fromkeys(("audit", "accounting", "logins", "messages"), timedelta(days=2)))
    assert await pruning.prune(store, kept, 600.0, 1010.0) == 1
    assert await store.read(attempts.under_way) == 1


async def test_digests_go_when_nothing_is_compared_with_them_any_more(store):
    for at, digest in ((1000.0, "one"), (1100.0, "two"), (1300.0, "three")):
        await store.write(lambda c, at=at, d=digest: blocks.fail(c, *ANN, "pc", "password", d, at, 600.0))
    kept = SimpleNamespace(**dict.fromkeys(("audit", "accounting", "logins", "messages"), timedelta(days=2)))
    assert await pruning.prune(store, kept, 600.0, 1800.0) == 2
    rows = await store.read(lambda c: c.execute(FAILURES.select().order_by(FAILURES.c.id)).all())
    assert [row.digest for row in rows] == ["", "", "three"]
