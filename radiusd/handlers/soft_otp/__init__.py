"""`method: soft_otp`: the password, then the code of an authenticator app (RFC 6238)."""

from __future__ import annotations

from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.handlers.soft_otp.signing_in import SoftOtp

__all__ = ["SoftOtp", "SoftOtpOptions"]
