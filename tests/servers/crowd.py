"""Very many requests at once, over a few ports: each has an Identifier of its own on its port until it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from radiusd.nas.asking import Nas, NasReply

RECEIVE_OCTETS = 1 << 20
Place = tuple[int, int]  # the index of a port, an Identifier


@dataclass(slots=True)
class Request:
    """One that was sent. Each datagram that comes back is in `replies`, octet for octet."""

    octets: bytes
    place: Place
    first: asyncio.Future[bytes]
    replies: list[bytes] = field(default_factory=list)


class Crowd:
    """People behind one NAS. It must be told when a request is over: `ask` does, `send` leaves it to the caller."""

    def __init__(self, nas: Nas, address: tuple[str, int], ports: int, source: str) -> None:
        self._nas = nas
        self._address = address
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._ports = [self._opened(index) for index in range(ports)]
        # Whatever was free longest is used next: what is answered twice must not meet another request.
        self._free = deque((port, identifier) for identifier in range(256) for port in range(ports))
        self._sent: dict[Place, Request] = {}

    def close(self) -> None:
        for port in self._ports:
            self._loop.remove_reader(port)
            port.close()

    def send(self, **attributes: Any) -> Request:
        """A new request, sent once."""
        place = self._free.popleft()
        request = Request(self._made(place[1], attributes), place, self._loop.create_future())
        self._sent[place] = request
        self.send_again(request)
        return request

    def send_again(self, request: Request) -> None:
        """The same octets from the same port, as a NAS does that heard nothing."""
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):  # lost, as datagrams may be
            self._ports[request.place[0]].send(request.octets)

    def forget(self, request: Request) -> None:
        """Its Identifier is free again, though what still comes for it would be taken for another's."""
        if self._sent.pop(request.place, None) is not None:
            self._free.append(request.place)

    async def answer(self, request: Request, *, every: float = 3.0, tries: int = 10) -> NasReply:
        """The first reply, verified; the same octets go out again `every` so many seconds. Raises TimeoutError."""
        for _ in range(tries):
            try:
                octets = await asyncio.wait_for(asyncio.shield(request.first), every)
            except TimeoutError:
                self.send_again(request)
            else:
                return self.verified(request, octets)
        raise TimeoutError

    def verified(self, request: Request, octets: bytes) -> NasReply:
        return self._nas._verified(octets, request.octets)

    async def ask(self, **attributes: Any) -> NasReply:
        """A new request and its answer."""
        request = self.send(**attributes)
        try:
            return await self.answer(request)
        finally:
            self.forget(request)

    def _made(self, identifier: int, attributes: dict[str, Any]) -> bytes:
        return self._nas.request(1, secrets.token_bytes(16), identifier, **attributes)

    def _opened(self, index: int) -> socket.socket:
        port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port.setblocking(False)
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_OCTETS)
        port.bind((self._source, 0))
        port.connect(self._address)
        self._loop.add_reader(port, self._hear, index, port)
        return port

    def _hear(self, index: int, port: socket.socket) -> None:
        for _ in range(64):
            try:
                octets = port.recv(4096)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue  # the server is not there at the moment
            request = self._sent.get((index, octets[1]))
            if request is not None:
                request.replies.append(octets)
                if not request.first.done():
                    request.first.set_result(octets)


@contextmanager
def crowd(port: int, secret: str, *, ports: int = 64, source: str = "127.0.0.1") -> Iterator[Crowd]:
    """To be used within a running loop; `source` is the NAS's own address."""
    address = ("127.0.0.1", port)
    people = Crowd(Nas(address, secret.encode()), address, ports, source)
    try:
        yield people
    finally:
        people.close()
