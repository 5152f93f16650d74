"""`type: smpp` of sms_gateways: a message centre that speaks SMPP 3.4."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from config.kinds import Kind
from config.models.addresses import Host
from config.models.options import TypedOptions
from config.models.values import Hush, Line, Port, Span
from radiusd.delivery import SMS_KINDS


class SmppOptions(TypedOptions):
    """`source_address` is what the phone shows as the sender."""

    type: Literal["smpp"]
    host: Host
    port: Port = 2775
    tls: bool = False
    system_id: Line
    password: Hush
    source_address: Line
    timeout: Span = timedelta(seconds=10)


SMS_KINDS.add(Kind("smpp", SmppOptions))
