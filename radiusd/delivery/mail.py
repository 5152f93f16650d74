"""`type: smtp` of mail_servers: submission over kept connections. The only door to aiosmtplib."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

import aiosmtplib

from config.kinds import Kind
from radiusd.delivery import MAIL_KINDS, Fault, NotTaken
from radiusd.delivery.composed import composed
from radiusd.delivery.connections import Attempt, Lanes, Trust, cause_of, dialled
from radiusd.delivery.kept import Kept
from radiusd.delivery.outbox import Outbox
from radiusd.delivery.smtp_options import SmtpOptions
from radiusd.model.message import Mail, Sms
from radiusd.rules.mail_addresses import mailbox

CONNECTIONS = 8  # to one server at once
PROMPT_SECONDS = 2.0  # a kept connection that has not answered by then is dead
QUIT_SECONDS = 2.0
TOO_MANY = 452  # "Too many recipients" (RFC 5321 section 4.5.3.1.10)
GOODBYE = 421  # "Service not available, closing transmission channel"
MECHANISMS = ("plain", "login", "cram-md5")  # the password only ever goes through TLS; the last one is MD5
NOT_KNOWN = range(500, 505)  # answers to AUTH that say that the mechanism is not there after all
# What an answer to RCPT says of us and not of the recipient, where it says so (RFC 3463 section 3.8): no relaying, say.
POLICY = re.compile(r"5\.7\.[0-9]{1,3}\b")

Refused = aiosmtplib.SMTPResponseException


class Ended(Exception):
    """The connection is of no use any more, and the message has not been said."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Connection:
    """One connection to the server. It has taken `messages`; idle since `idle_since` (the loop's clock)."""

    __slots__ = ("_socket", "idle_since", "messages", "smtp")

    def __init__(self, smtp: aiosmtplib.SMTP, connected: socket.socket) -> None:
        self.smtp = smtp
        self._socket = connected
        self.messages = 0
        self.idle_since = 0.0

    @property
    def is_connected(self) -> bool:
        """False where the server is known to have ended it."""
        return self.smtp.is_connected

    @property
    def used(self) -> bool:
        """Whether it has taken a message: it may be dead by now, or the server may have had enough of it."""
        return self.messages > 0

    def drop(self) -> None:
        """At once. Without the shutdown TLS would wait half a minute for the goodbye of a server that hangs."""
        self.smtp.close()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    async def quit(self) -> None:
        """In the way that RFC 5321 section 4.1.1.10 demands."""
        try:
            async with asyncio.timeout(QUIT_SECONDS):
                await self.smtp.quit()
        except (aiosmtplib.SMTPException, OSError):
            pass  # a goodbye that is not heard changes nothing
        finally:
            self.drop()


class Smtp:
    """One mail server (RFC 5321, 6409)."""

    def __init__(self, name: str, options: SmtpOptions, _outbox: Outbox) -> None:
        self.name = name
        self.immediate = False
        self._options = options
        self._sender = mailbox(options.from_address)
        self._where = f"{options.host}:{options.port}"
        self._lanes = Lanes(self._where, CONNECTIONS, options.timeout.total_seconds())
        self._trust = Trust(options.ca_file)
        self._kept: Kept[Connection] = Kept()

    async def send(self, content: Mail | Sms, deadline: float) -> None:
        """Raises NotTaken."""
        if not isinstance(content, Mail):
            raise NotTaken("a mail server sends no SMS", fault=Fault.MESSAGE)
        to = mailbox(content.recipient)
        if to is None:
            raise NotTaken("the recipient is no mail address", fault=Fault.RECIPIENT)
        await self._lanes.send(partial(self._deliver, content, to), deadline)

    async def greet(self, deadline: float) -> None:
        """Connects, encrypts and authenticates as for a message, and takes leave: nothing is sent. Raises NotTaken."""
        until = min(deadline, asyncio.get_running_loop().time() + self._options.timeout.total_seconds())
        try:
            async with asyncio.timeout_at(until):
                connection = await self._connected(until)
        except TimeoutError:
            raise NotTaken(f"{self._where} did not answer in time") from None
        self._kept.end(connection)

    async def close(self) -> None:
        await self._lanes.close()
        await self._kept.close()

    async def _deliver(self, mail: Mail, to: str, attempt: Attempt, until: float) -> None:
        """By a kept connection; where the server has ended it meanwhile, by a new one."""
        connection = self._kept.take()
        if connection is not None:
            try:
                await self._hand_over(connection, mail, to, attempt)
            except Ended:
                self._kept.drop()  # the others are as old as this one
            else:
                return
        try:
            await self._hand_over(await self._connected(until), mail, to, attempt)
        except Ended as ended:
            raise NotTaken(f"{self._where}: {ended.cause}") from None

    async def _hand_over(self, connection: Connection, mail: Mail, to: str, attempt: Attempt) -> None:
        """Raises NotTaken and Ended, and the connection is ended then."""
        try:
            await self._transact(connection, mail, to, attempt)
        except NotTaken:
            self._kept.end(connection)
            raise
        except BaseException:
            connection.drop()
            raise
        connection.messages += 1
        if connection.messages >= self._options.messages_per_connection:
            self._kept.end(connection)
        else:
            self._kept.keep(connection)

    async def _connected(self, until: float) -> Connection:
        options = self._options
        context = None if options.encryption == "none" else await self._trust.context()
        try:
            dialling = await dialled(options.host, options.port, until)
        except OSError as error:
            raise NotTaken(f"{self._where}: {_cause(error)}") from None
        smtp = aiosmtplib.SMTP(
            hostname=options.host,
            sock=dialling,
            use_tls=options.encryption == "tls",
            start_tls=options.encryption == "starttls",
            tls_context=context,
            local_hostname=_own_name(dialling),
            timeout=None,  # the whole attempt has one
        )
        connection = Connection(smtp, dialling)
        ready = False
        try:
            await smtp.connect()
            await smtp.ehlo()
            await self._authenticate(smtp)
            ready = True
        except aiosmtplib.SMTPAuthenticationError as error:
            cause = f"{self._where} refused username and password ({error.code})"
            raise NotTaken(cause, said=error.message) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            said = error.message if isinstance(error, Refused) else ""
            raise NotTaken(f"{self._where}: {_cause(error)}", said=said) from None
        finally:
            if not ready:
                connection.drop()
        return connection

    async def _authenticate(self, smtp: aiosmtplib.SMTP) -> None:
        """With one mechanism: a server that counts wrong passwords sees one for one message."""
        username, password = self._options.username, self._options.password
        if username is None or password is None:
            return
        offered = [each for each in MECHANISMS if each in smtp.server_auth_methods]
        if not offered:
            raise NotTaken(f"{self._where} {_offers(smtp.server_auth_methods)}")
        ways = {"plain": smtp.auth_plain, "login": smtp.auth_login, "cram-md5": smtp.auth_crammd5}
        for mechanism in offered:
            try:
                await ways[mechanism](username, password.reveal())
            except aiosmtplib.SMTPAuthenticationError as error:
                if error.code not in NOT_KNOWN or mechanism == offered[-1]:
                    raise
            else:
                return

    async def _transact(self, connection: Connection, mail: Mail, to: str, attempt: Attempt) -> None:
        smtp, sender = connection.smtp, self._sender
        if sender is None:
            raise NotTaken("from_address is no mail address that can be sent from")
        international = not (to.isascii() and sender.isascii())
        if international and not smtp.supports_extension("smtputf8"):
            whose, fault = ("from_address", Fault.CARRIER) if to.isascii() else ("the recipient", Fault.RECIPIENT)
            raise NotTaken(f"{self._where} takes no addresses beyond ASCII (SMTPUTF8), and {whose} is one", fault=fault)
        eight_bit = smtp.supports_extension("8bitmime")
        modes = ["BODY=8BITMIME"] if eight_bit else []
        modes += ["SMTPUTF8"] if international else []
        encoding = "utf-8" if international else "ascii"
        octets = composed(mail, to=to, sender=sender, sender_name=self._options.from_name or "", eight_bit=eight_bit)
        try:
            async with asyncio.timeout(PROMPT_SECONDS if connection.used else None):
                await smtp.mail(sender, options=modes, encoding=encoding)
            await smtp.rcpt(to, encoding=encoding)
            attempt.said = True
            await smtp.data(octets)
        except (aiosmtplib.SMTPException, OSError) as error:
            if isinstance(error, Refused) and error.code > 0:
                attempt.said = False
                raise self._refusal(error, used=connection.used) from None
            if attempt.said:
                raise NotTaken(f"{self._where}: {_cause(error)}, in the middle of the message", certain=False) from None
            raise Ended(_cause(error)) from None

    def _refusal(self, error: Refused, *, used: bool) -> NotTaken | Ended:
        """What an answer other than yes means."""
        lasting = 500 <= error.code < 600
        # Servers that have had enough of a connection say so to MAIL, with this code or that; OpenSMTPD as if there were
        # too many recipients.
        enough = isinstance(error, aiosmtplib.SMTPSenderRefused) or error.code == TOO_MANY
        if error.code == GOODBYE or (used and not lasting and enough):
            return Ended(f"ended the connection ({error.code})")
        fault = Fault.CARRIER
        if isinstance(error, aiosmtplib.SMTPSenderRefused):
            what = "the sender"
        elif not isinstance(error, aiosmtplib.SMTPRecipientRefused):
            what, fault = "the message", Fault.MESSAGE
        elif POLICY.match(error.message):
            what, fault = "to pass the message on", Fault.MESSAGE
        else:
            what, fault = "the recipient", Fault.RECIPIENT
        return NotTaken(
            f"{self._where} refused {what} ({error.code})",
            fault=fault if lasting else Fault.CARRIER,
            said=error.message,
        )


def _offers(mechanisms: Iterable[str]) -> str:
    """Why nobody can sign in there: what RFC 4954 calls the mechanisms that it offers, none of which is ours."""
    named = [each.upper() for each in mechanisms if re.fullmatch("[A-Za-z0-9_-]{1,20}", each)]  # RFC 4422 section 3.1
    if not named:
        return "offers no authentication"
    ours = ", ".join(each.upper() for each in MECHANISMS)
    return (
        f"offers authentication by {', '.join(named)} only, and this program knows {ours}: turn on one of these there"
    )


def _own_name(connected: socket.socket) -> str:
    """What EHLO says: this machine's full name, else its address (RFC 5321 section 4.1.4). The DNS is not asked."""
    name = socket.gethostname()
    if "." in name and name.isascii() and name.isprintable() and " " not in name:
        return name
    address = connected.getsockname()[0].partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _cause(error: BaseException) -> str:
    """For the administrator. What a server says may hold the recipient or more, so only its code is told."""
    if isinstance(error, Refused):
        return f"answered {error.code}" if error.code > 0 else "does not speak SMTP at this port"
    if type(error) is aiosmtplib.SMTPException:
        return error.message.rstrip(".")  # the library's own words: no STARTTLS
    if isinstance(error, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPConnectError):
        return cause_of(error.__cause__) or "ended the connection"
    return cause_of(error) or type(error).__name__


MAIL_KINDS.add(Kind("smtp", SmtpOptions, Smtp))
