"""Addresses and numbers that were enrolled: what happens once, and who is told (S165 to S171)."""

from __future__ import annotations

import asyncio
import threading

import pytest

from store import Store, enrollments
from store.enrolled import New

ANN = ("local", "1")


def new(value="ann@example.com", **given):
    fields = {"kind": "mail", "value": value, "created_by": "root"} | given
    return New(*ANN, "ann", **fields)


def added(store, value="ann@example.com", at=100.0, **given):
    return store.write_now(lambda c: enrollments.add(c, new(value, **given), at))


def of_ann(store):
    return store.read_now(lambda c: enrollments.of_user(c, *ANN))


@pytest.mark.row("S165", "S166", "S167", "S169")
def test_what_is_known_of_one(synchronous):
    made = added(synchronous, label="at home")
    assert (made.kind, made.value, made.status, made.label) == ("mail", "ann@example.com", "active", "at home")
    assert (made.created_at, made.verified_at, made.created_by, made.last_used_at) == (100.0, 100.0, "root", None)
    assert of_ann(synchronous) == [made]
    assert synchronous.read_now(lambda c: enrollments.get(c, made.id)) == made
    assert "ann@example.com" not in repr(made)


def test_one_that_waits_for_its_proof_is_proved_once_and_in_time(synchronous):
    write = synchronous.write_now
    late = added(synchronous, "late@example.com", until=200.0)
    made = added(synchronous, until=200.0)
    assert (made.status, made.verified_at) == ("pending", None)
    assert synchronous.read_now(enrollments.proved) == []
    assert write(lambda c: enrollments.verify(c, late.id, 200.0)) is None
    proved = write(lambda c: enrollments.verify(c, made.id, 199.0))
    assert (proved.status, proved.verified_at, proved.until) == ("active", 199.0, None)
    assert write(lambda c: enrollments.verify(c, made.id, 199.0)) is None
    assert synchronous.read_now(enrollments.proved) == [proved]
    assert write(lambda c: enrollments.prune(c, 200.0, 10)) == 1
    assert of_ann(synchronous) == [proved]


def test_the_same_one_is_enrolled_once_but_a_new_try_takes_the_place_of_one_that_waits(synchronous):
    first = added(synchronous, until=200.0)
    again = added(synchronous, at=150.0, until=250.0)
    assert (again.id, again.until) == (first.id, 250.0)
    assert added(synchronous, at=160.0).status == "active"
    assert added(synchronous, at=170.0) is None
    assert added(synchronous, "+905554443322", kind="mobile").kind == "mobile"


@pytest.mark.row("S170", "S171")
def test_disabled_is_kept_and_can_be_enabled_removed_is_gone(synchronous):
    write = synchronous.write_now
    made, other = added(synchronous), added(synchronous, "other@example.com")
    assert write(lambda c: enrollments.disable(c, made.id)).status == "disabled"
    assert write(lambda c: enrollments.disable(c, made.id)) is None
    assert not write(lambda c: enrollments.use(c, made.id, 300.0, "pc", "nas"))
    assert added(synchronous) is None
    assert write(lambda c: enrollments.enable(c, made.id)).status == "active"
    assert write(lambda c: enrollments.enable(c, made.id)) is None
    assert write(lambda c: enrollments.remove(c, made.id)).id == made.id
    assert write(lambda c: enrollments.remove(c, made.id)) is None
    assert of_ann(synchronous) == [other]


@pytest.mark.row("S168")
def test_when_and_from_where_it_was_used_last(synchronous):
    made = added(synchronous)
    assert synchronous.write_now(lambda c: enrollments.use(c, made.id, 300.0, "192.0.2.7", "gateway"))
    used = of_ann(synchronous)[0]
    assert (used.last_used_at, used.last_used_station, used.last_used_client) == (300.0, "192.0.2.7", "gateway")


def test_the_directorys_own_has_a_row_once_something_is_to_be_told_of_it(synchronous):
    write, own = synchronous.write_now, new()
    assert write(lambda c: enrollments.use_own(c, own, 300.0, "pc", "nas"))
    row = of_ann(synchronous)[0]
    assert (row.automatic, row.status, row.last_used_at) == (True, "active", 300.0)
    assert write(lambda c: enrollments.count(c, *ANN, 300.0)) == 0
    assert write(lambda c: enrollments.disable_own(c, own, 400.0)).id == row.id
    assert not write(lambda c: enrollments.use_own(c, own, 500.0, "pc", "nas"))
    assert write(lambda c: enrollments.disable_own(c, own, 600.0)) is None
    assert added(synchronous) is None  # disabled: nobody enrolls it anew behind the administrator's back
    assert write(lambda c: enrollments.enable(c, row.id)).automatic
    enrolled = added(synchronous, at=700.0)
    assert (enrolled.id, enrolled.automatic) == (row.id, False)


def test_how_many_a_user_has(synchronous):
    added(synchronous)
    added(synchronous, "two@example.com", until=200.0)
    count = lambda at: synchronous.read_now(lambda c: enrollments.count(c, *ANN, at))  # noqa: E731
    assert (count(199.0), count(200.0)) == (2, 1)
    page = lambda **of: [e.value for e in synchronous.read_now(lambda c: enrollments.listed(c, **of))]  # noqa: E731
    assert page() == ["ann@example.com", "two@example.com"]
    assert page(status="pending") == ["two@example.com"]
    assert page(kind="mobile") == page(person=("corp", "1")) == []
    assert page(limit=1) == ["ann@example.com"]
    assert page(after_id=1) == ["two@example.com"]


def test_users_are_gone_and_what_they_had(synchronous):
    added(synchronous)
    assert synchronous.write_now(lambda c: enrollments.forget(c, "local", ["1", "2"])) == 1
    assert of_ann(synchronous) == []


def test_more_users_are_gone_at_once_than_a_statement_takes_values(synchronous):
    """PostgreSQL takes 65,535 of them."""
    added(synchronous)
    gone = [str(number) for number in range(70_000, 0, -1)]
    assert synchronous.write_now(lambda c: enrollments.forget(c, "local", gone)) == 1
    assert of_ann(synchronous) == []


def test_two_nodes_prove_one_at_once(url):
    """One of them did it."""
    nodes = [Store.open(url), Store.open(url)]
    made = nodes[0].write_now(lambda c: enrollments.add(c, new(until=200.0), 100.0))
    outcomes = []
    threads = [
        threading.Thread(
            target=lambda node=node: outcomes.append(
                node.write_now(lambda c: enrollments.verify(c, made.id, 101.0)) is None
            )
        )
        for node in nodes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for node in nodes:
        node.close_now()
    assert sorted(outcomes) == [False, True]


async def test_who_is_told(store):
    """Of each change; of a use only where another one was used before, or long ago."""
    told = []
    store.subscribe(enrollments.SUBJECT, told.append)

    async def use(number, at):
        assert await store.write(lambda c: enrollments.use(c, number, at, "pc", "nas"))
        await asyncio.sleep(0)
        return len(told)

    one = await store.write(lambda c: enrollments.add(c, new(), 100.0))
    two = await store.write(lambda c: enrollments.add(c, new("two@example.com"), 100.0))
    assert [await use(one.id, at) for at in (1000.0, 1001.0, 1002.0)] == [3, 3, 3]
    assert [await use(two.id, at) for at in (1003.0, 1004.0)] == [4, 4]
    assert [await use(one.id, at) for at in (1005.0, 1006.0, 9000.0)] == [5, 5, 6]
    await store.write(lambda c: enrollments.disable(c, one.id))
    await asyncio.sleep(0)
    assert told == ["local\x1f1"] * 7
