"""Kinds of the tests' own that want a task: each has a time-out of its own from its first line on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from config.kinds import Kind
from config.models.options import DirectoryOptions
from radiusd.delivery import MAIL_KINDS, SMS_KINDS, Fault, NotTaken
from radiusd.delivery.outbox import MailOutboxOptions, OutboxCarrier, SmsOutboxOptions
from radiusd.directories import KINDS as TYPES
from radiusd.directories import Right, Wrong
from radiusd.handlers import KINDS as METHODS
from radiusd.handlers.approved_otp import ApprovedOtp
from radiusd.handlers.approved_otp_options import ApprovedOtpOptions
from radiusd.handlers.mail_otp import MailOtp, MailOtpOptions
from radiusd.model.entry import Entry
from radiusd.process.kinds import kinds


def timed(call):
    """The same, with a time-out of its own from its first line on."""

    async def within(*arguments, **named):
        async with asyncio.timeout(10.0):
            return await call(*arguments, **named)

    return within


def with_time_outs(method):
    for name in ("begin", "answer", "remind", "again", "refused"):
        setattr(method, name, timed(getattr(method, name)))


class TimedCodesOptions(MailOtpOptions):
    method: Literal["timed-codes"]


class TimedCodes(MailOtp):
    immediate = False

    def __init__(self, options, tools):
        super().__init__(options, tools)
        with_time_outs(self)


class TimedApprovalOptions(ApprovedOtpOptions):
    method: Literal["timed-approval"]


class TimedApproval(ApprovedOtp):
    immediate = False

    def __init__(self, options, tools):
        super().__init__(options, tools)
        with_time_outs(self)


class TimedDirectoryOptions(DirectoryOptions):
    type: Literal["timed"]


class TimedDirectory:
    """It has ann, whose password is tulip, and her manager. `remembers` as Ldap does not: it is asked each time."""

    immediate = False
    remembers = False
    locks_out = False

    def __init__(self, name, _options, _wanted):
        self.name = name
        self.find, self.check = timed(self._find), timed(self._check)
        self.manager, self.pretend = timed(self._manager), timed(self._pretend)

    def normal(self, typed):
        return None if "@" in typed else typed.casefold()

    async def _find(self, name, _deadline):
        return Entry(self.name, "7", "ann", "Ann", "ann@example.com") if name == "ann" else None

    async def _check(self, _entry, password, _station, _deadline):
        return Right() if password == "tulip" else Wrong("wrong password")

    async def _manager(self, _entry, _deadline):
        return Entry(self.name, "8", "boss", "Boss", "boss@example.com")

    async def _pretend(self, _name, _password, _station, _deadline):
        return None

    async def lock(self, _entry, _deadline, *, fresh):  # noqa: ARG002
        return None

    def recalls(self, _entry, _password):
        return None

    def holds(self, _entry):
        return False

    def down(self):
        return None

    def down_since(self):
        return None

    async def start(self):
        """Nothing is kept."""

    async def close(self):
        """Nothing is kept."""


class TimedMailOptions(MailOutboxOptions):
    type: Literal["timed"]


class TimedSmsOptions(SmsOutboxOptions):
    type: Literal["timed"]


class TimedCarrier(OutboxCarrier):
    def __init__(self, name, options, outbox):
        super().__init__(name, options, outbox)
        self.immediate = False
        self.send = timed(self.send)


class RefusingOptions(MailOutboxOptions):
    type: Literal["refusing"]


class Refusing(OutboxCarrier):
    """It knows no recipient, and needs no task to say so."""

    async def send(self, _content, _deadline):
        raise NotTaken("refused the recipient", fault=Fault.RECIPIENT)


@contextmanager
def declared() -> Iterator[None]:
    """Registered as any other kind is, and no more at the end."""
    kinds()
    made = [
        (METHODS, Kind("timed-codes", TimedCodesOptions, TimedCodes)),
        (METHODS, Kind("timed-approval", TimedApprovalOptions, TimedApproval)),
        (TYPES, Kind("timed", TimedDirectoryOptions, TimedDirectory)),
        (MAIL_KINDS, Kind("timed", TimedMailOptions, TimedCarrier)),
        (MAIL_KINDS, Kind("refusing", RefusingOptions, Refusing)),
        (SMS_KINDS, Kind("timed", TimedSmsOptions, TimedCarrier)),
    ]
    for table, kind in made:
        table.add(kind)
    try:
        yield
    finally:
        for table, kind in made:
            del table._kinds[kind.name]
