"""A server whose mails and SMS are kept in its outbox, and what users and approvers do with them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from radiusd.approval.desk import Desk, Shown
from radiusd.nas.asking import NasReply
from radiusd.process.tools import tools_of
from radiusd.radius.attributes import walk
from store import audit
from store.records import AuditRow
from tests.servers.running import LOCAL, Running, running, until

STATE = 24
CODE = re.compile(r"\b\d{6}\b")
TOKEN = re.compile(r"/a/([A-Za-z0-9_-]+)")


def yaml(profiles: str, *, client: str = "hold: 20s", more: str = "") -> str:
    """radius.yaml with those profiles in the application, in their order."""
    names = re.findall(r"^  ([\w-]+):", profiles, re.MULTILINE)
    return (
        LOCAL.replace("application: vpn}", f"application: vpn, {client}}}")
        .replace("profiles:\n  password-only: {method: password, directories: [local]}", f"profiles:\n{profiles}")
        .replace("profiles: [password-only]", f"profiles: [{', '.join(names)}]")
        + "mail_servers: {out: {type: outbox}}\nsms_gateways: {sms: {type: outbox}}\n"
        + "public_url: https://mfa.example.com\nphone_country: TR\n"
        + more
    )


MAILED = "  mailed: {method: mail_otp, directories: [local], mail_servers: [out]%s}\n"
BY_SMS = "  by-sms: {method: sms_otp, directories: [local], sms_gateways: [sms]%s}\n"
APPROVED = "  approved: {method: approved_otp, directories: [local], mail_servers: [out]%s}\n"


class Mailing:
    """A running server with its outbox."""

    def __init__(self, radiusd: Running) -> None:
        self.radiusd = radiusd
        self.server = radiusd.server
        self.nas = radiusd.nas
        self.user = radiusd.user
        self.audit = radiusd.audit
        self.last = radiusd.last
        self.change = radiusd.change

    @property
    def sent(self) -> list[Any]:
        """Oldest first."""
        return list(reversed(self.server.outbox.entries()))

    @property
    def questions(self) -> list[Any]:
        """Those of them by whose link somebody is to decide."""
        return [each for each in self.sent if TOKEN.search(each.text)]

    def code(self, number: int = -1) -> str:
        found = CODE.search(self.sent[number].text)
        assert found is not None
        return found[0]

    async def asks(self, name: str = "ann", password: str = "tulip", *, station: str = "pc", **of: Any) -> NasReply:
        nas = self.nas(**{key: of.pop(key) for key in ("timeout", "tries", "source") if key in of})
        more = {"Calling_Station_Id": station} if station else {}
        return await nas.asks(User_Name=name, User_Password=password, **more, **of)

    async def answers(self, challenge: NasReply, typed: str, name: str = "ann", **of: Any) -> NasReply:
        return await self.asks(name, typed, State=state_of(challenge), **of)

    async def token(self, number: int = -1, count: int = 1) -> str:
        """Of the link in a message, or in that question of them, once so many were sent."""
        await until(lambda: len(self.sent) >= count and self._token(number) is not None)
        token = self._token(number)
        assert token is not None
        return token

    def _token(self, number: int) -> str | None:
        for messages in (self.questions, self.sent):
            if -len(messages) <= number < len(messages):
                found = TOKEN.search(messages[number].text)
                return None if found is None else found[1]
        return None

    @property
    def desk(self) -> Desk:
        server = self.server
        return Desk(
            server.store,
            tools_of(server._settings, server.store, server.directories, server._keys, server._memories.enrolled).keys,
        )

    async def decides(self, token: str, *, approve: bool) -> Shown:
        return await self.desk.decide(token, approve=approve, at=time.time(), source="127.0.0.9")

    async def logins(self) -> set[str]:
        return {row.login for row in await self.audit() if row.login}

    async def story(self) -> list[str]:
        """Step and outcome of every row of the audit."""
        return [f"{row.step}: {row.outcome}" for row in await self.audit()]

    async def waits(self, number: int) -> None:
        """Until so many requests have come to wait for a decision; of each station the newest alone is held."""
        for _ in range(2000):
            if (await self.story()).count("begin: waiting") >= number:
                return
            await asyncio.sleep(0.01)
        raise AssertionError((await self.story(), number))

    async def tells(self, step: str) -> None:
        """Until the audit has that step and outcome."""
        for _ in range(2000):
            if step in await self.story():
                return
            await asyncio.sleep(0.01)
        raise AssertionError((await self.story(), step))

    async def explained(self, ref: str) -> AuditRow:
        rows = await self.server.store.read(lambda connection: audit.find(connection, ref=ref))
        return rows[0]


def state_of(reply: NasReply) -> bytes:
    return next(value for kind, value in walk(reply.octets[20:]) if kind == STATE)


def ref_of(reply: NasReply) -> str:
    return reply["Reply-Message"][-8:]


@asynccontextmanager
async def mailing(folder: Path, yaml: str, **options: Any) -> AsyncIterator[Mailing]:
    async with running(folder, yaml, demo=True, **options) as radiusd:
        yield Mailing(radiusd)
