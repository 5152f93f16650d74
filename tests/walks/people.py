"""Who signs in, and how they are called."""

from __future__ import annotations

import random
import time

from store import Store, users
from store.records import NewUser
from tests.servers.running import hashed

USERS = ("ann", "bob")
PASSWORDS = ("tulip", "orchid", "rose")
ADDRESSES = {
    "ann": {"mailed": "ann@example.com", "by-sms": "+905554443322"},
    "bob": {"mailed": "bob@example.com", "by-sms": "+905554443323"},
}


def add_people(store: Store) -> None:
    for name in USERS:
        mail, phone = ADDRESSES[name].values()
        new = NewUser(
            username=name, password_hash=hashed(PASSWORDS[0]), email=mail, phone=phone,
            sponsor_email="boss@example.com", sponsor_phone="+905550000009",
        )  # fmt: skip
        store.write_now(lambda connection, new=new: users.add(connection, new, time.time()))
    store.close_now()


def spelled(name: str, dice: random.Random) -> str:
    """The same name, as it may be typed as well (D21)."""
    return dice.choice((name, name.upper(), name.title(), f" {name}"))
