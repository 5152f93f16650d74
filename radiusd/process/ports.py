"""The UDP ports of `listen.authentication` and `listen.accounting`: bound once, and kept over every reload."""

from __future__ import annotations

from collections.abc import Iterator

from config.models.server import ListenSettings
from radiusd.radius.udp import UdpPort


class Ports:
    """Each kind's ports in the order of its addresses; iterated, all of them."""

    def __init__(self) -> None:
        self.authentication: list[UdpPort] = []
        self.accounting: list[UdpPort] = []

    def __iter__(self) -> Iterator[UdpPort]:
        yield from self.authentication
        yield from self.accounting

    def bind(self, listen: ListenSettings) -> None:
        """Raises OSError where an address cannot be bound (`filename` is the address); those before it stay bound."""
        for ports, listeners in ((self.authentication, listen.authentication), (self.accounting, listen.accounting)):
            for listener in listeners:
                ports.append(UdpPort(*listener))

    def are_bound(self, listen: ListenSettings) -> bool:
        """Whether every address has its port; of a kind there may be none."""
        return len(self.authentication) == len(listen.authentication) and len(self.accounting) == len(listen.accounting)
