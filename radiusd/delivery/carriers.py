"""Every mail server and SMS gateway of radius.yaml, and sending by one of them: the next where one fails."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import structlog
from msgspec import Struct

from config.models.options import TypedOptions
from config.settings import Settings
from radiusd.delivery import MAIL_KINDS, SMS_KINDS, Carrier, Fault, Listening, NotTaken, Receipt
from radiusd.delivery.outbox import Outbox
from radiusd.delivery.pace import LAST, SLOW_SECONDS, Pace
from radiusd.model.message import Mail, Message
from radiusd.running.stages import in_a_task

log = structlog.get_logger()

DELIVERED = "delivered"  # of Receipt.state
AVOIDED_SECONDS = 30.0  # for so long a carrier that failed is tried last

Section = Literal["mail_servers", "sms_gateways"]
Key = tuple[Section, str]
Made = dict[Key, tuple[Any, Carrier]]
"""Each with what it was made of."""


class Sent(Struct, frozen=True):
    """A carrier took it. `ids` are what it calls its parts, where it tells later what became of them (see Receipt)."""

    carrier: str
    ids: tuple[str, ...] = ()


class NotSent(Struct, frozen=True):
    """No carrier took it. `component` are the carriers as radius.yaml names them; `cause` carries no secret.

    `fault`: the recipient's where a carrier refused them for good, for then none of another does better; the message's
    likewise. Only where it is the carriers' own is the component down.
    """

    component: str
    cause: str
    fault: Fault = Fault.CARRIER


class _Failing:
    """A carrier that did not take its last message. `avoided_until` is of the loop's clock."""

    __slots__ = ("avoided_until", "cause")

    def __init__(self, cause: str) -> None:
        self.cause = cause
        self.avoided_until = 0.0


class Carriers:
    """Keeps carriers over a reload, with their connections, where their settings did not change.

    `sent` and `failed` count, since the start, the messages that each carrier took and those that it did not; `delivered`
    and `undelivered` those of which it told later that they arrived, or did not; `paces` have how long each took. A carrier is named by its section of
    radius.yaml and its name there.
    """

    def __init__(self, outbox: Outbox, told: Callable[[str, Receipt], None] | None = None) -> None:
        """`told` gets, with the carrier's name, what became of messages that were taken."""
        self._outbox = outbox
        self._told = told
        self._made: Made = {}
        self._failing: dict[Key, _Failing] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.sent: Counter[Key] = Counter()
        self.failed: Counter[Key] = Counter()
        self.delivered: Counter[Key] = Counter()
        self.undelivered: Counter[Key] = Counter()
        self.paces: dict[Key, Pace] = {}

    def of(self, settings: Settings) -> Made:
        """The carriers of these settings: those in use where they did not change. Nothing is begun, and none is closed."""
        made: Made = {}
        sections: tuple[tuple[Section, Mapping[str, TypedOptions]], ...] = (
            ("mail_servers", settings.mail_servers),
            ("sms_gateways", settings.sms_gateways),
        )
        for section, servers in sections:
            kinds = MAIL_KINDS if section == "mail_servers" else SMS_KINDS
            for name, options in servers.items():
                key = (section, name)
                made_of = (options, _stamp(options))
                kept = self._made.get(key)
                if kept is not None and kept[0] == made_of:
                    made[key] = kept
                elif kinds[options.type].active:
                    made[key] = (made_of, kinds[options.type].make(name, options, self._outbox))
        return made

    def use(self, made: Made) -> None:
        """Takes what `of` gave into use. Others are closed once what they are sending has left."""
        old, self._made = self._made, made
        for key, (_made_of, carrier) in made.items():
            if isinstance(carrier, Listening) and not (key in old and old[key][1] is carrier):
                carrier.listen(partial(self._receive, key), partial(self._connected, key, carrier))
        for key, (_made_of, carrier) in old.items():
            if key in made and made[key][1] is carrier:
                continue
            self._failing.pop(key, None)
            closing = asyncio.get_running_loop().create_task(carrier.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def send(self, message: Message, deadline: float) -> Sent | NotSent:
        """Sends it by the first carrier that takes it; `deadline` is of the loop's clock.

        Each carrier gets its share of the time that is left, so that one that hangs leaves some to the next. Where it
        is not certain that a carrier did not send it, the next one is tried all the same, and sends what is then a
        second copy: see NotTaken. Sent is said only where a carrier took it.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        until = min(deadline, now + message.within)
        section: Section = "mail_servers" if isinstance(message.content, Mail) else "sms_gateways"
        causes, faults = [], set[Fault]()
        names = self._in_order(section, message.carriers, now) if self._failing else message.carriers
        for number, name in enumerate(names):
            if number:
                now = loop.time()
            if now >= until:
                causes.append(f"{name}: no time was left")
                break
            key = (section, name)
            if key not in self._made:
                causes.append(f"{name}: it is not active")
                continue
            failing = self._failing.get(key)
            if failing is not None:
                # This message finds out whether it works again; those that come meanwhile go elsewhere.
                failing.avoided_until = now + AVOIDED_SECONDS
            carrier = self._made[key][1]
            try:
                if not carrier.immediate:
                    await in_a_task()
                taken = await carrier.send(message.content, now + (until - now) / (len(names) - number))
            except NotTaken as failed:
                causes.append(f"{name}: {failed.cause}")
                faults.add(failed.fault)
                self._note(key, failed)
            else:
                self.sent[key] += 1
                took = loop.time() - now
                if (self.paces.get(key) or self._paced(key)).took(took):
                    self._is_slow(key, took, now)
                if self._failing:
                    self._works(key)
                return Sent(name) if taken is None else Sent(name, taken.ids)
        fault = next((each for each in (Fault.RECIPIENT, Fault.MESSAGE) if each in faults), Fault.CARRIER)
        return NotSent(", ".join(message.carriers), "; ".join(causes), fault)

    def _paced(self, key: Key) -> Pace:
        pace = self.paces[key] = Pace()
        return pace

    def _is_slow(self, key: Key, seconds: float, now: float) -> None:
        if self.paces[key].is_to_be_told(now):
            told = {"took": f"{seconds:.1f} s", "slow": f"most of the last {LAST} took over {SLOW_SECONDS:g} s"}
            log.warning("is slow to take messages", **{key[0]: key[1]}, **told)

    def _receive(self, key: Key, receipt: Receipt) -> None:
        (self.delivered if receipt.state == DELIVERED else self.undelivered)[key] += 1
        if self._told is not None:
            self._told(key[1], receipt)

    def _connected(self, key: Key, carrier: Carrier, cause: str) -> None:
        """One that stays connected is not, for that cause: it is tried last until it is again. "" once it is."""
        if key not in self._made or self._made[key][1] is not carrier:
            return
        if not cause:
            self._works(key)
        elif key in self._failing:
            self._failing[key].cause = cause
        else:
            self._failing[key] = _Failing(cause)
            self._failing[key].avoided_until = math.inf

    def _works(self, key: Key) -> None:
        if self._failing.pop(key, None) is not None:
            log.info("works again", **{key[0]: key[1]})

    def down(self) -> dict[Key, str]:
        """The carriers that did not take their last message, or have lost their connection, each with why.

        One refused recipient says nothing.
        """
        return {key: failing.cause for key, failing in self._failing.items()}

    async def close(self) -> None:
        """Ends every connection."""
        carriers = [carrier.close() for _made_of, carrier in self._made.values()]
        self._made = {}
        await asyncio.gather(*carriers, *self._closing)

    def _in_order(self, section: Section, names: Sequence[str], now: float) -> Sequence[str]:
        avoided = {
            name for part, name in self._failing if part == section and self._failing[part, name].avoided_until > now
        }
        return sorted(names, key=avoided.__contains__)

    def _note(self, key: Key, failed: NotTaken) -> None:
        self.failed[key] += 1
        if failed.final:
            return
        failing = self._failing.get(key)
        if failing is None:
            failing = self._failing[key] = _Failing(failed.cause)
            # Once, not for every message: each is in the audit.
            log.warning("did not take a message", **{key[0]: key[1]}, cause=failed.cause)
        failing.cause = failed.cause
        failing.avoided_until = asyncio.get_running_loop().time() + AVOIDED_SECONDS


def _stamp(options: TypedOptions) -> object:
    """What tells that the authorities in its file are others now, though its name is the same."""
    file = getattr(options, "ca_file", None)
    try:
        found = None if file is None else file.stat()
    except OSError:
        return None
    return found and (found.st_mtime_ns, found.st_size)
