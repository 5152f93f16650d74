"""`method: soft_otp`: the password, then the code of an authenticator app (RFC 6238)."""

from __future__ import annotations

from radiusd.handlers import planned
from radiusd.handlers.soft_otp.options import SoftOtpOptions

planned("soft_otp", SoftOtpOptions)
