"""The NASes' sockets of a random walk."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from radiusd.nas.asking import ForgedReply, Nas
from radiusd.radius.attributes import Dictionary, walk
from tests.servers.running import SECRET
from tests.walks.heard import ANSWERED_WITHIN, Answer, Request
from tests.walks.scene import CLIENTS

STATE = 24
DICTIONARY = Dictionary.shipped()
FIRST, ELSEWHERE, BORROWED = 0, -1, -2  # ports: those of first copies are from FIRST on


class Place(NamedTuple):
    """Where copies leave from, and to which node they go."""

    address: str
    port: int
    identifier: int
    node: str


class Wire:
    """Every first copy of a request has a port and Identifier of its own. `ports` are those of the nodes."""

    def __init__(self, heard: Callable[[Request, Answer, bytes | None], None]) -> None:
        self._heard = heard
        self._nas = Nas(("127.0.0.1", 1), SECRET.encode(), dictionary=DICTIONARY)
        self._loop = asyncio.get_running_loop()
        self._sockets: dict[Place, socket.socket] = {}
        self._waiting: dict[Place, list[Request]] = {}
        self._copies: dict[tuple[Request, Place], list[float]] = {}
        self._places: dict[Request, Place] = {}
        self._accepted: set[tuple[Request, Place]] = set()  # an Accept went there
        self._number = 0
        self.ports: dict[str, int] = {}

    def send(self, request: Request, node: str, **attributes: Any) -> None:
        """A new request."""
        self._number += 1
        identifier = self._number & 255
        request.octets = self._nas.request(1, secrets.token_bytes(16), identifier, **attributes)
        self._places[request] = Place(CLIENTS[request.client], FIRST + (self._number >> 8), identifier, node)
        self.again(request)

    def borrow(self, request: Request, of: Request, node: str) -> None:
        """The octets of another client's request: both have one secret."""
        request.octets = of.octets
        self._places[request] = Place(CLIENTS[request.client], BORROWED, of.octets[1], node)
        self.again(request)

    def again(self, request: Request, *, elsewhere: bool = False, node: str | None = None) -> None:
        """The same octets, from the same port or from another, to the same node or another."""
        place = self._places[request]
        if elsewhere:
            place = place._replace(port=ELSEWHERE)
        if node is not None:
            place = place._replace(node=node)
        waiting = self._waiting.setdefault(place, [])
        if request not in waiting:
            waiting.append(request)
        udp = self._socket(place)
        now = time.time()
        request.sent.append(now)
        self._copies.setdefault((request, place), []).append(now)
        with contextlib.suppress(OSError):  # lost, as datagrams may be
            udp.sendto(request.octets, ("127.0.0.1", self.ports[place.node]))

    def _socket(self, place: Place) -> socket.socket:
        place = place._replace(identifier=0)
        udp = self._sockets.get(place)
        if udp is None:
            udp = self._sockets[place] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.setblocking(False)
            udp.bind((place.address, 0))
            self._loop.add_reader(udp, self._hear, place, udp)
        return udp

    def _hear(self, place: Place, udp: socket.socket) -> None:
        try:
            octets, _whence = udp.recvfrom(4096)
        except OSError:
            return
        place = place._replace(identifier=octets[1])
        for request in self._waiting.get(place, ()):
            try:
                reply = self._nas._verified(octets, request.octets)
            except ForgedReply:
                continue
            state = next((value for kind, value in walk(reply.octets[20:]) if kind == STATE), None)
            now = time.time()
            asked = self._answered(request, place, now)
            text = " ".join(reply.all("Reply-Message"))
            same_port = place == self._places[request] or (request, place) in self._accepted
            if reply.code == "Access-Accept":
                self._accepted.add((request, place))
            self._heard(request, Answer(now, reply.code, text, place.node, asked, same_port), state)

    def _answered(self, request: Request, place: Place, now: float) -> float:
        """When the copy was sent that this may be the answer to: the oldest that can still have one."""
        copies = self._copies[request, place]
        while len(copies) > 1 and copies[0] < now - ANSWERED_WITHIN:
            copies.pop(0)
        return copies.pop(0) if len(copies) > 1 else copies[0]

    def close(self) -> None:
        for udp in self._sockets.values():
            self._loop.remove_reader(udp)
            udp.close()
