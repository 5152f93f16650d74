"""The database as commands about one user use it, and the user whom they are about."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.administration import fields
from radiusd.cli import database
from radiusd.cli.printing import USAGE, fail

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.administration.users import Status
    from store import Store
    from store.records import LocalUser as User

Username = Annotated[str, typer.Argument(metavar="USERNAME", show_default=False)]


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """As `opened`; what can not be is told with what to do instead."""
    with database.opened(settings) as store:
        from radiusd.administration.users import AddressTaken, NameTaken, NoUser

        try:
            yield store
        except NoUser as none:
            fail(str(none) + ("" if none.near else "; radiusd user list shows all"))
        except NameTaken as taken:
            fail(f"{taken}; radiusd user edit {taken.username} changes it")
        except AddressTaken as taken:
            fail(f"--framed-ip-address: {taken}", USAGE)


def found(store: Store, username: str) -> User:
    """The user of that name as it was typed."""
    from radiusd.administration import users

    return store.read_now(lambda connection: users.find(connection, fields.username(username)))


def status(user: User) -> Status:
    from radiusd.administration import users

    return users.status(user, time.time())
