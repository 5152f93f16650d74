"""Audit, accounting, identities, clients, and forgetting what is old."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from store import accounting, audit, blocks, clients, identities, notices, pruning
from store.seen import ClientSeen, Waits
from tests.store.rows import audit_row


def test_audit_is_found(synchronous):
    def fill(connection):
        for number in range(100):
            audit.insert(connection, audit_row(
                1_000_000.0 + number * 60, user_name=f"user{number % 3}", client=f"nas{number % 2}",
                ref=f"REF{number}" if number % 10 == 0 else None, outcome="reject" if number % 10 == 0 else "accept",
            ))  # fmt: skip

    def found(**wanted):
        return [round((row.at - 1_000_000.0) / 60) for row in synchronous.read_now(lambda c: audit.find(c, **wanted))]

    assert found(since=1.0, until=2.0) == []
    synchronous.write_now(fill)
    assert found(limit=3) == [99, 98, 97]
    assert found(limit=3, newest_first=False) == [0, 1, 2]
    assert found(user="user1", client="nas0", limit=3) == [94, 88, 82]
    assert found(named=lambda name: name in {"user1", "user2"}, client="nas0", limit=3) == [98, 94, 92]
    assert found(named=lambda name: name == "nobody") == []
    assert found(ref="REF40") == [40]
    assert found(ref="REF41") == []
    assert found(outcome="reject", limit=2) == [90, 80]
    assert found(since=1_000_000.0 + 95 * 60) == [99, 98, 97, 96, 95]
    assert found(until=1_000_000.0 + 2 * 60) == [1, 0]
    assert found(since=1_000_000.0 + 50 * 60, until=1_000_000.0 + 52 * 60) == [51, 50]
    assert found(user="", client=None, since=1e9) == []
    page = synchronous.read_now(lambda c: audit.find(c, limit=2))
    assert found(after_id=page[-1].id, limit=2) == [97, 96]
    assert found(after_id=page[0].id, newest_first=False) == []


def test_a_row_that_came_late_is_found_by_its_time(synchronous):
    """It is numbered when it is written, and timed when its request came."""
    ats = (1000.0, 1100.0, 1090.0, 1300.0, 1050.0, 2500.0)
    synchronous.write_now(lambda c: [audit.insert(c, audit_row(at)) for at in ats])
    rows = synchronous.read_now(lambda c: audit.find(c, since=1050.0, until=1101.0, newest_first=False))
    assert [row.at for row in rows] == [1100.0, 1090.0, 1050.0]


def test_accounting(synchronous):
    def step(connection):
        for number, user in enumerate(("ann", "bob", "ann")):
            row = (
                float(number),
                "nas",
                "192.0.2.1",
                f"s{number}",
                "Start",
                user,
                "",
                "10.0.0.1",
                "nas",
                None,
                1,
                2,
                "",
                "[]",
            )
            accounting.ROWS.insert(connection, row)

    synchronous.write_now(step)
    listed = lambda **wanted: [row.session_id for row in synchronous.read_now(lambda c: accounting.listed(c, **wanted))]  # noqa: E731
    assert listed() == ["s0", "s1", "s2"]
    assert listed(user="ann", newest_first=True) == ["s2", "s0"]
    assert listed(session_id="s1") == ["s1"]


def test_identities(synchronous):
    write, last = synchronous.write_now, lambda: synchronous.read_now(lambda c: identities.last_found(c, "ann"))
    assert last() is None
    write(lambda c: identities.remember(c, "ann", "corp", "1"))
    write(lambda c: identities.remember(c, "ann", "local", "2", 5.0))
    assert last() == ("local", "2")
    write(lambda c: identities.forget(c, "ann"))
    assert last() is None


async def test_what_is_learned_of_clients(store):
    heard = []
    store.subscribe("clients", heard.append)
    await store.write(lambda c: clients.add_counts(c, "nas", {"accepts": 2, "requests": 3}, 10.0))
    await store.write(lambda c: clients.learn_message_authenticator(c, "nas", 20.0))
    await store.write(lambda c: clients.learn_message_authenticator(c, "nas", 30.0))
    await store.write(lambda c: clients.add_counts(c, "nas", {"accepts": 5, "rejects": 1}, 40.0))
    await store.write(lambda c: clients.learn_message_authenticator(c, "other", 50.0))
    assert await store.read(clients.seen) == {
        "nas": ClientSeen({"accepts": 7, "requests": 3, "rejects": 1}, 10.0, 40.0, 20.0),
        "other": ClientSeen({}, 50.0, 50.0, 50.0),
    }
    assert heard == ["nas", "other"]
    shown = Waits(timeout=5.0, tries=3, at_least=15.0, at_most=15.0, hold=15.0, one_port=True, challenges_at=55.0)
    for waits in (Waits(one_port=False), shown):
        await store.write(lambda c, waits=waits: clients.learn_waits(c, "other", waits, 60.0))
        assert (await store.read(clients.seen))["other"] == ClientSeen({}, 50.0, 60.0, 50.0, waits)
    assert (await store.read(clients.seen))["nas"].waits == Waits()


async def test_what_is_too_old_is_removed(store):
    now, day = 1_000_000_000.0, 86400.0

    def fill(connection):
        ages = [3 if number < 2200 else 1 for number in range(2500)]
        audit.ROWS.insert_all(connection, [audit_row(now - age * day) for age in ages])
        for age in (3, 1):
            row = (now - age * day, "nas", "", "s", "Stop", "ann", "", None, "nas", 1, 1, 1, "", "[]")
            accounting.ROWS.insert(connection, row)
            blocks.know_station(connection, "local", "1", f"s{age}", now - age * day)
            blocks.add(connection, "local", str(age), "ann", reason="", until=now - age * day, now=now - 4 * day)
            blocks.fail(connection, "local", "1", f"s{age}", "password", "", now - age * 20 * day, 60.0)
        blocks.add(connection, "local", "3", "ann", reason="", until=None, now=now - 4 * day, scope="station")

    await store.write(fill)
    told = await store.read(notices.generation)
    kept = SimpleNamespace(**dict.fromkeys(("audit", "accounting", "logins", "messages"), timedelta(days=2)))
    assert await pruning.prune(store, kept, 600.0, now) == 2200 + 1 + 1 + 1 + 1
    assert len(await store.read(lambda c: audit.find(c, limit=10_000))) == 300
    assert len(await store.read(accounting.listed)) == 1
    assert [each.station for each in await store.read(lambda c: blocks.stations_of(c, "local", "1"))] == ["s1"]
    assert [each.until for each in await store.read(blocks.listed)] == [None, now - day]
    assert await store.read(lambda c: blocks.users_with_failures(c, 0.0)) == {("local", "1")}
    assert await store.read(notices.generation) == told
    assert await pruning.prune(store, kept, 600.0, now) == 0
