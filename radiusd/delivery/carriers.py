"""Every mail server and SMS gateway of radius.yaml, and sending by one of them: the next where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from config.options import TypedOptions
from config.settings import Settings
from radiusd.delivery import MAIL_KINDS, SMS_KINDS, Carrier, NotTaken
from radiusd.delivery.outbox import Outbox
from radiusd.model.message import Mail, Message

AVOIDED_SECONDS = 30.0  # for so long a carrier that failed is tried last


class Sent(NamedTuple):
    """A carrier took it."""

    carrier: str


class NotSent(NamedTuple):
    """No carrier took it. `component` are the carriers as radius.yaml names them; `cause` carries no secret."""

    component: str
    cause: str


class Carriers:
    """Keeps carriers over a reload, with their connections, where their settings did not change."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._made: dict[tuple[str, str], tuple[TypedOptions, Carrier]] = {}
        self._failed: dict[tuple[str, str], float] = {}

    def use(self, settings: Settings) -> None:
        """Takes the carriers of these settings into use."""
        made: dict[tuple[str, str], tuple[TypedOptions, Carrier]] = {}
        sections: tuple[tuple[str, Mapping[str, TypedOptions]], ...] = (
            ("mail", settings.mail_servers),
            ("sms", settings.sms_gateways),
        )
        for section, servers in sections:
            kinds = MAIL_KINDS if section == "mail" else SMS_KINDS
            for name, options in servers.items():
                kept = self._made.get((section, name))
                if kept is not None and kept[0] == options:
                    made[section, name] = kept
                elif kinds[options.type].active:
                    made[section, name] = (options, kinds[options.type].make(name, options, self._outbox))
        self._made = made

    async def send(self, message: Message, deadline: float) -> Sent | NotSent:
        """Sends it by the first carrier that takes it; `deadline` is of the loop's clock."""
        loop = asyncio.get_running_loop()
        until = min(deadline, loop.time() + message.within)
        section = "mail" if isinstance(message.content, Mail) else "sms"
        names = self._in_order(section, message.carriers, loop.time())
        causes = []
        for number, name in enumerate(names):
            now = loop.time()
            if now >= until:
                causes.append(f"{name}: no time was left")
                break
            kept = self._made.get((section, name))
            if kept is None:
                causes.append(f"{name}: is not active yet")
                continue
            try:
                await kept[1].send(message.content, now + (until - now) / (len(names) - number))
            except NotTaken as failed:
                causes.append(f"{name}: {failed.cause}")
                self._failed[section, name] = loop.time()
            else:
                self._failed.pop((section, name), None)
                return Sent(name)
        return NotSent(", ".join(message.carriers), "; ".join(causes))

    def _in_order(self, section: str, names: Sequence[str], now: float) -> Sequence[str]:
        if not self._failed or len(names) == 1:
            return names
        return sorted(
            names, key=lambda name: now - self._failed.get((section, name), -AVOIDED_SECONDS) < AVOIDED_SECONDS
        )

    async def close(self) -> None:
        """Ends every connection."""
        for _options, carrier in self._made.values():
            await carrier.close()
