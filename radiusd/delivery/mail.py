"""`type: smtp` of mail_servers: submission over kept connections. The only door to aiosmtplib."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, make_msgid
from typing import Literal, Self

import aiosmtplib
from pydantic import model_validator

from config.addresses import Host, MailAddress
from config.kinds import Kind
from config.options import TypedOptions
from config.values import Hush, Line, Located, Port, Span, wrong
from radiusd.delivery import MAIL_KINDS, NotTaken
from radiusd.delivery.outbox import Outbox
from radiusd.model.message import Mail, Sms


class SmtpOptions(TypedOptions):
    """`ca_file` None: the system's authorities. `from_name` None: the address alone."""

    type: Literal["smtp"] = "smtp"
    host: Host
    port: Port = 587
    encryption: Literal["none", "starttls", "tls"] = "starttls"
    ca_file: Located | None = None
    username: Line | None = None
    password: Hush | None = None
    from_address: MailAddress
    from_name: Line | None = None
    timeout: Span = timedelta(seconds=10)

    @model_validator(mode="after")
    def _whole_credential(self) -> Self:
        if (self.username is None) is not (self.password is None):
            raise wrong("must have both `username` and `password`, or neither")
        if self.password is not None and self.encryption == "none":
            raise wrong("would send its password in clear text: set `encryption` to starttls or tls")
        return self


CONNECTIONS = 8  # to one server at once
IDLE_SECONDS = 30.0  # for so long an unused connection is kept; many servers end it after some minutes
SENT_8BIT = SMTP_POLICY.clone(cte_type="8bit")
SENT_7BIT = SMTP_POLICY.clone(cte_type="7bit")


class Broken(Exception):
    """The connection is of no use any more. `said`: the message's last octet may have reached the server."""

    def __init__(self, cause: str, *, said: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.said = said


class Connection:
    """One connection to the server, and since when nobody has used it (the loop's clock)."""

    def __init__(self, smtp: aiosmtplib.SMTP) -> None:
        self.smtp = smtp
        self.idle_since = 0.0
        self.used = False


class Smtp:
    """One mail server (RFC 5321, 6409)."""

    def __init__(self, name: str, options: SmtpOptions, _outbox: Outbox) -> None:
        self.name = name
        self._options = options
        self._where = f"{options.host}:{options.port}"
        self._timeout = options.timeout.total_seconds()
        self._from = str(Address(options.from_name or "", addr_spec=options.from_address))
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._down: str | None = None
        self._tls: ssl.SSLContext | None = None

    def down(self) -> str | None:
        return self._down

    async def send(self, content: Mail | Sms, deadline: float) -> None:
        """Raises NotTaken."""
        if not isinstance(content, Mail):
            raise NotTaken("a mail server sends no SMS", final=True)
        # Where this is the first thing that waits, it may be outside of any task, which a time-out needs.
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(deadline, loop.time() + self._timeout)), self._free:
                await self._deliver(content)
        except TimeoutError:
            self._down = f"{self._where} did not answer in time"
            raise NotTaken(self._down, certain=False) from None
        except NotTaken as failed:
            self._down = None if failed.final else failed.cause
            raise
        self._down = None

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.smtp.close()

    async def _deliver(self, mail: Mail) -> None:
        """By a kept connection; one that the server has ended meanwhile is replaced, once."""
        while True:
            connection = self._kept() or await self._connected()
            try:
                await self._transact(connection.smtp, mail)
            except Broken as broken:
                connection.smtp.close()
                if connection.used and not broken.said:
                    continue
                raise NotTaken(f"{self._where}: {broken.cause}", certain=not broken.said) from None
            except NotTaken:
                await self._keep(connection)
                raise
            except BaseException:
                connection.smtp.close()
                raise
            await self._keep(connection)
            return

    def _kept(self) -> Connection | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.smtp.is_connected and now - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.smtp.close()
        return None

    async def _keep(self, connection: Connection) -> None:
        connection.used = True
        connection.idle_since = asyncio.get_running_loop().time()
        if connection.smtp.is_connected:
            self._idle.append(connection)

    async def _connected(self) -> Connection:
        options = self._options
        if self._tls is None and options.encryption != "none":
            self._tls = await asyncio.to_thread(self._context)
        smtp = aiosmtplib.SMTP(
            hostname=options.host,
            port=options.port,
            use_tls=options.encryption == "tls",
            start_tls=options.encryption == "starttls",
            tls_context=self._tls,
            timeout=self._timeout,
        )
        try:
            await smtp.connect()
            if options.username is not None and options.password is not None:
                await smtp.login(options.username, options.password.reveal())
        except aiosmtplib.SMTPAuthenticationError as error:
            smtp.close()
            raise NotTaken(f"{self._where} refused username and password ({error.code})") from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            smtp.close()
            raise NotTaken(f"{self._where}: {_cause(error)}") from None
        except BaseException:
            smtp.close()
            raise
        return Connection(smtp)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=None if self._options.ca_file is None else str(self._options.ca_file))

    async def _transact(self, smtp: aiosmtplib.SMTP, mail: Mail) -> None:
        sender = self._options.from_address
        international = not mail.recipient.isascii() or not sender.isascii()
        if international and not smtp.supports_extension("smtputf8"):
            raise NotTaken(f"{self._where} takes no addresses beyond ASCII", final=True)
        eight = smtp.supports_extension("8bitmime")
        policy = SENT_8BIT if eight or international else SENT_7BIT
        octets = self._composed(mail).as_bytes(policy=policy.clone(utf8=international))
        modes = [*(["BODY=8BITMIME"] if eight else []), *(["SMTPUTF8"] if international else [])]
        encoding = "utf-8" if international else "ascii"
        try:
            await smtp.mail(sender, options=modes, encoding=encoding)
            await smtp.rcpt(mail.recipient, encoding=encoding)
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPSenderRefused) as error:
            await self._reset(smtp)
            if error.code == 421:
                raise Broken("the server ends the connection (421)") from None
            of = "recipient" if isinstance(error, aiosmtplib.SMTPRecipientRefused) else "sender"
            raise NotTaken(f"{self._where} refused the {of} ({error.code})", final=500 <= error.code < 600) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Broken(_cause(error)) from None
        try:
            await smtp.data(octets)
        except aiosmtplib.SMTPDataError as error:
            if error.code == 421:
                raise Broken("the server ends the connection (421)") from None
            raise NotTaken(f"{self._where} refused the message ({error.code})") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Broken(_cause(error), said=True) from None

    @staticmethod
    async def _reset(smtp: aiosmtplib.SMTP) -> None:
        try:
            await smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            smtp.close()

    def _composed(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = self._from
        message["To"] = mail.recipient
        message["Subject"] = _header(mail.subject)
        message["Date"] = formatdate(time.time(), localtime=True)
        message["Message-ID"] = make_msgid(domain=self._options.from_address.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes in answer
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(_text(mail.text))
        if mail.html is not None:
            message.add_alternative(_text(mail.html), subtype="html")
        return message


def _header(text: str) -> str:
    """One line, without control characters: nothing that is put in can add a header."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in _text(text)).split())


def _text(text: str) -> str:
    """What UTF-8 can say."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cause(error: Exception) -> str:
    """For the administrator. What a server says may hold the recipient or more, so only its code is told."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"answered {error.code}"
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return "did not answer in time"
    if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(error.__cause__, ssl.SSLError | OSError):
        error = error.__cause__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__.removeprefix("SMTP")


MAIL_KINDS.add(Kind("smtp", SmtpOptions, Smtp))
