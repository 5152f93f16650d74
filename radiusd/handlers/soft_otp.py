"""`method: soft_otp`: the password, then the code of an authenticator app (RFC 6238)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field

from config.models.methods import Placement
from config.models.options import ProfileOptions
from config.models.values import Line, NotNegative, Positive, Span
from radiusd.handlers import planned


class SoftOtpOptions(ProfileOptions):
    """`drift`: time steps either way. `attempts`: wrong codes before the login ends."""

    method: Literal["soft_otp"]
    placement: Placement = Field("auto", description="As with `mail_otp`.")
    attempts: Positive = Field(3, description="Wrong codes that end the sign-in.")
    drift: Annotated[NotNegative, Le(10)] = Field(1, description="Time steps that a clock may be off, either way.")
    digits: Annotated[int, Ge(6), Le(8)] = Field(6, description="Of a code.")
    period: Span = Field(timedelta(seconds=30), description="Of a time step.")
    algorithm: Literal["sha1", "sha256", "sha512"] = Field(
        "sha1", description="Of RFC 6238; many apps know `sha1` alone."
    )
    issuer: Line = Field("radiusd", description="How the app names us.")
    qr_validity: Span = Field(timedelta(minutes=15), description="How long a QR code can be scanned.")
    recovery_codes: NotNegative = Field(10, description="How many a user gets.")


planned("soft_otp", SoftOtpOptions)
