"""A real SMTP server on a free loopback port, and what came for whom."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


class Mailbox:
    """What aiosmtpd took, by recipient, in the order it came. While `takes` is cleared it says nothing to what it has read.

    The next so many that it `refuses` are told to come later.
    """

    def __init__(self) -> None:
        self.port = 0
        self.count = 0
        self.refuses = 0
        self.refused = 0
        self.takes = asyncio.Event()
        self.takes.set()
        self._mails: defaultdict[str, list[EmailMessage]] = defaultdict(list)
        self._came: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refused < self.refuses:
            self.refused += 1
            return "451 later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        for recipient in envelope.rcpt_tos:
            self._mails[recipient].append(mail)
            self._came[recipient].set()
            self.count += 1
        await self.takes.wait()
        return "250 taken"

    def of(self, recipient: str) -> list[str]:
        """The texts of the mails to somebody."""
        return [mail.get_body(("plain",)).get_content() for mail in self._mails[recipient]]

    def take(self, recipient: str) -> list[str]:
        """The same, and they are gone from here."""
        texts = self.of(recipient)
        self._mails[recipient].clear()
        self._came[recipient].clear()
        return texts

    async def first(self, recipient: str, seconds: float = 30.0) -> str:
        """The text of the first that is there, once there is one."""
        async with asyncio.timeout(seconds):
            await self._came[recipient].wait()
        return self.of(recipient)[0]


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """To be used within a running loop; it shares it."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, enable_SMTPUTF8=True), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
