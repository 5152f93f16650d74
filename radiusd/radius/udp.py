"""UDP sockets: octets in, octets out.

The socket is read from an `add_reader` callback, many datagrams a wake-up: a sixth of what asyncio's datagram transport
costs. Answers leave by the same socket, from the address that was asked.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from radiusd.radius.clients import Client, Clients
from radiusd.radius.evidence import Evidence
from radiusd.radius.exchanges import Address, Datagram, Duplicates, Undelivered

# Taken through each stage of their logins together: of more, what they need no longer fits into a core's own cache.
DATAGRAMS_A_WAKE_UP = 32
LARGEST = 4096  # RFC 2865 section 3; what follows in a longer datagram is padding, or the packet is dropped
RECEIVE_BUFFER = 4 << 20  # octets; a burst waits here rather than being lost
SENDS = 16  # of one answer: an error that is pending makes one of them fail

IP_PKTINFO = 8  # Linux; the socket module of Python 3.11 has no name for it


class Tap(Protocol):
    """Somebody who looks on."""

    def arrived(self, receive: Callable[[Sequence[Datagram]], None], datagrams: Sequence[Datagram], /) -> None:
        """Hands on to `receive` what arrived."""

    def left(self, port: UdpPort, octets: bytes, address: Address, /) -> None:
        """An answer that leaves."""


class UdpPort:
    """One bound socket. From `start` on, `receive(datagrams)` is called with those of each wake-up.

    `local` is the control message that makes an answer leave from the address that was asked; None where the socket is
    bound to one address.
    """

    def __init__(self, address: IPv4Address | IPv6Address, port: int) -> None:
        """Binds. Raises OSError, `filename` of which is the address."""
        self.duplicates = Duplicates()
        self._tap: Tap | None = None
        self._wildcard = address.is_unspecified
        self._six = address.version == 6
        self._socket = socket.socket(socket.AF_INET6 if self._six else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            if self._six:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if self._wildcard and self._six:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            elif self._wildcard:
                self._socket.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            self._socket.bind((str(address), port))
        except OSError as error:
            self._socket.close()
            raise OSError(error.errno, error.strerror, f"{address}:{port}") from None
        self._evidence = Evidence(self._socket, six=self._six)
        self.address = address
        self.port: int = self._socket.getsockname()[1]

    def use(self, clients: Clients) -> None:
        """Takes a configuration into use: a client is known by its address (RFC 2865 section 3)."""
        self.client_of: Callable[[Address], Client | None] = clients.of

    def start(self, loop: asyncio.AbstractEventLoop, receive: Callable[[Sequence[Datagram]], None]) -> None:
        """Begins to read."""
        self._receive = self._receives = receive
        loop.add_reader(self._socket, self._read_any if self._wildcard else self._read)

    def look_on(self, tap: Tap | None) -> None:
        """Lets it see what arrives and what leaves; None lets nobody."""
        self._tap = tap
        self._receive = self._receives if tap is None else partial(tap.arrived, self._receives)

    def stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Reads no further; answers can still leave."""
        loop.remove_reader(self._socket)

    def close(self) -> None:
        self._socket.close()

    def sweep(self, now: float) -> None:
        """Forgets what is over; `now` is of the loop's clock."""
        self.duplicates.sweep(now)
        self._evidence.sweep(now)

    def send(
        self, octets: bytes, address: Address, local: bytes | None, undelivered: Undelivered | None = None
    ) -> None:
        """At once: those who get the first answers of a wake-up ask again while the others are made."""
        if undelivered is not None:
            self._evidence.watch(octets, address, undelivered)
        elif self._evidence.listens:
            self._evidence.forget(octets)
        if self._tap is not None:
            self._tap.left(self, octets, address)
        try:
            if local is None:
                self._socket.sendto(octets, address)
            else:
                self._send_from(octets, address, local)
        except OSError:
            self._send_again(octets, address, local)

    def _send_from(self, octets: bytes, address: Address, local: bytes) -> None:
        level, kind = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO) if self._six else (socket.IPPROTO_IP, IP_PKTINFO)
        self._socket.sendmsg([octets], [(level, kind, local)], 0, address)

    def _send_again(self, octets: bytes, address: Address, local: bytes | None) -> None:
        """Linux tells each error of an earlier answer to whoever uses the socket next, and sends nothing then (udp(7))."""
        for _ in range(SENDS):
            try:
                if local is None:
                    self._socket.sendto(octets, address)
                else:
                    self._send_from(octets, address, local)
            except BlockingIOError:
                return  # the NAS will ask again
            except OSError:
                continue  # another one, or there is no way to that NAS
            return

    def _read(self) -> None:
        if self._evidence.listens:
            self._evidence.read()  # before the requests: one of them may ask anew for whom an answer did not reach
        recvfrom = self._socket.recvfrom
        arrived: list[Datagram] = []
        for _ in range(DATAGRAMS_A_WAKE_UP):
            try:
                octets, address = recvfrom(LARGEST)
            except BlockingIOError:
                break
            except OSError:  # an error of an earlier answer, which is told of here
                continue
            arrived.append((self, octets, address, None))
        self._receive(arrived)

    def _read_any(self) -> None:
        if self._evidence.listens:
            self._evidence.read()
        recvmsg = self._socket.recvmsg
        room = socket.CMSG_SPACE(32)
        arrived: list[Datagram] = []
        for _ in range(DATAGRAMS_A_WAKE_UP):
            try:
                octets, control, _flags, address = recvmsg(LARGEST, room)
            except BlockingIOError:
                break
            except OSError:
                continue
            arrived.append((self, octets, address, self._asked(control)))
        self._receive(arrived)

    def _asked(self, control: list[tuple[int, int, bytes]]) -> bytes | None:
        """The control message of the answer. in_pktinfo: interface, local address, header address; the kernel takes the
        second for the source. The interface is left to the routes, or an answer to another network would not find its way.
        """
        for _level, _kind, data in control:
            if self._six:
                address, interface = data[:16], data[16:20]
                link_local = address[0] == 0xFE and address[1] & 0xC0 == 0x80
                return address + (interface if link_local else bytes(4))
            return struct.pack("=I4s4s", 0, data[4:8], bytes(4))
        return None
