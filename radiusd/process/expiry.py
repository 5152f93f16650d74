"""Users of the database and their sponsors are told before an account ends: in the background, each once on any node."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import NamedTuple

import structlog

from config.settings import Settings
from radiusd.delivery import Fault
from radiusd.delivery.carriers import Carriers, Sent
from radiusd.directories.expiry_notices import ExpiryLetters, ExpiryNotices
from radiusd.directories.local_options import LocalOptions
from radiusd.model.audit import Row, row_about
from radiusd.model.message import Mail, Message
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Connection, Store, Unavailable, audit, expiring
from store.expiring import Ending

log = structlog.get_logger()

LOOK_SECONDS = 600.0
AT_ONCE = 50  # users who are taken, and in one mail to a sponsor
PAUSE_SECONDS = 0.1  # between two mails: codes of sign-ins go before them
WITHIN_SECONDS = 30.0  # a mail is taken; else the next look tries again
NOBODY = "neither the user nor a sponsor has an address that is to be written to"


class Told(NamedTuple):
    """What came of telling somebody about one user. `cause` is why they were not told, "" where they were.

    `again`: it is worth another try.
    """

    ending: Ending
    recipient: str
    cause: str = ""
    again: bool = False


class Telling:
    """Sends what is due by the options of one directory."""

    def __init__(
        self, store: Store, carriers: Carriers, directory: str, options: ExpiryNotices, letters: ExpiryLetters
    ) -> None:
        self._store = store
        self._carriers = carriers
        self._directory = directory
        self._options = options
        self._letters = letters

    async def tell(self, now: float) -> None:
        """All that is due at that time (seconds since the epoch). Raises store.Unavailable."""
        until = now + self._options.longest
        endings = await self._store.read(lambda connection: expiring.between(connection, now, until))
        due = [each for each in endings if self._is_due(each, now)]
        # Those of one sponsor follow each other: they are in one mail.
        due.sort(key=lambda each: (_sponsor(each), each.expires_at))
        for start in range(0, len(due), AT_ONCE):
            taken = await self._store.write(partial(expiring.take, wanted=due[start : start + AT_ONCE], now=now))
            told: list[Told] = []
            try:
                await self._tell(taken, now, told)
            finally:  # also where the server ends meanwhile: who was not told is left to the next start
                await self._store.write(partial(self._write, taken, told, now))

    def _is_due(self, ending: Ending, now: float) -> bool:
        due = self._options.due(ending.expires_at, now)
        return due is not None and (ending.noticed_until is None or ending.noticed_until < due)

    async def _tell(self, taken: Sequence[Ending], now: float, told: list[Told]) -> None:
        """Adds to `told` what came of it, one after the other."""
        if "user" in self._options.tell:
            for each in taken:
                if each.email:
                    told += await self._sent(self._letters.to_user(each, now), [each])
        if "sponsor" in self._options.tell:
            for address, group in groupby(taken, _sponsor):
                if address:
                    theirs = list(group)
                    told += await self._sent(self._letters.to_sponsor(theirs), theirs)
        somebody = {each.ending.id for each in told}
        told += [Told(each, "", NOBODY) for each in taken if each.id not in somebody]

    async def _sent(self, mail: Mail, about: Sequence[Ending]) -> list[Told]:
        message = Message("expiry", "", self._options.mail_servers, mail, WITHIN_SECONDS)
        outcome = await self._carriers.send(message, asyncio.get_running_loop().time() + WITHIN_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)
        if isinstance(outcome, Sent):
            return [Told(each, mail.recipient) for each in about]
        again = outcome.fault is Fault.CARRIER
        if again:
            log.warning("expiry notice not sent", component=outcome.component, cause=outcome.cause, users=len(about))
        return [Told(each, mail.recipient, outcome.cause, again) for each in about]

    def _write(self, taken: Sequence[Ending], told: Sequence[Told], now: float, connection: Connection) -> None:
        """What came of it; of whom nobody could be told somebody is told later."""
        settled = {each.ending.id for each in told if not each.again}
        expiring.give_back(connection, [each for each in taken if each.id not in settled], now)
        for each in told:
            if each.ending.id in settled:
                audit.insert(connection, self._row(each))

    def _row(self, told: Told) -> Row:
        ending = told.ending
        ends = f"that the account ends (last day {self._letters.last_day(ending.expires_at, 'en')})"
        if told.cause:
            outcome, reason = "uninformed", f"{told.recipient or 'nobody'} is not told {ends}: {told.cause}"
        else:
            outcome, reason = "informed", f"{told.recipient} is told {ends}"
        return row_about(time.time(), outcome, reason, ending.username, (self._directory, ending.id))


async def keep_telling(store: Store, carriers: Carriers, settings: Callable[[], Settings]) -> None:
    """Looks now and then, for ever, by the settings that are in use then."""
    while True:
        in_use = settings()
        for name, options in in_use.directories.items():
            if not isinstance(options, LocalOptions) or options.expiry_notices is None:
                continue
            try:
                letters = _letters(in_use, options.expiry_notices)
                await Telling(store, carriers, name, options.expiry_notices, letters).tell(time.time())
            except Unavailable as gone:
                log.warning("expiry notices wait", cause=gone.cause)
            except Exception:
                log.exception("expiry notices failed")  # it ends this look alone
        await asyncio.sleep(LOOK_SECONDS)


def _letters(settings: Settings, options: ExpiryNotices) -> ExpiryLetters:
    texts = Texts(settings.texts, settings.language)
    zone = settings.time_zone or datetime.now().astimezone().tzinfo or UTC
    return ExpiryLetters(options, texts, Titles(texts, settings.organisation.name or ""), zone)


def _sponsor(ending: Ending) -> str:
    return ending.sponsor_email.casefold()
