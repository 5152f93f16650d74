"""The options of `method: soft_otp`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field

from config.models.methods import CodeOptions
from config.models.options import Advice, TypedOptions
from config.models.values import Line, NotNegative, Span, duration_text, wrong
from radiusd.rules.otpauth import PERIODS

LONGEST_FOR_ALL = timedelta(seconds=60)  # of a step that every app computes: KeePassXC takes 60 s for a longer one


def _step(period: timedelta) -> timedelta:
    """In whole seconds, as RFC 6238 and every app count them."""
    seconds = period.total_seconds()
    if seconds not in PERIODS:
        raise wrong(f"{{value}} is no time step that apps compute; write {PERIODS[0]}s to {PERIODS[-1]}s, best 30s")
    return period


class SoftOtpOptions(CodeOptions):
    """`drift`: time steps either way."""

    method: Literal["soft_otp"]
    drift: Annotated[NotNegative, Le(10)] = Field(1, description="Time steps that a clock may be off, either way.")
    digits: Annotated[int, Ge(6), Le(8)] = Field(6, description="Of a code.")
    period: Annotated[Span, AfterValidator(_step)] = Field(timedelta(seconds=30), description="Of a time step.")
    algorithm: Literal["sha1", "sha256", "sha512"] = Field(
        "sha1", description="Of RFC 6238; many apps know `sha1` alone."
    )
    issuer: Line = Field("radiusd", description="How the app names us.")
    qr_validity: Span = Field(timedelta(minutes=15), description="How long a QR code can be scanned.")
    recovery_codes: Annotated[NotNegative, Le(50)] = Field(10, description="How many a user gets.")

    def advice(self, _gateways: Sequence[TypedOptions], /) -> Iterator[Advice]:
        if self.period > LONGEST_FOR_ALL:
            told = (
                f"KeePassXC computes steps of 60s in place of {duration_text(self.period)}, and says nothing: its codes are"
                " wrong; write 30s or 60s"
            )
            yield Advice(told, ("period",))
        if self.drift * self.period >= timedelta(minutes=5):
            told = f"a code is right {duration_text(self.drift * self.period)} after it was shown: who has seen it has time; write 1 or 2"
            yield Advice(told, ("drift",))
