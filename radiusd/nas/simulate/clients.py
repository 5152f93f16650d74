"""The clients of a demonstration that the played NASes are: each with the settings of radius.yaml that fit it.

They are of this machine, each with a loopback address of its own, and so under the demonstration's own network.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from radiusd.nas.products import PRODUCTS
from radiusd.nas.simulate.profiles import PlayedNas, as_it_comes, as_recommended

if TYPE_CHECKING:
    from config.models.clients import ClientSettings
    from config.settings import Settings

FIRST = IPv4Address("127.18.0.1")
WAIT = 60.0  # seconds that the recommended settings are for: the time that people at a screen are given to decide


def played() -> Iterator[tuple[PlayedNas, IPv4Address]]:
    """Every NAS in both settings, and where it asks from."""
    settings = [made for each in PRODUCTS for made in (as_it_comes(each), as_recommended(each, WAIT))]
    for number, nas in enumerate(settings):
        yield nas, FIRST + number


def client_name(nas: PlayedNas) -> str:
    """Of radius.yaml, in the demonstration."""
    return f"{nas.key}-{nas.setting.replace(' ', '-')}"


def with_played(settings: Settings) -> Settings:
    """The settings with a client for each NAS that is played; they share secret and application with the first."""
    first = next((client for client in settings.clients.values() if client.secret is not None), None)
    if first is None:
        return settings
    added = {
        name: _client(nas, address, first)
        for nas, address in played()
        if (name := client_name(nas)) not in settings.clients
    }
    clients: Mapping[str, ClientSettings] = {**settings.clients, **added}
    return settings.model_copy(update={"clients": clients})


def _client(nas: PlayedNas, address: IPv4Address, first: ClientSettings) -> ClientSettings:
    """As `radiusd client advice` writes it: `hold` is what the NAS, and the user behind it, waits."""
    changes = {
        "address": (IPv4Network(address),),
        "hold": timedelta(seconds=max(1, math.floor(min(nas.waits, nas.most_hold or math.inf)))),
        "one_at_a_time": nas.one_at_a_time,
        "challenge": nas.answers_challenges,
        "message_authenticator": "required" if nas.signs else "optional",
    }
    return first.model_copy(update=changes)
