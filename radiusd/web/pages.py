"""What the pages for people are given. Light: it is imported at the start, the web framework is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from radiusd.web.sources import Network

if TYPE_CHECKING:
    from radiusd.administration.entrance import Entrance
    from radiusd.administration.password_resets import Resets
    from radiusd.approval.desk import Desk
    from radiusd.delivery.outbox import Outbox
    from radiusd.enrollment.reception import Reception
    from radiusd.rules.titles import Titles
    from radiusd.web.signing_in import SigningIn


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages show and act on, under the settings in use.

    `outbox` is the demonstration's, else None. `language` is for people of whom neither the directory nor the browser
    says one. `clock` gives seconds since the epoch. `reception` is made when an invitation is opened: approvals need none.
    `logo`: the octets of a PNG. `entrance` and `signing_in` are by what people sign in to the pages, None where nobody does.
    """

    desk: Desk
    reception: Callable[[], Reception]
    resets: Resets
    outbox: Outbox | None
    time_zone: tzinfo
    language: str
    trusted_proxies: tuple[Network, ...]
    clock: Callable[[], float]
    titles: Titles
    logo: bytes | None = None
    entrance: Entrance | None = None
    signing_in: SigningIn | None = None
