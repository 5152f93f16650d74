"""Who signs in, and how they are called."""

from __future__ import annotations

import hmac
import random
import struct
import time
from base64 import b32encode

from radiusd.process import key_file
from radiusd.rules import recovery_codes
from store import Connection, Store, authenticators, enrollments, users
from store.enrolled import Authenticator, Kind, New
from store.records import NewUser
from tests.servers.running import hashed

USERS = ("ann", "bob")
PASSWORDS = ("tulip", "orchid", "rose")
ADDRESSES = {
    "ann": {"mailed": "ann@example.com", "by-sms": "+905554443322"},
    "bob": {"mailed": "bob@example.com", "by-sms": "+905554443323"},
}

WORK = {
    "work_mail": "mailed",
    "work_phone": "by-sms",
}  # what is enrolled beside them, by the factor whose codes go there
ENROLLED = {
    "ann": {"mailed": "ann@work.example", "by-sms": "+905550000001"},
    "bob": {"mailed": "bob@work.example", "by-sms": "+905550000002"},
}
SECRETS = {"ann": b"12345678901234567890", "bob": b"09876543210987654321"}  # of their authenticator apps
RECOVERY = {name: tuple(f"{name}77-0000{number}" for number in range(4)) for name in USERS}
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


def _app(name: str, unique_id: str, step: int = 0) -> Authenticator:
    secret = key_file.sealing((KEY,)).seal(b32encode(SECRETS[name]), authenticators.place_of(name))
    return Authenticator(
        id=name, directory="local", unique_id=unique_id, user_name=name, label="", secret=secret, algorithm="sha1",
        digits=6, period=PERIOD, status="verified", created_at=0.0, created_by="", verified_at=0.0,
        step=step,
    )  # fmt: skip


def app_counts(connection: Connection, name: str, step: int, *, counts: bool, remains: bool) -> None:
    """An administrator lets the user's app count, or no more: `remains` says whether it is there still.

    One that is added anew shows what it showed before, of which nothing is good up to `step`; recovery codes do not come
    again.
    """
    if counts and authenticators.get(connection, name) is None:
        user = users.find(connection, name)
        assert user is not None
        authenticators.add(connection, _app(name, user.id, step))
    elif counts:
        authenticators.enable(connection, name)
    elif remains:
        authenticators.disable(connection, name)
    else:
        authenticators.remove(connection, name)


def address_counts(connection: Connection, name: str, factor: str, *, counts: bool, remains: bool) -> None:
    """The same of what is enrolled for the codes of that factor."""
    user = users.find(connection, name)
    assert user is not None
    value = ENROLLED[name][factor]
    there = next((each for each in enrollments.of_user(connection, "local", user.id) if each.value == value), None)
    if there is None:
        if counts:
            kind: Kind = "mail" if factor == "mailed" else "mobile"
            enrollments.add(connection, New("local", user.id, name, kind, value), time.time())
    elif counts:
        enrollments.enable(connection, there.id)
    elif remains:
        enrollments.disable(connection, there.id)
    else:
        enrollments.remove(connection, there.id)


def _recovery_codes(connection: Connection, name: str, unique_id: str) -> None:
    [key] = key_file.derived((KEY,), b"codes and links")
    digests = [recovery_codes.digest(key, "local", unique_id, recovery_codes.typed(code)) for code in RECOVERY[name]]
    authenticators.set_recovery_codes(connection, "local", unique_id, digests, 0.0)


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
        store.write_now(lambda connection, name=name, user=user: _recovery_codes(connection, name, user.id))
        for factor in WORK.values():
            store.write_now(
                lambda connection, name=name, factor=factor: address_counts(
                    connection, name, factor, counts=True, remains=True
                )
            )
    store.close_now()


def spelled(name: str, dice: random.Random) -> str:
    """The same name, as it may be typed as well (D21)."""
    return dice.choice((name, name.upper(), name.title(), f" {name}"))
