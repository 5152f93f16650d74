"""`type: smpp` of sms_gateways: a message centre that speaks SMPP 3.4."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from config.kinds import Kind
from config.models.addresses import Host
from config.models.options import TypedOptions
from config.models.values import Hush, Line, Port, Span
from radiusd.delivery import SMS_KINDS


class SmppOptions(TypedOptions):
    """`source_address` is what the phone shows as the sender."""

    type: Literal["smpp"]
    host: Host = Field(description="Name or address.")
    port: Port = Field(2775, description="Of the gateway.")
    tls: bool = Field(False, description="Whether it speaks TLS from the start.")
    system_id: Line = Field(description="To sign in with.")
    password: Hush = Field(description="To sign in with.")
    source_address: Line = Field(description="What the phone shows as the sender.")
    timeout: Span = Field(timedelta(seconds=10), description="Of one message.")


SMS_KINDS.add(Kind("smpp", SmppOptions))
