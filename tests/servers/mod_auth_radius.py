"""Apache with mod_auth_radius 1.6.1, which Debian 12 does not have, as what it sends: a NAS that alters a State.

It keeps the State in a cookie: octets above 0x7f lose their top bit, those below 'A' become letters.
"""

from __future__ import annotations

import socket

from radiusd.nas.asking import Nas, NasReply
from radiusd.radius.attributes import walk

STATE = 24
TOP, FIRST = 0x7F, ord("A")
AUTHENTICATE_ONLY = 8
HEADER = 20  # octets before the attributes


def by_cookie(state: bytes) -> bytes:
    """The State as it comes back."""
    return bytes(octet & TOP if octet > TOP else octet + FIRST if octet < FIRST else octet for octet in state)


class ModAuthRadius:
    """A web server with `AddRadiusAuth SERVER SECRET 5:3`: four packets, `every` so many seconds, the same octets."""

    def __init__(self, port: int, secret: str, *, every: float = 5.0) -> None:
        self._nas = Nas(
            ("127.0.0.1", port), secret=secret.encode(), timeout=every, tries=4, message_authenticator=False
        )
        self._cookie: bytes | None = None

    async def opens(self, name: str, password: str, *, station: str) -> NasReply:
        """A browser at that address opens a page; what was typed into its window. Raises asking.NoReply."""
        states, self._cookie = ([] if self._cookie is None else [self._cookie]), None
        reply = await self._nas.asks(
            User_Name=name, User_Password=password, Service_Type=AUTHENTICATE_ONLY, NAS_Identifier=socket.gethostname(),
            NAS_IP_Address="127.0.0.1", Calling_Station_Id=station, State=states,
        )  # fmt: skip
        for kind, value in walk(reply.octets[HEADER:]):
            if kind == STATE:
                self._cookie = by_cookie(value)
        return reply
