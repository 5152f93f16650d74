"""Many users added and changed at once: all of it, or nothing."""

from __future__ import annotations

import pytest

from config.secret import Secret
from store import users
from store.many_users import Change, Raced, apply
from store.records import NewUser


def new(name, **fields):
    return NewUser(username=name, **fields)


@pytest.fixture
def three(synchronous):
    """ann, bob and cid, with 192.0.2.1 to 192.0.2.3."""
    added = [
        new(name, framed_ip_address=f"192.0.2.{number}", groups=("staff", name), password_hash=Secret("$old"))
        for number, name in enumerate(("ann", "bob", "cid"), 1)
    ]
    made = synchronous.write_now(lambda c: apply(c, added, [], 100.0))
    assert [name for name, _id in made] == ["ann", "bob", "cid"]
    return {name: synchronous.read_now(lambda c, name=name: users.find(c, name)) for name, _id in made}


def found(synchronous, name):
    return synchronous.read_now(lambda c: users.find(c, name))


def test_added(synchronous, three):
    ann = three["ann"]
    assert (ann.groups, ann.framed_ip_address, ann.created_at) == (("ann", "staff"), "192.0.2.1", 100.0)
    assert (ann.password_hash, ann.password_changed_at) == (Secret("$old"), 100.0)


def test_changed_and_added_together(synchronous, three):
    changes = [
        Change(three["ann"], {"email": "ann@example.com", "groups": ("vpn",)}),
        Change(three["bob"], {"password_hash": Secret("$new")}),
        Change(three["cid"], {"email": "cid@example.com", "groups": ()}),
    ]
    made = synchronous.write_now(lambda c: apply(c, [new("dan")], changes, 200.0))
    assert [name for name, _id in made] == ["dan", "ann", "bob", "cid"]
    ann, bob, cid = (found(synchronous, name) for name in ("ann", "bob", "cid"))
    assert (ann.email, ann.groups, ann.updated_at, ann.password_changed_at) == (
        "ann@example.com",
        ("vpn",),
        200.0,
        100.0,
    )
    assert (bob.password_hash, bob.password_changed_at, bob.groups) == (Secret("$new"), 200.0, ("bob", "staff"))
    assert (cid.email, cid.groups) == ("cid@example.com", ())
    assert found(synchronous, "dan").password_hash is None


def test_two_exchange_their_addresses(synchronous, three):
    changes = [
        Change(three["ann"], {"framed_ip_address": "192.0.2.2"}),
        Change(three["bob"], {"framed_ip_address": "192.0.2.1"}),
    ]
    synchronous.write_now(lambda c: apply(c, [], changes, 200.0))
    assert [found(synchronous, name).framed_ip_address for name in ("ann", "bob")] == ["192.0.2.2", "192.0.2.1"]


RACES = {
    "somebody was added": (lambda c: users.add(c, NewUser(username="dan"), 150.0), ("dan",)),
    "somebody was changed": (lambda c: users.change(c, "ann", {"email": "a@example.com"}, 150.0), ("ann",)),
    "somebody was removed": (lambda c: users.remove(c, "ann"), ("ann",)),
    "an address was taken": (
        lambda c: users.add(c, NewUser(username="eve", framed_ip_address="192.0.2.9"), 150.0),
        ("dan", "eve"),
    ),
}


@pytest.mark.parametrize("race", RACES)
def test_what_others_did_meanwhile_is_not_overwritten(synchronous, three, race):
    meanwhile, names = RACES[race]
    synchronous.write_now(meanwhile)
    before = synchronous.read_now(users.listed)
    changes = [Change(three["bob"], {"email": "b@example.com"}), Change(three["ann"], {"email": "ann@example.com"})]
    with pytest.raises(Raced) as raced:
        synchronous.write_now(lambda c: apply(c, [new("dan", framed_ip_address="192.0.2.9")], changes, 200.0))
    assert raced.value.usernames == names
    assert synchronous.read_now(users.listed) == before


def test_what_a_user_does_not_have_can_not_be_changed(synchronous, three):
    with pytest.raises(ValueError, match="no fields of a user: username"):
        synchronous.write_now(lambda c: apply(c, [], [Change(three["ann"], {"username": "eve"})], 200.0))
