"""A server on which users sign in with an authenticator app, and the app in their hand."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from radiusd.administration import authenticators as administration
from radiusd.administration.changes import Administrator
from radiusd.handlers.soft_otp.enrolling import Confirmed, Enrolling, Person
from radiusd.process.key_file import derived, sealing
from radiusd.rules import otpauth
from radiusd.rules.time_steps import code, step_at
from store import authenticators
from tests.flows.mailing import Mailing, mailing, yaml
from tests.servers.running import until

APP = "  app: {method: soft_otp, directories: [local]%s}\n"
ROOT = Administrator("root", "command line")


class Phone:
    """An app that was set up, whose codes are of a time that a test chooses."""

    def __init__(self, number: str, address: str, recovery_codes: tuple[str, ...]) -> None:
        self.id = number
        self.address = address
        self.parameters = otpauth.read(address).parameters
        self.recovery_codes = recovery_codes

    def shows(self, steps: int = 0, at: float | None = None) -> str:
        return code(self.parameters, step_at(time.time() if at is None else at, self.parameters.period) + steps)

    @property
    def wrong(self) -> str:
        near = {self.shows(steps) for steps in range(-30, 30)}
        return next(each for each in ("000000", "111111", "222222", "333333") if each not in near)


class Totp(Mailing):
    """A running server with phones."""

    async def phone(self, name: str = "ann", profile: str = "app", *, first_step: int = -1) -> Phone:
        """Set up and verified, by the code of a step before: what is shown now is fresh."""
        server = self.server
        entry = await server.directories["local"].find(name, 1e9)
        enrolling = Enrolling(
            server._settings.profiles[profile], sealing(server._keys), derived(server._keys, b"codes and links")
        )
        now = time.time()
        person = Person(entry.directory, entry.unique_id, entry.username)
        begun = await server.store.write(lambda c: administration.add(c, ROOT, enrolling, person, now, per_user=9))
        address = begun.address.reveal()
        first = code(otpauth.read(address).parameters, step_at(now, 30) + first_step)
        done = await server.store.write(lambda c: administration.confirm(c, ROOT, enrolling, begun.id, first, now))
        assert isinstance(done, Confirmed), done
        # As if it had been some time ago: the user's clock is right.
        apps = server._memories.enrolled.apps
        await until(lambda: any(each.id == begun.id for each in apps.rows.of(entry)))
        return Phone(begun.id, address, tuple(each.reveal() for each in done.recovery_codes))

    async def row(self, phone: Phone) -> Any:
        return await self.server.store.read(lambda c: authenticators.get(c, phone.id))

    async def known(self, phone: Phone, **fields: Any) -> None:
        """Waits until the server's memory has these fields of the app's row."""
        rows = self.server._memories.enrolled.apps.rows._rows
        await until(
            lambda: any(
                all(getattr(row, name) == value for name, value in fields.items())
                for of_user in rows.values()
                for row in of_user
                if row.id == phone.id
            )
        )


@asynccontextmanager
async def totp(folder: Path, options: str = "", more: str = "", **of: Any) -> AsyncIterator[Totp]:
    async with mailing(folder, yaml(APP % options + more, **of)) as office:
        yield Totp(office.radiusd)
