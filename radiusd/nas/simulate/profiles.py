"""The NASes that are played, made of what is known of each product."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from radiusd.nas.habit import Habit
from radiusd.nas.product import NasProduct
from radiusd.nas.products import BY_KEY
from radiusd.nas.products.sentences import WINDOWS

Setting = Literal["as it comes", "as recommended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedNas:
    """One NAS in one setting.

    The user's own program gives up after `user_waits` seconds, None where it waits for the NAS; the window of a
    Challenge is open for `prompt_seconds`, None where that is not known.
    """

    key: str
    name: str
    setting: Setting
    habit: Habit
    answers_challenges: bool
    signs: bool = True
    speaks: Literal["PAP", "EAP", "Digest"] = "PAP"
    one_at_a_time: bool = False
    most_hold: float | None = None
    user_waits: float | None = None
    prompt_seconds: float | None = None

    @property
    def waits(self) -> float:
        """Seconds until the NAS gives up, or the user's program where that is sooner."""
        return min(self.habit.gives_up, self.user_waits or math.inf)

    @property
    def schedule(self) -> str:
        """In words: when it asks, and when it gives up."""
        copies = self.habit.copies
        tries = f"asks at {', '.join(f'{round(at, 1):g}' for at in copies)} s" if len(copies) > 1 else "asks once"
        return f"{tries}, gives up after {round(self.habit.gives_up, 1):g} s"


def as_it_comes(product: NasProduct) -> PlayedNas:
    """The NAS with its default time-outs."""
    timeout, tries = product.default_timeout_seconds, product.default_tries
    return _played(product, product, "as it comes", timeout, tries)


def as_recommended(product: NasProduct, wait: float) -> PlayedNas:
    """The NAS once it is set to wait `wait` seconds, as `radiusd client advice` says it.

    What speaks EAP alone is then made to ask through PAM, so that what is on the wire is pam_radius.
    """
    asks = BY_KEY["pam_radius"] if product.speaks == "EAP" else product
    timeout, tries = asks.recommended_timeout_seconds(wait), asks.recommended_tries(wait)
    return _played(product, asks, "as recommended", timeout, tries)


def _played(product: NasProduct, asks: NasProduct, setting: Setting, timeout: float, tries: int) -> PlayedNas:
    user_waits = product.user_waits_seconds
    if setting == "as recommended" and WINDOWS not in product.cautions:
        user_waits = None  # what is recommended has the user's program wait for longer than the NAS
    habit = Habit(
        asks.copies(timeout, tries),
        asks.waits(timeout, tries),
        asks.retransmits_same_port,
        asks.same_identifier,
        asks.same_authenticator,
    )
    return PlayedNas(
        key=product.key,
        name=product.name,
        setting=setting,
        habit=habit,
        answers_challenges=product.answers_challenges,
        signs=asks.signs != "never",
        speaks=asks.speaks,
        one_at_a_time=product.one_at_a_time,
        most_hold=product.most_hold_seconds,
        user_waits=user_waits,
        prompt_seconds=product.prompt_seconds,
    )
