"""A NAS whose ports are its own to open and to close, and whose octets are kept as they came."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any, Self

from radiusd.nas.asking import Nas
from radiusd.radius import packet


class Gate:
    """Asks one server. `packets` makes its requests."""

    def __init__(self, packets: Nas, server: tuple[str, int]) -> None:
        self._packets = packets
        self.server = server

    def __enter__(self) -> Self:
        self.opens()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.closes()

    def opens(self, port: int = 0) -> None:
        """A port, a new one where none is given."""
        host = self.server[0]
        self._udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setblocking(False)
        self._udp.bind((host, port))

    def closes(self) -> None:
        """From now on the kernel answers by an ICMP error."""
        self._udp.close()

    @property
    def address(self) -> tuple[str, int]:
        return self._udp.getsockname()[:2]

    def asks(self, name: str = "ann", *, identifier: int = 7, **attributes: Any) -> bytes:
        """Sends a request with a new Authenticator; its octets."""
        asked = {"User_Name": name, "User_Password": "tulip", "Calling_Station_Id": "pc", **attributes}
        octets = self._packets.request(packet.ACCESS_REQUEST, os.urandom(16), identifier, **asked)
        self.sends(octets)
        return octets

    def sends(self, octets: bytes) -> None:
        self._udp.sendto(octets, self.server)

    async def hears(self, seconds: float = 5.0) -> bytes:
        """The next datagram."""
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().sock_recv(self._udp, packet.LARGEST)
