"""Accounts of the demonstration for one run: one for each sign-in, so that limits and blocks are each one's own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from radiusd.nas.simulate.people import Account

if TYPE_CHECKING:
    from store import Connection, Store

USERS = {"code": "demo-mail", "approval": "demo-approval"}
"""By method, the account that the demonstration itself has; the policies of its radius.yaml go by the first letters."""


@contextmanager
def added(store: Store, wanted: Sequence[tuple[str, str]]) -> Iterator[list[Account]]:
    """An account for each method and name, removed at the end; what a killed run leaves, the next start removes.

    Raises store.Unavailable.
    """
    from config.secret import Secret
    from radiusd.passwords import hashing
    from radiusd.rules.passwords import word
    from store import users
    from store.records import NewUser

    password = word(16)
    digest = hashing.make(password)
    names = [f"{USERS[method]}-{name}" for method, name in wanted]

    def add(connection: Connection) -> None:
        for name in names:
            users.remove(connection, name)
            new = NewUser(
                username=name,
                password_hash=Secret(digest),
                first_name="Demo",
                last_name=name.removeprefix("demo-"),
                email=f"{name}@example.com",
                sponsor_email="manager@example.com",
                description="made by radiusd simulate",
                demo=True,
            )
            users.add(connection, new, time.time())

    def remove(connection: Connection) -> None:
        for name in names:
            users.remove(connection, name)

    store.write_now(add)
    try:
        yield [Account(name, password) for name in names]
    finally:
        store.write_now(remove)
