"""A real mail server (aiosmtpd) on a free loopback port, which can also refuse, hang and drop connections."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, AuthResult

HANG = "hang"
DROP = "drop"
USER, PASSWORD = b"radius", b"a password of the server"


class Received(NamedTuple):
    """One mail as it came."""

    sender: str
    recipients: list[str]
    octets: bytes
    modes: list[str]
    encrypted: bool
    user: bytes | None

    @property
    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.octets, policy=email.policy.default)

    @property
    def text(self) -> str:
        return self.parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")


class MailServer:
    """What it took, and what it does instead: `acts` has an answer, HANG or DROP for a step of the conversation.

    The steps are greeting, EHLO, AUTH, MAIL, RCPT, DATA (the answer to the command), inside (the message has begun) and
    message (the answer to its end).
    """

    def __init__(
        self, *, mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"), lacks: tuple[str, ...] = (), offers: str = ""
    ) -> None:
        self.port = 0
        self.mails: list[Received] = []
        self.acts: dict[str, str] = {}
        self.nobody: set[str] = set()  # addresses that are refused
        self.greeted: list[str] = []  # the names that EHLO gave
        self.tried: list[str] = []  # mechanisms of AUTH
        self.connections: list[Conversation] = []
        self.goodbyes = 0
        self.pause = 0.0  # seconds before EHLO is answered
        self.mechanisms = mechanisms
        self.lacks = lacks
        self.offers = offers  # mechanisms that EHLO names in place of those that are there
        self._released = asyncio.Event()

    @property
    def open(self) -> list[Conversation]:
        return [each for each in self.connections if each.transport is not None and not each.transport.is_closing()]

    async def act(self, conversation: Conversation, step: str) -> str | None:
        """What is answered instead; None for what is usual."""
        act = self.acts.get(step)
        if act == HANG:
            await self._released.wait()
            raise asyncio.CancelledError
        if act == DROP:
            conversation.drop()
            raise asyncio.CancelledError
        return act

    async def handle_EHLO(self, server: Any, session: Any, _envelope: Any, name: str, lines: list[str]) -> list[str]:  # noqa: N802
        self.greeted.append(name)
        session.host_name = name
        await asyncio.sleep(self.pause)
        refused = await self.act(server, "EHLO")
        if refused is not None:
            return [refused]
        lines = [line for line in lines if line[4:].split()[0] not in self.lacks]
        return [f"{line[:4]}AUTH {self.offers}" if self.offers and line[4:8] == "AUTH" else line for line in lines]

    async def handle_MAIL(self, server: Any, _session: Any, envelope: Any, address: str, modes: list[str]) -> str:  # noqa: N802
        refused = await self.act(server, "MAIL")
        if refused is None:
            envelope.mail_from = address
            envelope.mail_options.extend(modes)
        return refused or "250 OK"

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _modes: list[str]) -> str:  # noqa: N802
        refused = "550 5.1.1 no such user" if address in self.nobody else await self.act(server, "RCPT")
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        refused = await self.act(server, "message")
        if refused is None:
            user = session.auth_data.login if session.authenticated else None
            mail = Received(
                envelope.mail_from,
                list(envelope.rcpt_tos),
                envelope.content,
                list(envelope.mail_options),
                session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
                user,
            )
            self.mails.append(mail)
            server.taken.append(mail)
        return refused or "250 taken"

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        self.goodbyes += 1
        return "221 Bye"

    def judge(self, _server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.tried.append(mechanism)
        right = data.login == USER and data.password == PASSWORD
        return AuthResult(success=right, handled=False, auth_data=data)

    def hang_up(self, *, saying: bytes = b"") -> None:
        """Ends every connection, as a server does with those that say nothing for long."""
        for conversation in self.open:
            conversation.transport.write(saying)
            conversation.transport.close()

    def close(self) -> None:
        self._released.set()
        for conversation in self.open:
            conversation.drop()


class Conversation(SMTP):
    """aiosmtpd's side of one connection, with the steps that have no hook."""

    def __init__(self, place: MailServer, **options: Any) -> None:
        super().__init__(
            place,
            hostname="mail.example.com",
            authenticator=place.judge,
            auth_exclude_mechanism=[each for each in ("PLAIN", "LOGIN") if each not in place.mechanisms],
            loop=asyncio.get_running_loop(),
            **options,
        )
        self._place = place
        self._greets = True
        self.taken: list[Received] = []  # by this connection
        place.connections.append(self)

    def drop(self) -> None:
        self._writer.transport.abort()

    async def push(self, status: Any) -> None:
        greets, self._greets = self._greets, False
        await super().push((greets and await self._place.act(self, "greeting")) or status)
        if str(status).startswith("354") and "inside" in self._place.acts:
            await self._reader.readuntil(b"\r\n")
            await self._place.act(self, "inside")

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        refused = await self._place.act(self, "DATA")
        if refused is not None:
            await self.push(refused)
            return
        await super().smtp_DATA(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        refused = await self._place.act(self, "AUTH")
        if refused is not None:
            self._place.tried.append(arg.split(maxsplit=1)[0])
            await self.push(refused)
            return
        await super().smtp_AUTH(arg)


@asynccontextmanager
async def mail_server(
    *, encryption: str = "none", certificates: Path | None = None, utf8: bool = True, **options: Any
) -> AsyncIterator[MailServer]:
    """To be used within a running loop; it shares it. `certificates` is a folder with server.pem and server.key."""
    place = MailServer(**options)
    context = None
    if certificates is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    starttls = {"tls_context": context, "require_starttls": True} if encryption == "starttls" else {}
    # What needs TLS for AUTH is the client's to see to: the password may not be sent without.
    clear = {} if encryption == "starttls" else {"auth_require_tls": False}
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(place, enable_SMTPUTF8=utf8, **starttls, **clear),
        "127.0.0.1",
        0,
        ssl=context if encryption == "tls" else None,
    )
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        place.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)
