"""A message that a command sends, by the carriers of radius.yaml."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.delivery.carriers import NotSent, Sent
    from radiusd.model.message import Message


async def sent(settings: Settings, message: Message) -> Sent | NotSent:
    """What came of it."""
    from radiusd.delivery.carriers import Carriers, NotSent
    from radiusd.delivery.outbox import Outbox

    names = ", ".join(message.carriers)
    types = {**settings.mail_servers, **settings.sms_gateways}
    if all(types[name].type == "outbox" for name in message.carriers):
        return NotSent(names, f"{names}: of type outbox, which sends nothing")
    carriers = Carriers(Outbox())
    carriers.use(carriers.of(settings))
    try:
        return await carriers.send(message, asyncio.get_running_loop().time() + message.within)
    finally:
        await carriers.close()
