"""Evidence that an answer did not arrive: an ICMP error that quotes it (RFC 792, RFC 4443 section 3.1).

Linux keeps such errors in a queue beside the socket (IP_RECVERR, IPV6_RECVERR; ip(7)), in which whoever can reach us may
put what they like. So an error counts where it quotes the first 20 octets of an answer that is watched, and comes from
where that went: Code, Identifier, Length and a Response Authenticator, which nobody knows who has not seen the answer. A
router that quotes no more than 8 octets of UDP (RFC 792) tells nothing.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import NamedTuple

from radiusd.radius.exchanges import Address, Undelivered

# Of Linux; the socket module of Python 3.11 has no names for them.
IP_RECVERR, IPV6_RECVERR = 11, 25
MSG_ERRQUEUE = 0x2000
EXTENDED_ERROR = struct.Struct("=IBBBxII")  # sock_extended_err: errno, origin, type, code, info, data

# Origin, type and code, and whether the port is closed, or there is no way to the host.
UNREACHABLE = {(2, 3, 3): True, (2, 3, 1): False, (3, 1, 4): True, (3, 1, 3): False}

QUOTED = 20  # octets: a RADIUS header
WATCHED_SECONDS = 60.0
WATCHED = 16_384  # answers of one socket; beyond, the oldest are watched no longer
ERRORS_A_WAKE_UP = 64  # a queue that is never empty must not keep requests waiting


class _Watched(NamedTuple):
    address: Address
    until: float
    undelivered: Undelivered


class Evidence:
    """The answers of one socket that are watched. `listens` while there are some.

    Only then does the kernel keep errors: a socket that watches nothing never sees one.
    """

    __slots__ = ("_option", "_socket", "_watched", "listens")

    def __init__(self, udp: socket.socket, *, six: bool) -> None:
        self._socket = udp
        self._option = (socket.IPPROTO_IPV6, IPV6_RECVERR) if six else (socket.IPPROTO_IP, IP_RECVERR)
        self._watched: dict[bytes, _Watched] = {}
        self.listens = False

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, octets: bytes, address: Address, undelivered: Undelivered) -> None:
        """From now on, before these octets are sent."""
        if not self.listens:
            self._socket.setsockopt(*self._option, 1)
            self.listens = True
        if len(self._watched) >= WATCHED:
            del self._watched[next(iter(self._watched))]
        until = time.monotonic() + WATCHED_SECONDS
        self._watched[octets[:QUOTED]] = _Watched(address[:2], until, undelivered)

    def forget(self, octets: bytes) -> None:
        """They are sent once more: of two that left, an error does not tell which did not arrive."""
        self._watched.pop(octets[:QUOTED], None)

    def sweep(self, now: float) -> None:
        """Watches no longer what left long ago; `now` is of the loop's clock."""
        while self._watched and self._watched[next(iter(self._watched))].until <= now:
            del self._watched[next(iter(self._watched))]
        if self.listens and not self._watched:
            # What is still in the queue goes with it.
            self._socket.setsockopt(*self._option, 0)
            self.listens = False

    def read(self) -> None:
        """Empties the queue, as far as one wake-up allows."""
        recvmsg = self._socket.recvmsg
        # With it, the address of who tells it; before it, on some sockets, that of ours which was asked.
        room = socket.CMSG_SPACE(EXTENDED_ERROR.size + 28) + socket.CMSG_SPACE(32)
        for _ in range(ERRORS_A_WAKE_UP):
            try:
                quoted, control, _flags, address = recvmsg(QUOTED, room, MSG_ERRQUEUE)
            except OSError:  # nothing more
                return
            if quoted in self._watched:
                self._judge(quoted, control, address)

    def _judge(self, quoted: bytes, control: list[tuple[int, int, bytes]], address: Address) -> None:
        for level, kind, data in control:
            if (level, kind) != self._option or len(data) < EXTENDED_ERROR.size:
                continue
            _errno, origin, number, code, _info, _data = EXTENDED_ERROR.unpack_from(data)
            closed = UNREACHABLE.get((origin, number, code))
            if closed is not None and self._watched[quoted].address == address[:2]:
                self._watched.pop(quoted).undelivered(closed)
                return
