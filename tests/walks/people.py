"""Who signs in, and how they are called."""

from __future__ import annotations

import hmac
import random
import struct
import time
from base64 import b32encode

from radiusd.process import key_file
from store import Store, authenticators, users
from store.enrolled import Authenticator
from store.records import NewUser
from tests.servers.running import hashed

USERS = ("ann", "bob")
PASSWORDS = ("tulip", "orchid", "rose")
ADDRESSES = {
    "ann": {"mailed": "ann@example.com", "by-sms": "+905554443322"},
    "bob": {"mailed": "bob@example.com", "by-sms": "+905554443323"},
}


SECRETS = {"ann": b"12345678901234567890", "bob": b"09876543210987654321"}  # of their authenticator apps
KEY = b"k" * 32  # of every node
PERIOD = 2  # seconds of a step of their apps, so that a walk has many
DRIFT = 1  # steps


def step_at(moment: float) -> int:
    return int(moment // PERIOD)


def shown(name: str, step: int) -> str:
    """What the user's app shows in that step (RFC 6238)."""
    digest = hmac.digest(SECRETS[name], struct.pack(">Q", step), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def _app(name: str, unique_id: str) -> Authenticator:
    secret = key_file.sealing((KEY,)).seal(b32encode(SECRETS[name]), authenticators.place_of(name))
    return Authenticator(
        id=name, directory="local", unique_id=unique_id, user_name=name, label="", secret=secret, algorithm="sha1",
        digits=6, period=PERIOD, status="verified", created_at=0.0, created_by="", verified_at=0.0,
    )  # fmt: skip


def add_people(store: Store) -> None:
    for name in USERS:
        mail, phone = ADDRESSES[name].values()
        new = NewUser(
            username=name, password_hash=hashed(PASSWORDS[0]), email=mail, phone=phone,
            sponsor_email="boss@example.com", sponsor_phone="+905550000009",
        )  # fmt: skip
        user = store.write_now(lambda connection, new=new: users.add(connection, new, time.time()))
        app = _app(name, user.id)
        store.write_now(lambda connection, app=app: authenticators.add(connection, app))
    store.close_now()


def spelled(name: str, dice: random.Random) -> str:
    """The same name, as it may be typed as well (D21)."""
    return dice.choice((name, name.upper(), name.title(), f" {name}"))
