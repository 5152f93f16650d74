"""Blocks, the failures that lead to them, and known stations (S258 to S272)."""

from __future__ import annotations

import asyncio
import threading

import pytest

from store import Store, blocks
from store.records import Failures

ANN = ("local", "1")


def block(connection, **given):
    fields = {"reason": "because", "until": None, "now": 100.0} | given
    return blocks.add(connection, *ANN, "ann", **fields)


def test_a_block_is_in_force_until_it_ends(synchronous):
    write, read = synchronous.write_now, synchronous.read_now
    short = write(lambda c: block(c, until=200.0, scope="station", station="s1"))
    long = write(lambda c: block(c, by="root"))
    assert read(lambda c: blocks.active(c, 199.0)) == [short, long]
    assert read(lambda c: blocks.active(c, 200.0)) == [long]
    assert write(lambda c: blocks.remove(c, short.id, "root", 250.0)) is None
    removed = write(lambda c: blocks.remove(c, long.id, "root", 250.0))
    assert (removed.removed_at, removed.removed_by) == (250.0, "root")
    assert write(lambda c: blocks.remove(c, long.id, "root", 251.0)) is None
    assert read(lambda c: blocks.active(c, 150.0)) == [short]
    assert [each.id for each in read(lambda c: blocks.listed(c, directory="local", unique_id="1"))] == [
        long.id,
        short.id,
    ]
    assert read(lambda c: blocks.listed(c, directory="local", unique_id="2")) == []
    assert [each.id for each in read(lambda c: blocks.listed(c, after_id=long.id))] == [short.id]


def test_a_block_takes_the_place_of_one_like_it(synchronous):
    """But what failures led to never ends what an administrator said."""
    write, active = synchronous.write_now, lambda: synchronous.read_now(lambda c: blocks.active(c, 100.0))
    write(lambda c: block(c, until=150.0))
    longer = write(lambda c: block(c, until=300.0))
    assert active() == [longer]
    elsewhere = write(lambda c: block(c, scope="station", station="s1"))
    assert active() == [longer, elsewhere]
    manual = write(lambda c: block(c, by="root"))
    assert active() == [elsewhere, manual]
    automatic = write(lambda c: block(c, until=200.0))
    assert active() == [elsewhere, manual, automatic]


def test_two_remove_one_block(url):
    """One of them did it."""
    nodes = [Store.open(url), Store.open(url)]
    made = nodes[0].write_now(block)
    outcomes = []
    threads = [
        threading.Thread(
            target=lambda node=node: outcomes.append(node.write_now(lambda c: blocks.remove(c, made.id, "root", 101.0)))
        )
        for node in nodes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for node in nodes:
        node.close_now()
    assert sorted(outcome is None for outcome in outcomes) == [False, True]


@pytest.mark.row("S268")
def test_failures_are_counted_in_their_window(synchronous):
    def fail(at, station="s1", digest="", kind="password", user=ANN):
        return synchronous.write_now(lambda c: blocks.fail(c, *user, station, kind, digest, at, 60.0))

    assert fail(1000.0) == Failures(1, 1)
    assert fail(1010.0) == Failures(2, 2)
    assert fail(1020.0, station="s2") == Failures(1, 3)
    assert fail(1020.0, kind="code") == Failures(1, 1)
    assert fail(1020.0, user=("corp", "1")) == Failures(1, 1)
    assert fail(1060.0) == Failures(2, 3)  # the first has just left the window
    users = synchronous.read_now(lambda c: blocks.users_with_failures(c, 1000.0))
    assert users == {ANN, ("corp", "1")}
    assert synchronous.read_now(lambda c: blocks.users_with_failures(c, 1030.0)) == {ANN}
    synchronous.write_now(lambda c: blocks.forget_failures(c, *ANN, "s1"))
    assert fail(1061.0) == Failures(1, 2)
    synchronous.write_now(lambda c: blocks.forget_failures(c, *ANN))
    assert synchronous.read_now(lambda c: blocks.users_with_failures(c, 0.0)) == {("corp", "1")}


def test_the_same_wrong_password_again_counts_once(synchronous):
    def fail(at, digest, station="s1"):
        return synchronous.write_now(lambda c: blocks.fail(c, *ANN, station, "password", digest, at, 60.0))

    assert fail(1000.0, "old") == Failures(1, 1)
    assert fail(1001.0, "old") == Failures(1, 1)
    assert fail(1002.0, "old", station="s2") == Failures(0, 1)
    assert fail(1003.0, "other") == Failures(2, 2)
    assert fail(1059.9, "old") == Failures(2, 2)
    assert fail(1060.0, "old") == Failures(2, 2)  # anew: the first has left the window
    assert fail(1061.0, "") == Failures(3, 3)
    assert fail(1062.0, "") == Failures(4, 4)


def test_failures_at_two_nodes_at_once_see_one_another(url):
    nodes = [Store.open(url), Store.open(url)]
    counts = []

    def run(node):
        for number in range(10):
            digest = f"{id(node)} {number}"
            counts.append(
                node.write_now(lambda c, d=digest: blocks.fail(c, *ANN, "s", "password", d, 1000.0, 60.0)).anywhere
            )

    threads = [threading.Thread(target=run, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for node in nodes:
        node.close_now()
    assert sorted(counts) == list(range(1, 21))


async def test_who_is_told(store):
    blocked, failing = [], []
    store.subscribe("blocks", blocked.append)
    store.subscribe("failures", failing.append)
    made = await store.write(block)
    await store.write(lambda c: blocks.remove(c, made.id, "root", 101.0))
    await store.write(lambda c: blocks.remove(c, made.id, "root", 101.0))
    for at in (1000.0, 1001.0, 1100.0):
        await store.write(lambda c, at=at: blocks.fail(c, *ANN, "s1", "password", "", at, 60.0))
    await asyncio.sleep(0)
    assert blocked == ["local\x1f1"] * 2
    assert failing == ["local\x1f1"] * 2  # the first, and the first after a window without


def test_known_stations(synchronous):
    write, read = synchronous.write_now, synchronous.read_now
    for station, at in (("s1", 1.0), ("s2", 2.0), ("s1", 3.0)):
        write(lambda c, station=station, at=at: blocks.know_station(c, *ANN, station, at))
    assert read(lambda c: blocks.knows_station(c, *ANN, "s1"))
    assert not read(lambda c: blocks.knows_station(c, *ANN, "s3"))
    assert not read(lambda c: blocks.knows_station(c, "corp", "1", "s1"))
    assert read(lambda c: blocks.stations_of(c, *ANN)) == [("s1", 1.0, 3.0), ("s2", 2.0, 2.0)]
