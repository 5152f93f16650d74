"""The options of `method: soft_otp`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field

from config.models.methods import CodeOptions
from config.models.values import Line, NotNegative, Span


class SoftOtpOptions(CodeOptions):
    """`drift`: time steps either way."""

    method: Literal["soft_otp"]
    drift: Annotated[NotNegative, Le(10)] = Field(1, description="Time steps that a clock may be off, either way.")
    digits: Annotated[int, Ge(6), Le(8)] = Field(6, description="Of a code.")
    period: Span = Field(timedelta(seconds=30), description="Of a time step.")
    algorithm: Literal["sha1", "sha256", "sha512"] = Field(
        "sha1", description="Of RFC 6238; many apps know `sha1` alone."
    )
    issuer: Line = Field("radiusd", description="How the app names us.")
    qr_validity: Span = Field(timedelta(minutes=15), description="How long a QR code can be scanned.")
    recovery_codes: NotNegative = Field(10, description="How many a user gets.")
