"""Local users (S199 to S220): one name, one address, and whoever changes them."""

from __future__ import annotations

import threading

import pytest

from config.secret import Secret
from store import Store, users
from store.records import NewUser

ANN = NewUser(
    username="ann", first_name="Ann", email="ann@example.com", groups=("staff", "admins"), password_hash=Secret("$1")
)


def test_added_found_changed_removed(synchronous):
    write, read = synchronous.write_now, synchronous.read_now
    made = write(lambda c: users.add(c, ANN, 100.0))
    assert len(made.id) == 32
    assert made.groups == ("admins", "staff")
    assert read(lambda c: users.find(c, "ann")) == made == read(lambda c: users.by_id(c, made.id))
    assert made.password_hash == Secret("$1")
    assert "$1" not in repr(made)

    changed = write(
        lambda c: users.change(c, "ann", {"enabled": False, "groups": ["guests"], "expires_at": 5.5}, 200.0)
    )
    assert (changed.enabled, changed.groups, changed.expires_at, changed.updated_at) == (False, ("guests",), 5.5, 200.0)
    assert changed.password_changed_at == 100.0
    assert changed.email == "ann@example.com"

    assert write(lambda c: users.remove(c, "ann"))
    assert not write(lambda c: users.remove(c, "ann"))
    assert read(lambda c: users.find(c, "ann")) is None
    assert write(lambda c: users.change(c, "ann", {"enabled": True}, 1.0)) is None


def test_name_is_taken(synchronous):
    """And the transaction that found out goes on."""

    def step(connection):
        users.add(connection, ANN, 1.0)
        with pytest.raises(users.NameTaken):
            users.add(connection, ANN, 1.0)
        users.add(connection, NewUser(username="bob"), 1.0)

    synchronous.write_now(step)
    assert synchronous.read_now(users.count) == 2


def test_framed_ip_address_is_one_users(synchronous):
    write = synchronous.write_now
    write(lambda c: users.add(c, NewUser(username="ann", framed_ip_address="10.0.0.1"), 1.0))
    with pytest.raises(users.AddressTaken) as taken:
        write(lambda c: users.add(c, NewUser(username="bob", framed_ip_address="10.0.0.1"), 1.0))
    assert taken.value.username == "ann"
    write(lambda c: users.add(c, NewUser(username="bob"), 1.0))
    with pytest.raises(users.AddressTaken):
        write(lambda c: users.change(c, "bob", {"framed_ip_address": "10.0.0.1"}, 2.0))
    assert write(lambda c: users.change(c, "ann", {"framed_ip_address": "10.0.0.1"}, 2.0)) is not None
    write(lambda c: users.change(c, "ann", {"framed_ip_address": None}, 2.0))
    assert write(lambda c: users.change(c, "bob", {"framed_ip_address": "10.0.0.1"}, 2.0)) is not None


def test_two_want_one_address(url):
    """Whoever is later waits and is told so; nobody gets a database error."""
    stores = [Store.open(url), Store.open(url)]
    for name in ("ann", "bob"):
        stores[0].write_now(lambda c, name=name: users.add(c, NewUser(username=name), 1.0))
    outcomes = []

    def race(store, name):
        try:
            store.write_now(lambda c: users.change(c, name, {"framed_ip_address": "10.0.0.1"}, 2.0))
            outcomes.append("changed")
        except users.AddressTaken:
            outcomes.append("taken")

    threads = [threading.Thread(target=race, args=pair) for pair in zip(stores, ("ann", "bob"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for store in stores:
        store.close_now()
    assert sorted(outcomes) == ["changed", "taken"]


def test_rehash_only_replaces_the_hash_it_was_made_of(synchronous):
    made = synchronous.write_now(lambda c: users.add(c, ANN, 1.0))
    assert synchronous.write_now(lambda c: users.rehash(c, made.id, Secret("$1"), Secret("$2")))
    assert not synchronous.write_now(lambda c: users.rehash(c, made.id, Secret("$1"), Secret("$3")))
    assert synchronous.read_now(lambda c: users.find(c, "ann")).password_hash == Secret("$2")


def test_a_new_password_says_when(synchronous):
    synchronous.write_now(lambda c: users.add(c, ANN, 1.0))
    changed = synchronous.write_now(lambda c: users.change(c, "ann", {"password_hash": Secret("$new")}, 7.0))
    assert (changed.password_hash, changed.password_changed_at) == (Secret("$new"), 7.0)


def test_listed_page_by_page(synchronous):
    def fill(connection):
        for number in range(7):
            groups = ("even",) if number % 2 == 0 else ("odd", "strange")
            new = NewUser(username=f"user{number}", email=f"{number}%@example.com", groups=groups, demo=number > 4)
            users.add(connection, new, 1.0)
        users.change(connection, "user3", {"enabled": False}, 2.0)

    def names(**wanted):
        return [user.username for user in synchronous.read_now(lambda c: users.listed(c, **wanted))]

    synchronous.write_now(fill)
    assert names(limit=3) == ["user0", "user1", "user2"]
    assert names(limit=3, after="user2") == ["user3", "user4", "user5"]
    assert names(group="strange") == ["user1", "user3", "user5"]
    assert names(group="odd", enabled=True) == ["user1", "user5"]
    assert names(search="3%@EXAMPLE") == ["user3"]
    assert names(search="_") == []
    count = synchronous.read_now(lambda c: (users.count(c), users.count(c, demo=True), users.count(c, demo=False)))
    assert count == (7, 2, 5)
    assert synchronous.write_now(users.remove_demo) == 2
    assert synchronous.read_now(users.count) == 5


def test_a_field_that_is_none_is_refused(synchronous):
    with pytest.raises(ValueError, match="shoe_size"):
        synchronous.write_now(lambda c: users.change(c, "ann", {"shoe_size": 42}, 1.0))
