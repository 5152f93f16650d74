"""A message centre as a carrier: one connection, which is kept and made anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog

from radiusd.delivery import Fault, NotTaken, Receipt, Taken
from radiusd.delivery.connections import Attempt, Lanes, Trust
from radiusd.delivery.outbox import Outbox
from radiusd.delivery.smpp import pdus
from radiusd.delivery.smpp.binding import Binding, Ended
from radiusd.delivery.smpp.options import SmppOptions
from radiusd.delivery.smpp.pace import Pace
from radiusd.delivery.smpp.pdus import Command, Malformed, Pdu
from radiusd.delivery.smpp.receipts import normal, receipt_of
from radiusd.delivery.smpp.statuses import FAULTS, PERHAPS_SENT, TOO_FAST, Status, told
from radiusd.model.message import Mail, Sms
from radiusd.rules import chance, phone_numbers, sms

log = structlog.get_logger()

SOONEST_SECONDS = 1.0  # between two tries to sign in, however many messages wait
LONGEST_PAUSE_SECONDS = 60.0
PER_SECOND = "had no turn for it in time: `per_second` is less than what is sent"
REGISTERED = {"none": 0, "all": 1, "failures": 2}  # registered_delivery (section 5.2.17)


class Smpp:
    """One gateway."""

    def __init__(self, name: str, options: SmppOptions, _outbox: Outbox) -> None:
        self.name = name
        self.immediate = False
        self._options = options
        self._where = f"{options.host}:{options.port}"
        self._lanes = Lanes(self._where, options.window, options.timeout.total_seconds())
        self._trust = Trust(options.ca_file)
        self._pace = Pace(options.per_second)
        self._reference = chance.octets(1)[0]  # of messages in several parts
        self._tell: Callable[[Receipt], None] | None = None
        self._connected: Callable[[str], None] | None = None
        self._binding: Binding | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._tried: asyncio.Future[Binding | NotTaken] | None = None

    def listen(self, told: Callable[[Receipt], None], connected: Callable[[str], None]) -> None:
        """From now on it stays connected: receipts come when they come."""
        self._tell, self._connected = told, connected
        self._keep()

    async def send(self, content: Mail | Sms, deadline: float) -> Taken:
        """Raises NotTaken."""
        if not isinstance(content, Sms):
            raise NotTaken("an SMS gateway sends no mail", fault=Fault.MESSAGE)
        number = phone_numbers.written(content.recipient, self._options.number_format)
        if number is None:
            raise NotTaken("the recipient is no phone number", fault=Fault.RECIPIENT)
        self._reference += 1
        parts = sms.cut(content.text, self._options.alphabet, self._reference)
        if len(parts.octets) > sms.MOST_PARTS:
            raise NotTaken("the message is longer than an SMS can be", fault=Fault.MESSAGE)
        ids: list[str] = []
        await self._lanes.send(partial(self._deliver, number, parts, ids), deadline)
        return Taken(tuple(ids))

    async def greet(self, deadline: float) -> None:
        """Connects and signs in as for a message, and signs out: nothing is sent. Raises NotTaken."""
        until = min(deadline, asyncio.get_running_loop().time() + self._options.timeout.total_seconds())
        binding = await Binding.open(self._options, self._trust, until, self._delivered)
        await binding.leave()

    async def close(self) -> None:
        await self._lanes.close()
        self._tell = self._connected = None  # what comes now is left to whoever comes next
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._binding is not None:
            await self._binding.leave()

    async def _deliver(self, number: str, parts: sms.Parts, ids: list[str], attempt: Attempt, _until: float) -> None:
        """One part after the other, so that a lane has one question under way."""
        options = self._options
        for octets in parts.octets:
            body = pdus.submit(
                options.source, options.destination(number), octets,
                data_coding=pdus.GSM if parts.is_gsm else pdus.UTF_16, has_header=parts.has_header,
                receipt=REGISTERED[options.receipts], validity=pdus.relative(int(options.validity.total_seconds())),
            )  # fmt: skip
            answer = await self._submitted(body, attempt)
            name = pdus.first_text(answer.body)
            if name and options.receipts != "none":
                ids.append(normal(name))
        attempt.taken = True

    async def _submitted(self, body: bytes, attempt: Attempt) -> Pdu:
        """The answer of a centre that took it. Raises NotTaken."""
        loop = asyncio.get_running_loop()
        while True:
            binding = await self._bound()
            attempt.cause = attempt.cause or PER_SECOND
            await self._pace.turn()
            if binding.ended.done():
                continue  # while its turn was awaited: nothing of it has left
            said_before, attempt.said, attempt.cause = attempt.said, True, ""
            left_at = loop.time()
            try:
                answer = await binding.ask(Command.SUBMIT_SM, body)
            except Ended as ended:
                cause = f"{self._where}: {ended.cause}, in the middle of the message"
                raise NotTaken(cause, certain=False) from None
            except asyncio.CancelledError:
                binding.doubt()
                raise
            if answer.is_yes:
                self._pace.taken()
                return answer
            attempt.said = said_before
            if answer.status in TOO_FAST:
                self._pace.too_fast(left_at)
                attempt.cause = told(answer.status)
                continue
            self._refuse(answer, binding, certain=not said_before)

    def _refuse(self, answer: Pdu, binding: Binding, *, certain: bool) -> None:
        """Raises NotTaken, for the status of an answer."""
        status = answer.status
        if status == Status.ESME_RINVBNDSTS:
            binding.drop("does not know that we are signed in")
        raise NotTaken(
            f"{self._where} {told(status)}",
            certain=certain and status not in PERHAPS_SENT,
            fault=FAULTS.get(status, Fault.CARRIER),
        )

    async def _bound(self) -> Binding:
        """The connection in use, or what comes of the next try to make one. Raises NotTaken."""
        if self._binding is not None and not self._binding.ended.done():
            return self._binding
        self._keep()
        self._wanted.set()
        if self._tried is None or self._tried.done():
            self._tried = asyncio.get_running_loop().create_future()
        outcome = await asyncio.shield(self._tried)
        if isinstance(outcome, NotTaken):
            raise NotTaken(outcome.cause)
        return outcome

    def _keep(self) -> None:
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.get_running_loop().create_task(self._stay_bound())

    async def _stay_bound(self) -> None:
        """Signs in, and again where the connection ends: at once where a message waits, else after longer and longer."""
        loop = asyncio.get_running_loop()
        pause = 0.0
        while True:
            began = loop.time()
            until = began + self._options.timeout.total_seconds()
            outcome: Binding | NotTaken
            try:
                outcome = await Binding.open(self._options, self._trust, until, self._delivered)
            except NotTaken as failed:
                outcome = failed
            self._wanted.clear()
            if isinstance(outcome, Binding):
                self._binding = outcome
            self._say("" if isinstance(outcome, Binding) else outcome.cause)
            if self._tried is not None and not self._tried.done():
                self._tried.set_result(outcome)
            if isinstance(outcome, Binding):
                cause = await asyncio.shield(outcome.ended)
                log.warning("the connection has ended", sms_gateways=self.name, cause=cause)
                self._say(f"{self._where}: {cause}")
                pause = 0.0 if loop.time() - began > LONGEST_PAUSE_SECONDS else pause
            elif not pause:
                log.warning("no connection", sms_gateways=self.name, cause=outcome.cause)
            await asyncio.sleep(began + SOONEST_SECONDS - loop.time())
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wanted.wait()
            pause = min(max(SOONEST_SECONDS, pause * 2), LONGEST_PAUSE_SECONDS)

    def _say(self, cause: str) -> None:
        if self._connected is not None:
            self._connected(cause)

    def _delivered(self, body: bytes) -> int:
        """With which status a deliver_sm is answered."""
        if self._tell is None:
            return Status.ESME_RX_T_APPN  # the server that is waiting for it gets it later
        try:
            receipt = receipt_of(pdus.delivered(body))
        except Malformed:
            # With any other answer it would come again and again.
            log.warning("a message of the gateway could not be read", sms_gateways=self.name)
            return pdus.OK
        if receipt is not None:
            self._tell(receipt)
        return pdus.OK
