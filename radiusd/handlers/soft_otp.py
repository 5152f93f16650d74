"""`method: soft_otp`: the password, then the code of an authenticator app (RFC 6238)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from annotated_types import Ge, Le

from config.models.methods import Placement
from config.models.options import ProfileOptions
from config.models.values import Line, NotNegative, Positive, Span
from radiusd.handlers import planned


class SoftOtpOptions(ProfileOptions):
    """`drift`: time steps either way. `attempts`: wrong codes before the login ends."""

    method: Literal["soft_otp"]
    placement: Placement = "auto"
    attempts: Positive = 3
    drift: Annotated[NotNegative, Le(10)] = 1
    digits: Annotated[int, Ge(6), Le(8)] = 6
    period: Span = timedelta(seconds=30)
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha1"
    issuer: Line = "radiusd"
    qr_validity: Span = timedelta(minutes=15)
    recovery_codes: NotNegative = 10


planned("soft_otp", SoftOtpOptions)
