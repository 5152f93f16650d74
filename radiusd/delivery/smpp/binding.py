"""One connection to a message centre, signed in: questions and answers in any order, and whether it still is there."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

from radiusd.delivery import NotTaken
from radiusd.delivery.connections import Trust, cause_of, dialled
from radiusd.delivery.smpp import pdus
from radiusd.delivery.smpp.options import SmppOptions
from radiusd.delivery.smpp.pdus import Command, Malformed, Pdu
from radiusd.delivery.smpp.statuses import Status, told

LEAVE_SECONDS = 2.0
READ = 65_536
WRITTEN_AHEAD = 1 << 20  # octets that the centre has not taken off the line: it hangs


class Ended(Exception):
    """The connection is of no use any more."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Binding:
    """Used in the loop. `delivered` is told each deliver_sm's body, and says with which status it is answered."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        options: SmppOptions,
        delivered: Callable[[bytes], int],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._reader = reader
        self._writer = writer
        self._delivered = delivered
        self._quiet = options.enquire_link.total_seconds()
        self._answers_within = options.timeout.total_seconds()
        self._asked: dict[int, asyncio.Future[Pdu]] = {}
        self._sequence = 0
        self.is_bound = False
        self._heard_at = loop.time()
        self._doubted = asyncio.Event()
        self.ended: asyncio.Future[str] = loop.create_future()
        self._tasks = (loop.create_task(self._read()), loop.create_task(self._watch()))

    @classmethod
    async def open(cls, options: SmppOptions, trust: Trust, until: float, delivered: Callable[[bytes], int]) -> Binding:
        """Connects and signs in, as transceiver. Raises NotTaken."""
        where = f"{options.host}:{options.port}"
        context = await trust.context() if options.tls else None
        try:
            async with asyncio.timeout_at(until):
                connected = await dialled(options.host, options.port, until)
                reader, writer = await asyncio.open_connection(
                    sock=connected, ssl=context, server_hostname=options.host if context is not None else None
                )
        except (OSError, ValueError) as error:  # a TimeoutError too; a name that no DNS can have is a ValueError
            raise NotTaken(f"{where}: {cause_of(error) or 'can not be reached'}") from None
        binding = cls(reader, writer, options, delivered)
        try:
            async with asyncio.timeout_at(until):
                await binding._sign_in(options, where)
        except TimeoutError:
            raise NotTaken(f"{where} did not answer in time") from None
        except Ended as ended:
            raise NotTaken(f"{where}: {ended.cause}") from None
        finally:
            if not binding.is_bound:
                binding.drop("was not signed in")
        return binding

    async def _sign_in(self, options: SmppOptions, where: str) -> None:
        body = pdus.bind(options.system_id, options.password.reveal(), options.system_type or "")
        answer = await self.ask(Command.BIND_TRANSCEIVER, body)
        if not answer.is_yes:
            raise NotTaken(f"{where} {told(answer.status)}")
        self.is_bound = True

    async def ask(self, command: Command, body: bytes = b"") -> Pdu:
        """The answer. Raises Ended; where it is cancelled, an answer that comes later is nobody's."""
        if self.ended.done():
            raise Ended(self.ended.result())
        self._sequence = self._sequence % pdus.MOST_SEQUENCE + 1
        sequence = self._sequence
        answer: asyncio.Future[Pdu] = self._loop.create_future()
        self._asked[sequence] = answer
        self._write(Pdu(command, pdus.OK, sequence, body))
        try:
            return await answer
        finally:
            del self._asked[sequence]

    def doubt(self) -> None:
        """An answer did not come in time: is it there still?"""
        self._doubted.set()

    async def leave(self) -> None:
        """Signs out, and ends the connection. Raises nothing."""
        with suppress(Ended, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self.ask(Command.UNBIND)
        self.drop("is not in use any more")
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def drop(self, cause: str) -> None:
        """Ends it at once: without the abort TLS would wait for the goodbye of a centre that hangs."""
        if self.ended.done():
            return
        self.ended.set_result(cause)
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Ended(cause))
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self._writer.transport.abort()

    def _write(self, pdu: Pdu) -> None:
        if self._writer.transport.get_write_buffer_size() > WRITTEN_AHEAD:
            self.drop("does not read what it is sent")
            return
        self._writer.write(pdu.encoded())

    async def _read(self) -> None:
        cause = "ended the connection"
        cutting = pdus.Reader()
        try:
            while octets := await self._reader.read(READ):
                self._heard_at = self._loop.time()
                for pdu in cutting.feed(octets):
                    self._take(pdu)
        except Malformed:
            cause = "does not speak SMPP at this port"
        except (OSError, ssl.SSLError) as error:
            cause = cause_of(error) or cause
        self.drop(cause)

    def _take(self, pdu: Pdu) -> None:
        if pdu.is_response:
            answer = self._asked.get(pdu.sequence)
            if answer is not None and not answer.done():
                answer.set_result(pdu)
            elif pdu.command == Command.GENERIC_NACK and not pdu.sequence:
                # What it could not read it does not name (section 4.3.1): all that follows may be lost.
                self.drop("could not read what it was sent")
        elif pdu.command == Command.DELIVER_SM:
            # The body of the answer is an empty message_id (section 4.6.2).
            self._write(Pdu(pdu.command | pdus.RESPONSE, self._delivered(pdu.body), pdu.sequence, b"\0"))
        elif pdu.command == Command.ENQUIRE_LINK:
            self._write(Pdu(pdu.command | pdus.RESPONSE, pdus.OK, pdu.sequence))
        elif pdu.command == Command.UNBIND:
            self._write(Pdu(pdu.command | pdus.RESPONSE, pdus.OK, pdu.sequence))
            self._loop.call_soon(self.drop, "signed us out")  # once the answer is on its way
        elif pdu.command != Command.ALERT_NOTIFICATION:  # which has no answer (section 4.12.1)
            self._write(Pdu(Command.GENERIC_NACK, Status.ESME_RINVCMDID, pdu.sequence))

    async def _watch(self) -> None:
        """Asks whether it is there, after a while without a word or in doubt, and ends what does not answer."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._heard_at + self._quiet):
                    await self._doubted.wait()
            asked_at = self._loop.time()
            if not self._doubted.is_set() and self._heard_at + self._quiet > asked_at:
                continue
            self._doubted.clear()
            try:
                async with asyncio.timeout(self._answers_within):
                    await self.ask(Command.ENQUIRE_LINK)
            except Ended:
                return
            except TimeoutError:
                if self._heard_at < asked_at:
                    self.drop("does not answer any more")
                    return
