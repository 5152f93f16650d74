"""Every `method:` and `type:` that radius.yaml may have, collected from the rooms that have them."""

from __future__ import annotations

from functools import cache

from config.kinds import Kinds
from radiusd import delivery, directories, handlers


@cache
def kinds() -> dict[str, Kinds]:
    """The tables that config.reading asks for, by section; each room's modules are imported once."""
    methods = handlers.KINDS.load(handlers)
    types = directories.KINDS.load(directories)
    mail = delivery.MAIL_KINDS.load(delivery)
    return {"directories": types, "mail_servers": mail, "sms_gateways": delivery.SMS_KINDS, "profiles": methods}
